/** One call of `npm run keys`: its arguments and variables → what it prints, and its exit code. */
import { type Config, ConfigError, loadConfig } from '../../config/config.js';
import type { Environment } from '../../config/environment.js';
import { RedisUnusableError } from '../../store/shared-state.js';
import { AdminClient, RefusedError, UnreachableError } from './admin-client.js';
import { type Command, parseCommand } from './arguments.js';
import { BACKUP_PATIENCE_MS, backUp } from './backup.js';
import { RUN } from './commands.js';
import { HELP } from './help.js';
import { UsageError } from './option-values.js';
import { withEndOfPublicKey } from './public-key.js';
import { RESET_PATIENCE_MS, resetAdmin } from './reset-admin.js';

const DONE = 0;
const REFUSED = 1;
const WRONG_USAGE = 2;
const UNREACHABLE = 3;

export interface Outcome {
  readonly code: number;
  /** For standard output: scripts read it. */
  readonly output: string;
  /** For standard error; empty if the command was done. */
  readonly complaint: string;
}

/** @param patienceMs how long reset-admin and backup wait for a running gateway; each has its own default */
export async function runKeys(
  args: readonly string[],
  environment: Environment,
  patienceMs?: number,
): Promise<Outcome> {
  try {
    const command = parseCommand(args, Date.now());
    const output = command === 'help' ? HELP : await execute(command, environment, patienceMs);
    return { code: DONE, output, complaint: '' };
  } catch (error) {
    return { output: '', ...explain(error) };
  }
}

async function execute(
  command: Command,
  environment: Environment,
  patienceMs: number | undefined,
): Promise<string> {
  const config = loadConfig(environment);
  if (command.name === 'reset-admin') return resetAdmin(config, patienceMs ?? RESET_PATIENCE_MS);
  if (command.name === 'backup') return backUp(config, patienceMs ?? BACKUP_PATIENCE_MS);
  if (config.adminPassword === undefined)
    throw new UsageError(
      'ADMIN_PASSWORD is not set: it is what the gateway printed at its first start. `npm run keys -- reset-admin` makes a new one.',
    );
  const client = new AdminClient(listAddresses(command, config), config.adminPassword);
  const { name } = command;
  return withEndOfPublicKey(client, command, () => RUN[name](client, command, config));
}

/** A gateway in a container may not reach its public address from inside. */
function listAddresses({ url }: Command, { publicUrl, port }: Config): string[] {
  const addresses = url === undefined ? [publicUrl, `http://localhost:${port}`] : [url];
  return addresses.filter((address) => address !== undefined).map((address) => address.replace(/\/+$/, ''));
}

function explain(error: unknown): { code: number; complaint: string } {
  if (error instanceof UsageError)
    return { code: WRONG_USAGE, complaint: `${error.message}\nnpm run keys -- --help lists the commands.` };
  if (error instanceof ConfigError || error instanceof RefusedError)
    return { code: REFUSED, complaint: error.message };
  if (error instanceof UnreachableError || error instanceof RedisUnusableError)
    return { code: UNREACHABLE, complaint: error.message };
  throw error;
}
