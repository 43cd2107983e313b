/** `npm run keys -- reset-admin`: a new admin password, for whoever may use the store itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config/config.js';
import { createLogger } from '../../logger.js';
import { isResetTaken, requestReset } from '../../store/disk/admin-reset.js';
import { openSharedState } from '../../store/shared-state.js';
import { AdminPassword, hashPassword, makePassword } from '../../team/admin-password.js';
import { TeamAdmin } from '../../team/team-admin.js';
import { RefusedError } from './admin-client.js';

/** How long a running gateway is waited for. */
export const RESET_PATIENCE_MS = 10_000;
const POLL_MS = 200;

export async function resetAdmin(config: Config, patienceMs: number): Promise<string> {
  if (config.adminPassword !== undefined)
    throw new RefusedError('ADMIN_PASSWORD is configured: change it there, and restart the gateway.');
  if (config.redisUrls.length > 0) return resetInRedis(config);
  if (config.dataDir === undefined)
    throw new RefusedError(
      'Nothing outlives this gateway (DATA_DIR=none): set ADMIN_PASSWORD and restart it.',
    );
  return resetByFile(config.dataDir, patienceMs);
}

async function resetInRedis(config: Config): Promise<string> {
  // Its own log would mix with the password.
  const state = await openSharedState(
    { ...config, redisRequired: true },
    createLogger({ ...config, logLevel: 'silent' }),
  );
  try {
    const password = await new AdminPassword(undefined, state.teamStore).reset();
    await new TeamAdmin(state.teamStore, new Set()).noteReset();
    return describe(password, 'It works at once.');
  } finally {
    await state.close();
  }
}

/** The gateway has the state open, so it is asked by a file that holds the hash. */
async function resetByFile(folder: string, patienceMs: number): Promise<string> {
  const password = makePassword();
  await requestReset(folder, await hashPassword(password));
  const until = performance.now() + patienceMs;
  while (!(await isResetTaken(folder)) && performance.now() < until) await sleep(POLL_MS);
  const isTaken = await isResetTaken(folder);
  return describe(
    password,
    isTaken ? 'It works now.' : `It works as soon as the gateway with DATA_DIR=${folder} runs.`,
  );
}

function describe(password: string, when: string): string {
  return `${password}\n\nThe new admin password, shown only now. ${when}`;
}
