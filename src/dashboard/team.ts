/** Reads the Team page: members, keys, invites and the audit, with the use of each key today. */
import type { Request } from 'express';
import type { Budgets, BudgetUse } from '../budgets/budgets.js';
import { findSpan } from '../calendar.js';
import type { Config } from '../config/config.js';
import { acceptedKeys } from '../http/routes/admin/routes.js';
import { findSession, type SessionFinder } from '../http/routes/me.js';
import { languageOf, queryOf } from '../pages/language.js';
import { sumFields } from '../stats/figures.js';
import { toUsageDay, type UsageKey } from '../stats/usage.js';
import type { Store } from '../store/store.js';
import type { AuditEntry, Team } from '../team/core/entities.js';
import { deriveMemberMeters, deriveMeters } from '../team/core/meters.js';
import type { KeyVerifier } from '../team/key-verifier.js';
import type { TeamAdmin } from '../team/team-admin.js';
import { readStatus } from './figures.js';
import { mapStoreUnavailable } from './map-store-unavailable.js';
import type { PageData } from './pages.js';
import { parseQuery } from './query.js';
import type { StatusStore } from './snapshot.js';
import type { LabelCounts } from './tables.js';
import { createTeamView } from './view-team.js';

/** Entries of the audit that the page shows; `GET /admin/audit` has more. */
const SHOWN_AUDIT = 50;
/** Members and keys whose budgets are read: each is a command to the store. */
const MAX_READ_BUDGETS = 200;
/** Keys whose use today is read, those used last. */
const MAX_READ_KEYS = 1_000;

type UsageSource = Pick<Store, 'listUsageKeys' | 'readUsage'>;

export interface TeamPageDeps {
  readonly config: Pick<
    Config,
    'publicKey' | 'namedKeys' | 'rateLimit' | 'rateLimits' | 'publicRateLimit' | 'timeZone'
  >;
  readonly store: StatusStore & UsageSource & Pick<Store, 'readLabels'>;
  readonly teamAdmin: Pick<TeamAdmin, 'read' | 'readAudit' | 'isPersistent'>;
  readonly budgets: Pick<Budgets, 'read'>;
  readonly verifier: Pick<KeyVerifier, 'presence'>;
  readonly sessions: SessionFinder;
}

export interface KeyUse {
  /** In the present day of TIME_ZONE. */
  readonly requests: number;
  readonly tokens: number;
  /** Unix milliseconds. */
  readonly lastAt: number;
}

export interface TeamSnapshot {
  /** Unix milliseconds. */
  readonly now: number;
  readonly team: Team;
  /** Newest first. */
  readonly audit: readonly AuditEntry[];
  /** Whether the team outlives a restart of its store, `undefined` when the store does not tell. */
  readonly isPersistent: boolean | undefined;
  /** Keys of the environment that are accepted now. */
  readonly environment: Pick<Config, 'publicKey' | 'namedKeys'>;
  /** What is used of budgets, by `member ID` and `key ID`. */
  readonly budgetUses: ReadonlyMap<string, readonly BudgetUse[]>;
  /** By id of the key; keys that were never used are missing. */
  readonly keyUses: ReadonlyMap<string, KeyUse>;
  /** By name of the key, since counting began: older versions counted by name alone. */
  readonly total: LabelCounts;
}

export async function readTeamPage(req: Request, deps: TeamPageDeps): Promise<PageData> {
  const now = Date.now();
  const language = languageOf(req);
  const [status, snapshot, session] = await Promise.all([
    readStatus(deps.store, language, now),
    readTeam(deps, now),
    findSession(deps.sessions, req),
  ]);
  const member = session?.owner.managed?.member;
  const admin = member?.role === 'admin' ? member.id : undefined;
  const { text } = parseQuery(queryOf(req));
  return { status, view: createTeamView(snapshot, deps.config, { language, text, admin }) };
}

async function readTeam(deps: TeamPageDeps, now: number): Promise<TeamSnapshot> {
  const { store, teamAdmin } = deps;
  const [team, audit, isPersistent, keyUses, [total]] = await Promise.all([
    teamAdmin.read(),
    teamAdmin.readAudit(SHOWN_AUDIT),
    teamAdmin.isPersistent(),
    mapStoreUnavailable(readKeyUses(store, deps.config.timeZone, now)),
    mapStoreUnavailable(store.readLabels('key', ['total'])),
  ]);
  return {
    now,
    team,
    audit,
    isPersistent,
    environment: acceptedKeys(deps),
    budgetUses: await readBudgetUses(team, deps.budgets),
    keyUses,
    total: total ?? new Map(),
  };
}

/** Reads what keys used today; only of those that were used. */
async function readKeyUses(
  store: UsageSource,
  zone: string,
  now: number,
): Promise<ReadonlyMap<string, KeyUse>> {
  const known = await store.listUsageKeys(0);
  const { start } = findSpan('day', now, zone);
  const isToday = ({ lastAt }: UsageKey) => lastAt >= start;
  const ids = [...new Set(known.filter(isToday).map(({ id }) => id))].slice(0, MAX_READ_KEYS);
  const days = await store.readUsage(ids.map((id) => ({ id, slot: toUsageDay(now, zone) })));
  const today = new Map(ids.map((id, index) => [id, sumFields([...(days[index]?.values() ?? [])])]));
  // A key that was renamed is listed twice, the latest use first.
  return new Map(
    known.toReversed().map(({ id, lastAt }) => {
      const { n = 0, in: input = 0, out = 0 } = today.get(id) ?? {};
      return [id, { requests: n, tokens: input + out, lastAt }];
    }),
  );
}

/** Sends all commands in one turn of the event loop. */
async function readBudgetUses(
  { members, keys }: Team,
  budgets: TeamPageDeps['budgets'],
): Promise<ReadonlyMap<string, readonly BudgetUse[]>> {
  const ofMembers = [...members.values()]
    .filter((member) => member.budgets !== undefined)
    .map((member) => ({ id: `member ${member.id}`, scope: 'member', meters: deriveMemberMeters(member) }));
  const ofKeys = [...keys.values()].flatMap((key) => {
    const member = members.get(key.member);
    if (key.budgets === undefined || member === undefined) return [];
    return [{ id: `key ${key.id}`, scope: 'key', meters: deriveMeters(key, member) }];
  });
  const all = [...ofMembers, ...ofKeys].slice(0, MAX_READ_BUDGETS).map(async ({ id, scope, meters }) => {
    const uses = meters === undefined ? [] : await mapStoreUnavailable(budgets.read(meters));
    return [id, uses.filter(({ period }) => period.scope === scope)] as const;
  });
  return new Map(await Promise.all(all));
}
