/** The latest requests, the busiest addresses, the replicas and the guest tokens as they are shown. Pure. */
import { HOUR_MS, hourSlot } from '../stats/batch.js';
import type { RequestRecord } from '../stats/request-record.js';
import type { GuestTokenCounts, Replica } from '../store/store.js';
import { OUTCOME_NAMES, OUTCOMES } from '../vocabulary/outcomes.js';
import { clipped, type Format, NOTHING } from './format.js';
import { addressOf, fieldsOf, type Query } from './query.js';
import { keysIn, requestPage } from './requests.js';
import type { Snapshot } from './snapshot.js';
import { isSilent } from './status.js';
import type { DashboardTexts } from './texts/texts.js';
import { type Moment, moment } from './times.js';

interface Context {
  readonly query: Query;
  readonly t: DashboardTexts;
  readonly format: Format;
}

/** Beyond this an event loop keeps its streams waiting, in milliseconds. */
const LATE_LOOP_MS = 200;
const SHOWN_LOST_REPLICAS = 10;
/** Beyond this Redis is felt in every request, in milliseconds. */
const SLOW_REDIS_MS = 50;

export function requestsView({ requests }: Pick<Snapshot, 'requests'>, { query, t, format }: Context) {
  const { rows, matching, page, pages } = requestPage(requests, query);
  const to = (number: number) => `${addressOf(query, { page: number })}#requests`;
  const { q, outcome, key, page: _, ...kept } = fieldsOf(query);
  return {
    rows: rows.map((record) => requestRow(record, t, format)),
    count: t.requests.count(format.number(matching), format.number(requests.length)),
    /** Undefined: all is on one. */
    page: pages === 1 ? undefined : t.requests.page(format.number(page), format.number(pages)),
    newer: page > 1 ? to(page - 1) : undefined,
    older: page < pages ? to(page + 1) : undefined,
    isFiltered: q !== undefined || outcome !== undefined || key !== undefined,
    all: `${addressOf(query, { text: '', outcome: undefined, key: undefined, page: 1 })}#requests`,
    text: query.text,
    /** What the filter's form must not lose. */
    kept,
    outcomes: OUTCOME_NAMES.map((name) => ({
      name,
      label: t.outcomes[name],
      chosen: name === query.outcome,
    })),
    keys: keysIn(requests).map((name) => ({ name, chosen: name === query.key })),
  };
}

function requestRow(record: RequestRecord, t: DashboardTexts, format: Format) {
  const { usage } = record;
  return {
    at: moment(record.finishedAt, 'time'),
    method: record.method,
    path: clipped(record.path),
    model: clipped(record.model ?? NOTHING),
    /** What answered in its place. */
    served: record.servedModel === undefined ? undefined : t.requests.served(clipped(record.servedModel)),
    status: record.status,
    outcome: t.outcomes[record.outcome],
    fault: OUTCOMES[record.outcome].fault,
    /** Where it tells more than the outcome. */
    code: record.code === undefined || record.code === record.outcome ? undefined : clipped(record.code),
    firstToken: format.duration(record.firstTokenMs),
    duration: format.duration(record.durationMs),
    tokens: usage
      ? `${format.number(usage.promptTokens)} → ${format.number(usage.completionTokens)}`
      : NOTHING,
    key: record.keyName ?? NOTHING,
    address: record.clientAddress,
    replica: record.replica ?? NOTHING,
    agent: clipped(record.userAgent),
    /** The whole of it, where that is more. */
    wholeAgent: clipped(record.userAgent) === record.userAgent ? undefined : record.userAgent,
  };
}

export function addressesView({ addresses, now }: Pick<Snapshot, 'addresses' | 'now'>, { format }: Context) {
  const hour = Number(hourSlot(now).slice(1)) * HOUR_MS;
  return {
    since: moment(hour, 'minute'),
    rows: addresses.map(({ address, requests, unauthorized, limited }) => ({
      address,
      requests: format.number(requests),
      unauthorized: format.number(unauthorized),
      limited: format.number(limited),
    })),
  };
}

export interface ReplicaRow {
  readonly id: string;
  readonly version: string;
  readonly uptime: string;
  readonly inFlight: string;
  readonly lag: string;
  readonly isLate: boolean;
  readonly memory: string;
  /** Undefined: it runs alone. */
  readonly redis: string | undefined;
  readonly isSlow: boolean;
  readonly seen: string;
  readonly mark: string | undefined;
  readonly startedAt: Moment;
}

export function replicasView(
  { replicas, now }: Pick<Snapshot, 'replicas' | 'now'>,
  { t, format }: Context,
): ReplicaRow[] {
  return replicas.map((replica) => ({
    id: replica.id,
    version: replica.version,
    uptime: format.span(now - replica.startedAt),
    startedAt: moment(replica.startedAt, 'full'),
    inFlight: format.number(replica.inFlight),
    lag: format.duration(Math.round(replica.eventLoopLagMs)),
    isLate: replica.eventLoopLagMs > LATE_LOOP_MS,
    memory: format.megabytes(replica.memoryBytes),
    redis:
      replica.redisLatencyMs === 0 ? undefined : t.units.milliseconds(format.rate(replica.redisLatencyMs)),
    isSlow: replica.redisLatencyMs > SLOW_REDIS_MS,
    seen: t.replicas.ago(format.span(replica.silentMs)),
    mark: markOf(replica, t),
  }));
}

/** The latest of the last hour: killed, crashed or cut off. */
export function lostReplicasView(
  { lostReplicas, now }: Pick<Snapshot, 'lostReplicas' | 'now'>,
  { t, format }: Context,
) {
  return lostReplicas
    .slice(0, SHOWN_LOST_REPLICAS)
    .map(({ id, lostAt }) => ({ id, seen: t.replicas.ago(format.span(now - lostAt)) }));
}

function markOf(replica: Replica, t: DashboardTexts): string | undefined {
  if (replica.drainingSince !== undefined) return t.replicas.draining;
  return isSilent(replica) ? t.replicas.silent : undefined;
}

/** Undefined: none was needed so far. */
export function guestsView(
  { replicas, spareTokens }: Pick<Snapshot, 'replicas' | 'spareTokens'>,
  { t, format }: Context,
) {
  const sum = sumGuestTokens(replicas);
  if (sum.minted + sum.failed + sum.reused + spareTokens === 0) return undefined;
  const { guests } = t;
  const item = (label: string, value: string, note?: string) => ({ label, value, note });
  return [
    item(guests.pool, format.number(spareTokens)),
    item(guests.hitRate, format.percent(guestHitRate(sum)), guests.hitNote),
    item(guests.reused, format.number(sum.reused)),
    item(guests.pooled, format.number(sum.pooled)),
    item(guests.waited, format.number(sum.waited)),
    item(guests.minted, format.number(sum.minted)),
    item(guests.failed, format.number(sum.failed)),
  ];
}

export function sumGuestTokens(replicas: readonly Replica[]): GuestTokenCounts {
  const sum = { reused: 0, pooled: 0, waited: 0, minted: 0, failed: 0 };
  for (const { guestTokens } of replicas) {
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += guestTokens[name];
  }
  return sum;
}

/** How many needed no mint of their own, 0…1; undefined: nobody needed a token. */
export function guestHitRate({ reused, pooled, waited }: GuestTokenCounts): number | undefined {
  const all = reused + pooled + waited;
  return all === 0 ? undefined : (reused + pooled) / all;
}
