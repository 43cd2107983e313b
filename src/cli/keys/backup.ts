/** `npm run keys -- backup`: a copy of what a running gateway without Redis keeps, for whoever may use DATA_DIR. */
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config/config.js';
import { BACKUP_FILE, findBackup, requestBackup, withdrawBackup } from '../../store/disk/backup.js';
import { RefusedError } from './admin-client.js';

/** How long a running gateway is waited for. */
export const BACKUP_PATIENCE_MS = 60_000;
const POLL_MS = 200;

export async function backUp(
  { redisUrls, dataDir }: Pick<Config, 'redisUrls' | 'dataDir'>,
  patienceMs: number,
): Promise<string> {
  if (redisUrls.length > 0)
    throw new RefusedError('The state is in Redis: redis-cli -u "$REDIS_URL" --rdb backup.rdb copies it.');
  if (dataDir === undefined) throw new RefusedError('DATA_DIR=none: there is nothing to copy.');
  const folder = resolve(dataDir);
  await requestBackup(folder);
  const until = performance.now() + patienceMs;
  let found = await findBackup(folder);
  while (found === 'waiting' && performance.now() < until) {
    await sleep(POLL_MS);
    found = await findBackup(folder);
  }
  if (found === 'done') return join(folder, BACKUP_FILE);
  await withdrawBackup(folder);
  throw new RefusedError(
    found === 'failed'
      ? 'The gateway could not make the copy: its log says why.'
      : `No gateway with DATA_DIR=${folder} runs: copy the folder itself.`,
  );
}
