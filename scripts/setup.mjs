// Makes a checkout runnable: installs packages and builds dist/, each only if it is out of date.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { buildIfStale } from './build.mjs';
import { installIfStale } from './install.mjs';
import { TaskError } from './run-command.mjs';

/** @param {string} root the project's folder */
export async function setUp(root) {
  if (!existsSync(path.join(root, 'src'))) return requireBuilt(root);
  await installIfStale(root);
  await buildIfStale(root);
}

/** A Docker image or a release archive brings dist/ without src/: there is nothing to install or build. */
function requireBuilt(root) {
  if (existsSync(path.join(root, 'dist'))) return;
  throw new TaskError('Neither src/ nor dist/ is here: is this folder a complete copy of ZtoApi?');
}
