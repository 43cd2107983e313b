/** `npm run keys`: members and keys of a running gateway, from a terminal. */
import { fileURLToPath } from 'node:url';
import { readEnvironment } from '../config/environment.js';
import { runKeys } from './keys/run.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

const { code, output, complaint } = await runKeys(
  process.argv.slice(2),
  readEnvironment(root, process.env).values,
);
if (output !== '') console.log(output);
if (complaint !== '') console.error(complaint);
process.exitCode = code;
