/**
 * A copy of the state of a running gateway. Its files change while they are copied, and nobody else may open them: the gateway
 * makes the copy itself, asked by a file in DATA_DIR.
 */
import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../logger.js';
import type { DurableState } from './durable-state.js';
import { RequestFile } from './request-file.js';

export const BACKUP_FILE = 'backup.db';

const requestIn = (folder: string) => new RequestFile(folder, 'backup-wanted');

/** The copy before, if there is one, makes room. */
export async function requestBackup(folder: string): Promise<void> {
  await rm(join(folder, BACKUP_FILE), { force: true });
  await requestIn(folder).write('backup');
}

/** Makes the copy if somebody has asked for it. */
export async function takeBackup(folder: string, state: DurableState, log: Logger): Promise<void> {
  const request = requestIn(folder);
  if (!(await request.isThere())) return;
  const file = join(folder, BACKUP_FILE);
  try {
    await rm(`${file}.new`, { force: true });
    if (state.copyTo === undefined) throw new Error('the state cannot be written');
    await state.copyTo(`${file}.new`);
    const made = await open(`${file}.new`, 'r+');
    await made.chmod(0o600);
    await made.sync();
    await made.close();
    await rename(`${file}.new`, file);
    log.info(`a copy of the state is in ${file}`);
  } catch (err) {
    await rm(`${file}.new`, { force: true }).catch(() => undefined);
    log.warn({ err }, 'no copy of the state could be made');
  }
  await request.end();
}

/** @returns `waiting` until a gateway has taken the request, then whether there is a copy */
export async function findBackup(folder: string): Promise<'waiting' | 'done' | 'failed'> {
  if (await requestIn(folder).isThere()) return 'waiting';
  return (await stat(join(folder, BACKUP_FILE)).catch(() => undefined)) === undefined ? 'failed' : 'done';
}

export async function withdrawBackup(folder: string): Promise<void> {
  await requestIn(folder).end();
}
