/** Opens the state in DATA_DIR. Where the folder cannot be written, the gateway runs with what it can read. */
import { copyFile, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Logger } from '../../logger.js';
import { StoreUnavailableError } from '../store.js';
import type { Entry } from './database.js';
import { describeFailure } from './describe-failure.js';
import { DiskFile } from './disk-file.js';
import { DiskState } from './disk-state.js';
import { type DurableState, VolatileState } from './durable-state.js';
import { groupEntries } from './group-entries.js';

export const FILE = 'state.db';

/** The state must not be used, nor left out: it may hold keys and limits. The message says what is wrong and what to do. */
export class DataFolderError extends Error {}

/** @param dataDir A folder, `undefined` for none. Rejects with a DataFolderError. */
export async function openState(dataDir: string | undefined, log: Logger): Promise<DurableState> {
  if (dataDir === undefined) return new VolatileState();
  const folder = resolve(dataDir);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 }); // it holds the dashboard's password
    const file = await DiskFile.open({ file: join(folder, FILE), readOnce: false });
    return new DiskState(file, folder, log);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    refuseUnusable(code, folder);
    const problem = describeFailure({ code, message });
    const entries = await readEntries(folder);
    log.warn(`${problem}: ${folder}. Requests go on; what changes now is lost at a restart`);
    return new UnwritableState(problem, entries);
  }
}

function refuseUnusable(code: string | undefined, folder: string): void {
  if (code === 'SQLITE_BUSY')
    throw new DataFolderError(
      `The folder ${folder} (DATA_DIR) is in use by another gateway. Stop that one, give this one a DATA_DIR of its own, or set REDIS_URL for both to share.`,
    );
  if (code === 'STATE_NEWER')
    throw new DataFolderError(
      `${join(folder, FILE)} (DATA_DIR) was written by a later version of ZtoApi. Start that version, or set another DATA_DIR.`,
    );
  if (/^(STATE_CORRUPT|SQLITE_CORRUPT.*|SQLITE_NOTADB)$/.test(code ?? ''))
    throw new DataFolderError(
      `${join(folder, FILE)} (DATA_DIR) is damaged (${code}). Restore it from a backup, or move it away to begin without keys and figures; see docs/operations.md.`,
    );
}

/** What a folder holds, without writing there or taking its lock. Rejects with a DataFolderError. */
export async function readState(folder: string): Promise<DurableState> {
  return new UnwritableState('it is only looked at', await readEntries(folder));
}

/** What is in a folder that cannot be written: SQLite opens a copy. Rejects with a DataFolderError if that is not possible. */
async function readEntries(folder: string): Promise<readonly Entry[]> {
  let copy: string | undefined;
  try {
    if (!(await exists(join(folder, FILE)))) return [];
    copy = await mkdtemp(join(tmpdir(), 'zto-state-'));
    await copyFile(join(folder, FILE), join(copy, FILE));
    const log = `${FILE}-wal`;
    if (await exists(join(folder, log))) await copyFile(join(folder, log), join(copy, log));
    return (await DiskFile.open({ file: join(copy, FILE), readOnce: true })).entries;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    refuseUnusable(code, folder);
    throw new DataFolderError(
      `${join(folder, FILE)} (DATA_DIR) cannot be read: ${message}. It may hold keys and limits: correct that, or set another DATA_DIR.`,
    );
  } finally {
    if (copy !== undefined) await rm(copy, { recursive: true, force: true });
  }
}

/** Rejects if that cannot be told. */
async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** What could be read, and nothing is written. */
class UnwritableState implements DurableState {
  readonly #entries: Map<string, Map<string, Buffer>>;

  constructor(
    readonly problem: string,
    entries: readonly Entry[],
  ) {
    this.#entries = groupEntries(entries);
  }

  readEntries(namespace: string): ReadonlyMap<string, Buffer> {
    return this.#entries.get(namespace) ?? new Map();
  }

  async write(): Promise<void> {
    throw new StoreUnavailableError(this.problem);
  }

  writeLater(): void {}

  async close(): Promise<void> {}
}
