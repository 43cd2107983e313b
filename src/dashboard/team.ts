/** Reads the Team page: members, keys, invites and the audit, with the use of each key today. */
import type { Request } from 'express';
import type { Budgets, BudgetUse } from '../budgets/budgets.js';
import { findSpan } from '../calendar.js';
import type { Config } from '../config/config.js';
import { acceptedKeys } from '../http/routes/admin/routes.js';
import { findSession, type SessionFinder } from '../http/routes/me.js';
import { languageOf, queryOf } from '../pages/language.js';
import { HOUR_MS, toHourSlot } from '../stats/batch.js';
import type { Store } from '../store/store.js';
import type { AuditEntry, Team } from '../team/core/entities.js';
import { deriveMemberMeters, deriveMeters } from '../team/core/meters.js';
import type { KeyVerifier } from '../team/key-verifier.js';
import type { TeamAdmin } from '../team/team-admin.js';
import { readStatus } from './figures.js';
import { mapStoreUnavailable } from './map-store-unavailable.js';
import type { PageData } from './pages.js';
import { parseQuery } from './query.js';
import { listSlots } from './ranges.js';
import type { StatusStore } from './snapshot.js';
import { type LabelCounts, sumLabels } from './tables.js';
import { createTeamView } from './view-team.js';

/** Entries of the audit that the page shows; `GET /admin/audit` has more. */
const SHOWN_AUDIT = 50;
/** Members and keys whose budgets are read: each is a command to the store. */
const MAX_READ_BUDGETS = 200;

export interface TeamPageDeps {
  readonly config: Pick<
    Config,
    'publicKey' | 'namedKeys' | 'rateLimit' | 'rateLimits' | 'publicRateLimit' | 'timeZone'
  >;
  readonly store: StatusStore & Pick<Store, 'readLabels'>;
  readonly teamAdmin: Pick<TeamAdmin, 'read' | 'readAudit' | 'isPersistent'>;
  readonly budgets: Pick<Budgets, 'read'>;
  readonly verifier: Pick<KeyVerifier, 'presence'>;
  readonly sessions: SessionFinder;
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
  /** By name of the key, in the present day of TIME_ZONE. */
  readonly today: LabelCounts;
  /** By name of the key, since counting began. */
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
  const { start } = findSpan('day', now, deps.config.timeZone);
  const hours = listSlots(Math.floor(start / HOUR_MS) * HOUR_MS, now, HOUR_MS, toHourSlot);
  const [team, audit, isPersistent, today, [total]] = await Promise.all([
    teamAdmin.read(),
    teamAdmin.readAudit(SHOWN_AUDIT),
    teamAdmin.isPersistent(),
    mapStoreUnavailable(store.readLabels('key', hours)),
    mapStoreUnavailable(store.readLabels('key', ['total'])),
  ]);
  return {
    now,
    team,
    audit,
    isPersistent,
    environment: acceptedKeys(deps),
    budgetUses: await readBudgetUses(team, deps.budgets),
    today: sumLabels(today),
    total: total ?? new Map(),
  };
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
