/** Reads the Team page: members, keys, invites and the audit, with the use of each key today. */
import type { Request } from 'express';
import { findSpan } from '../calendar.js';
import type { Config } from '../config/config.js';
import { acceptedKeys } from '../http/routes/admin/routes.js';
import { findSession, type SessionFinder } from '../http/routes/me.js';
import { languageOf, queryOf } from '../pages/language.js';
import { HOUR_MS, toHourSlot } from '../stats/batch.js';
import type { Store } from '../store/store.js';
import type { AuditEntry, Team } from '../team/core/entities.js';
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

export interface TeamPageDeps {
  readonly config: Pick<
    Config,
    'publicKey' | 'namedKeys' | 'rateLimit' | 'rateLimits' | 'publicRateLimit' | 'timeZone'
  >;
  readonly store: StatusStore & Pick<Store, 'readLabels'>;
  readonly teamAdmin: Pick<TeamAdmin, 'read' | 'readAudit' | 'isPersistent'>;
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
    today: sumLabels(today),
    total: total ?? new Map(),
  };
}
