/** The gateway as a process: explains a failed start, drains on the first signal, exits on the second. */
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { isatty } from 'node:tty';
import { ConfigError } from '../config/config.js';
import type { Gateway } from '../lifecycle.js';
import { DataFolderError } from '../store/disk/open-state.js';
import { RedisUnusableError } from '../store/shared-state.js';

/** Runs `start`; a configuration problem or a port in use becomes one clear message and exit code 1. */
export async function orExplain<T>(start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    const explanation = explain(error as NodeJS.ErrnoException & { port?: number; address?: string });
    if (explanation === undefined) throw error;
    console.error(explanation);
    process.exit(1);
  }
}

function explain(error: NodeJS.ErrnoException & { port?: number; address?: string }): string | undefined {
  if (error instanceof ConfigError) {
    return `${error.message}\nVariables come from the environment, .env.local, .env and config.env, which explains each.`;
  }
  if (error instanceof RedisUnusableError || error instanceof DataFolderError) return error.message;
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${error.port} is in use already. Stop what uses it, or choose another, in .env.local or the environment: PORT=${(error.port ?? 9090) + 1}`;
    case 'EACCES':
      return `Port ${error.port} may not be used by this user. Choose one above 1023: PORT=9090`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST=${error.address ?? ''} is not an address of this machine. Use 0.0.0.0 for all, 127.0.0.1 for this machine only.`;
    default:
      return undefined;
  }
}

/**
 * On SIGTERM, SIGINT or SIGHUP (the terminal was closed) lets open requests finish; a second signal exits at once. SIGHUP does
 * not count as a second one: a terminal that closes, its shell and npm each send one.
 */
export function stopOnSignals(
  gateway: Pick<Gateway, 'drain'>,
  say: (line: string) => void,
  after: () => Promise<void>,
): void {
  let stopping = false;
  // Checked now, since a closed terminal is not recognized as one.
  const terminals = process.platform === 'win32' ? [] : [0, 1, 2].filter(isatty);
  // Output to a closed terminal is lost; the gateway goes on.
  if (terminals.length > 0) process.stdout.on('error', () => undefined);
  const stop = async (signal: string) => {
    if (stopping && signal === 'SIGHUP') return;
    if (stopping) process.exit(1);
    stopping = true;
    if (signal === 'SIGHUP') leave(terminals);
    say(`${signal}: no new requests; open ones finish. Once more ends them now.`);
    await gateway.drain();
    await after();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop(signal));
}

/** Closes the terminals: at exit Node restores their settings, and aborts if one is gone. */
function leave(terminals: readonly number[]): void {
  for (const fd of terminals) {
    closeSync(fd);
    openSync(devNull, 'r+'); // takes the lowest number that is free: this one
  }
}
