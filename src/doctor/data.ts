/** Reports where the gateway keeps what outlives it, and the members and keys that are there. */
import { pino } from 'pino';
import type { Config } from '../config/config.js';
import { inspectState } from '../store/disk/inspect-state.js';
import { MemoryTeamStore } from '../store/memory-team.js';
import { openSharedState } from '../store/shared-state.js';
import { findExpiry } from '../team/core/rights.js';
import type { TeamStore } from '../team/team-store.js';
import { attempt } from './attempt.js';
import type { Report } from './report.js';

/** Keys that expire sooner are named. */
const SOON_MS = 14 * 24 * 60 * 60 * 1000;
const MAX_NAMED = 20;

export async function checkData(config: Config, report: Report): Promise<void> {
  report.title('Members, keys and other data');
  if (config.redisUrls.length > 0) await checkSharedData(config, report);
  else if (config.dataDir === undefined) {
    report.note('DATA_DIR=none: members, keys and figures end with the gateway');
  } else await checkFolder(config.dataDir, report);
}

async function checkSharedData(config: Config, report: Report): Promise<void> {
  const state = await openSharedState({ ...config, redisRequired: false }, pino({ level: 'silent' }));
  try {
    if (state.degraded() !== undefined) report.note('they are in Redis, which cannot be asked: see above');
    else await attempt(report, 'they are in Redis', () => checkTeam(state.teamStore, report));
  } finally {
    await state.close();
  }
}

async function checkFolder(dataDir: string, report: Report): Promise<void> {
  const { folder, isThere, problem, isInUse, bytes, state } = await inspectState(dataDir);
  if (problem !== undefined)
    report.bad(
      `${problem}: ${folder}`,
      'Make room, or give the gateway’s user a folder of its own (DATA_DIR); until then changes are lost at a restart.',
    );
  else if (isThere) report.good(`${folder} (DATA_DIR) can be written; ${formatBytes(bytes)}`);
  else report.note(`${folder} (DATA_DIR) is not there yet: the start makes it`);
  if (isInUse) report.note('a running gateway has it: no second one may use it');
  if (typeof state === 'string') report.bad(state, 'docs/operations.md tells how to restore a backup.');
  else await checkTeam(new MemoryTeamStore(state), report);
}

async function checkTeam(store: TeamStore, report: Report): Promise<void> {
  const { version, members, keys, invites } = await store.read();
  if (version === 0) {
    report.note('no members and no managed keys');
    return;
  }
  report.note(`members: ${members.size}, managed keys: ${keys.size}, open invites: ${invites.size}`);
  const now = Date.now();
  const ends = [...keys.values()].flatMap((key) => {
    const end = findExpiry(key);
    return end === undefined || end > now + SOON_MS ? [] : [{ name: key.name, end }];
  });
  const soon = ends.filter(({ end }) => end > now);
  const over = ends.filter(({ end }) => end <= now);
  if (soon.length > 0) report.note(`keys that expire within 14 days: ${nameKeys(soon)}`);
  if (over.length > 0) report.note(`keys that have expired: ${nameKeys(over)}`);
  if ((await store.isPersistent()) === false)
    report.bad(
      'Redis writes nothing to a disk: members and keys end when it restarts',
      'Turn on its append-only file: CONFIG SET appendonly yes, and in its configuration.',
    );
}

function nameKeys(keys: readonly { readonly name: string; readonly end: number }[]): string {
  const sorted = [...keys].sort((one, other) => one.end - other.end);
  const named = sorted.slice(0, MAX_NAMED).map(({ name, end }) => `${name} (${toDay(end)})`);
  const rest = sorted.length - named.length;
  return `${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function toDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function formatBytes(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
