/** The busiest addresses, the replicas and the guest tokens as they are shown. Pure. */
import { HOUR_MS, toHourSlot } from '../stats/batch.js';
import type { GuestTokenCounts, Replica } from '../store/store.js';
import type { Format } from './format.js';
import type { Snapshot } from './snapshot.js';
import { isSilent } from './status.js';
import type { DashboardTexts } from './texts/texts.js';
import { type Moment, toMoment } from './times.js';

interface Context {
  readonly t: DashboardTexts;
  readonly format: Format;
}

/** A slower event loop delays streams noticeably. */
const LATE_LOOP_MS = 200;
const SHOWN_LOST_REPLICAS = 10;
/** A slower Redis delays every request noticeably. */
const SLOW_REDIS_MS = 50;

export function createAddressesView(
  { addresses, now }: Pick<Snapshot, 'addresses' | 'now'>,
  { format }: Context,
) {
  const hour = Number(toHourSlot(now).slice(1)) * HOUR_MS;
  return {
    since: toMoment(hour, 'minute'),
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
  /** `undefined` when it runs without Redis. */
  readonly redis: string | undefined;
  readonly isSlow: boolean;
  readonly seen: string;
  readonly mark: string | undefined;
  readonly startedAt: Moment;
}

export function createReplicasView(
  { replicas, now }: Pick<Snapshot, 'replicas' | 'now'>,
  { t, format }: Context,
): ReplicaRow[] {
  return replicas.map((replica) => ({
    id: replica.id,
    version: replica.version,
    uptime: format.span(now - replica.startedAt),
    startedAt: toMoment(replica.startedAt, 'full'),
    inFlight: format.number(replica.inFlight),
    lag: format.duration(Math.round(replica.eventLoopLagMs)),
    isLate: replica.eventLoopLagMs > LATE_LOOP_MS,
    memory: format.megabytes(replica.memoryBytes),
    redis:
      replica.redisLatencyMs === 0 ? undefined : t.units.milliseconds(format.rate(replica.redisLatencyMs)),
    isSlow: replica.redisLatencyMs > SLOW_REDIS_MS,
    seen: t.replicas.ago(format.span(replica.silentMs)),
    mark: findMark(replica, t),
  }));
}

/** The latest replicas that were killed, crashed or cut off within the last hour. */
export function createLostReplicasView(
  { lostReplicas, now }: Pick<Snapshot, 'lostReplicas' | 'now'>,
  { t, format }: Context,
) {
  return lostReplicas
    .slice(0, SHOWN_LOST_REPLICAS)
    .map(({ id, lostAt }) => ({ id, seen: t.replicas.ago(format.span(now - lostAt)) }));
}

function findMark(replica: Replica, t: DashboardTexts): string | undefined {
  if (replica.drainingSince !== undefined) return t.replicas.draining;
  return isSilent(replica) ? t.replicas.silent : undefined;
}

/** @returns undefined if no guest token was needed so far. */
export function createGuestsView(
  { replicas, spareTokens }: Pick<Snapshot, 'replicas' | 'spareTokens'>,
  { t, format }: Context,
) {
  const sum = sumGuestTokens(replicas);
  if (sum.minted + sum.failed + sum.reused + spareTokens === 0) return undefined;
  const { guests } = t;
  const item = (label: string, value: string, note?: string) => ({ label, value, note });
  return [
    item(guests.pool, format.number(spareTokens)),
    item(guests.hitRate, format.percent(computeGuestHitRate(sum)), guests.hitNote),
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

/** Share of requests that did not wait for a token, 0…1. @returns undefined if none needed one. */
export function computeGuestHitRate({ reused, pooled, waited }: GuestTokenCounts): number | undefined {
  const all = reused + pooled + waited;
  return all === 0 ? undefined : (reused + pooled) / all;
}
