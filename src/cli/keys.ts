/** `npm run keys`: members and keys of a running gateway, from a terminal. */
import { fileURLToPath } from 'node:url';
import { type Config, ConfigError, loadConfig } from '../config/config.js';
import { readEnvironment } from '../config/environment.js';
import { RedisUnusableError } from '../store/shared-state.js';
import { AdminClient, RefusedError, UnreachableError } from './keys/admin-client.js';
import { type Command, HELP, parseCommand, UsageError } from './keys/arguments.js';
import { RUN } from './keys/commands.js';
import { withEndOfPublicKey } from './keys/public-key.js';
import { resetAdmin } from './keys/reset-admin.js';

const REFUSED = 1;
const WRONG_USAGE = 2;
const UNREACHABLE = 3;

const root = fileURLToPath(new URL('../..', import.meta.url));

try {
  const command = parseCommand(process.argv.slice(2), Date.now());
  // The command's result is its output: scripts read it.
  console.log(command === 'help' ? HELP : await run(command));
} catch (error) {
  process.exitCode = explain(error);
}

async function run(command: Command): Promise<string> {
  const config = loadConfig(readEnvironment(root, process.env).values);
  if (command.name === 'reset-admin') return resetAdmin(config);
  if (config.adminPassword === undefined)
    throw new UsageError(
      'ADMIN_PASSWORD is not set: it is what the gateway printed at its first start. `npm run keys -- reset-admin` makes a new one.',
    );
  const client = new AdminClient(findAddress(command, config), config.adminPassword);
  const { name } = command;
  return withEndOfPublicKey(client, command, () => RUN[name](client, command, config));
}

function findAddress({ options }: Command, { publicUrl, port }: Config): string {
  return (options.url ?? publicUrl ?? `http://localhost:${port}`).replace(/\/+$/, '');
}

/** @returns the exit code */
function explain(error: unknown): number {
  if (error instanceof UsageError) {
    console.error(`${error.message}\nnpm run keys -- --help lists the commands.`);
    return WRONG_USAGE;
  }
  if (error instanceof ConfigError || error instanceof RefusedError) {
    console.error(error.message);
    return REFUSED;
  }
  if (error instanceof UnreachableError || error instanceof RedisUnusableError) {
    console.error(error.message);
    return UNREACHABLE;
  }
  throw error;
}
