/** Judges how the gateway is doing, since when and why, from the last minutes and the replicas' announcements. Pure. */
import { type Fields, MINUTE_MS } from '../stats/batch.js';
import { computeFigures, countOutcomes, sumFields } from '../stats/figures.js';
import type { LostReplica, Replica } from '../store/store.js';
import type { HealthState } from '../vocabulary/health-states.js';
import { OUTCOMES, type Outcome } from '../vocabulary/outcomes.js';

export type Reason =
  /** How many of the requests failed that reached the upstream or the gateway. */
  | {
      readonly kind: 'upstream_refuses' | 'upstream_fails' | 'gateway_fails';
      readonly failed: number;
      readonly of: number;
    }
  | { readonly kind: 'store_was_away'; readonly replica: string; readonly at: number }
  | { readonly kind: 'not_kept'; readonly problem: string }
  /** A credential, or a model of it, that the upstream refuses until an operator acts. */
  | { readonly kind: 'credential_refused'; readonly name: string; readonly code: string }
  | { readonly kind: 'upstreams_differ'; readonly replicas: readonly string[] }
  | { readonly kind: 'replica_silent'; readonly replica: string; readonly silentMs: number }
  | { readonly kind: 'replicas_draining'; readonly draining: number; readonly of: number }
  /** Does not change the state: other replicas answer. */
  | { readonly kind: 'replicas_lost'; readonly lost: number; readonly latest: string; readonly at: number }
  /** No request for WINDOW_MINUTES, so the state is as old as the last request. */
  | { readonly kind: 'idle' };

export interface Status {
  readonly state: HealthState;
  /** Unix milliseconds. `undefined` while waiting, and when the state began before the first minute that is read. */
  readonly since: number | undefined;
  readonly reasons: readonly Reason[];
}

/** Minutes to read: an hour, and the window before its first minute. */
export const STATUS_MINUTES = 64;
/** Minutes judged together: one minute of a small team has too few requests. */
export const WINDOW_MINUTES = 5;
/** Fewer failures are normal for an upstream, unless they are half of all requests. */
const MIN_FAILURES = 3;
/** Share of failures from which the gateway is degraded: people notice when a tenth of the answers is missing. */
const FAILING_SHARE = 0.1;
/** Share of failures that concerns the whole gateway rather than one model or prompt. */
const HALF = 0.5;
/** A replica is silent after two missed announcements; one may be late. */
const SILENT_MS = 5_000;
/** How long degraded mode is reported after Redis is back. */
const STORE_TROUBLE_MS = 2 * MINUTE_MS;

export interface StatusSource {
  /** Counts since counting began. */
  readonly total: Fields;
  /** STATUS_MINUTES, oldest first; the last one is in progress. */
  readonly minutes: readonly Fields[];
  readonly replicas: readonly Replica[];
  /** Latest first. */
  readonly lostReplicas: readonly LostReplica[];
  /** Unix milliseconds. */
  readonly now: number;
}

export function judgeStatus({ total, minutes, replicas, lostReplicas, now }: StatusSource): Status {
  const draining = replicas.filter(({ drainingSince }) => drainingSince !== undefined);
  const allDrain = draining.length > 0 && draining.length === replicas.length;
  const traffic = judgeTraffic({
    total,
    minutes,
    now,
    aliveSince: earliest(replicas.map(({ startedAt }) => startedAt)),
  });
  const troubles = replicas.flatMap((replica) => listTroubles(replica, now));
  const reasons: Reason[] = [
    ...(traffic.trouble ? [traffic.trouble] : []),
    ...troubles.map(({ reason }) => reason),
    ...findDifferences(replicas),
    ...listRefusals(replicas),
    ...(draining.length > 0
      ? [{ kind: 'replicas_draining', draining: draining.length, of: replicas.length } as const]
      : []),
    ...toLossReasons(lostReplicas),
    ...(traffic.idle ? [{ kind: 'idle' } as const] : []),
  ];
  if (allDrain)
    return { state: 'draining', since: earliest(draining.map((one) => one.drainingSince)), reasons };
  if (traffic.trouble?.kind === 'upstream_refuses')
    return { state: 'refused', since: traffic.since, reasons };
  const hasWarning = [...findDifferences(replicas), ...listRefusals(replicas)].length > 0;
  if (traffic.trouble || troubles.length > 0 || hasWarning) {
    const since = [...(traffic.trouble ? [traffic.since] : []), ...troubles.map((trouble) => trouble.since)];
    return { state: 'degraded', since: earliest(since), reasons };
  }
  return { state: traffic.judged ? 'healthy' : 'waiting', since: traffic.since, reasons };
}

type TrafficTrouble = Extract<Reason, { failed: number }>;

interface Traffic {
  /** Whether there is a request to judge by. */
  readonly judged: boolean;
  readonly trouble: TrafficTrouble | undefined;
  readonly since: number | undefined;
  readonly idle: boolean;
}

interface TrafficSource extends Pick<StatusSource, 'total' | 'minutes' | 'now'> {
  /** When the oldest living replica started. Earlier requests say nothing about the living ones. */
  readonly aliveSince: number | undefined;
}

/** Judges the last window with attempts, and finds since when its state has lasted. */
function judgeTraffic({ total, minutes: all, now, aliveSince = 0 }: TrafficSource): Traffic {
  const startsAt = (index: number) => (Math.floor(now / MINUTE_MS) - (all.length - 1 - index)) * MINUTE_MS;
  const minutes = all.map((fields, index) => (startsAt(index) + MINUTE_MS > aliveSince ? fields : {}));
  const wasAsked = (fields: Fields) => computeFigures(fields).total > 0;
  const isOld = now - aliveSince >= WINDOW_MINUTES * MINUTE_MS;
  const idle = isOld && wasAsked(total) && !minutes.slice(-WINDOW_MINUTES).some(wasAsked);
  const last = minutes.findLastIndex((fields) => countAttempts(fields) > 0);
  if (last === -1) return { judged: false, trouble: undefined, since: undefined, idle };
  const trouble = findTrouble(minutes, last);
  let from = last;
  while (from > 0 && findTrouble(minutes, from - 1)?.kind === trouble?.kind) from -= 1;
  const known = { judged: true, trouble, idle };
  // The first failing window contains the minute of the first failure.
  const window = Math.max(0, from - WINDOW_MINUTES + 1);
  if (trouble !== undefined) {
    const first = minutes.findIndex(
      (fields, index) => index >= window && countFailures(fields, trouble.kind) > 0,
    );
    return { ...known, since: Math.max(startsAt(first), aliveSince) };
  }
  // If all attempts lie within the hour that is read, health began with the first of them.
  const hasOlderAttempts = countAttempts(total) > countAttempts(sumFields(minutes));
  const first = hasOlderAttempts ? 0 : minutes.findIndex((fields) => countAttempts(fields) > 0);
  const since = Math.max(from > 0 ? startsAt(from) : 0, first > 0 ? startsAt(first) : 0, aliveSince);
  return { ...known, since: since > startsAt(0) ? since : undefined };
}

/** @returns the trouble in the window that ends with minute `end`, undefined if there is none. */
function findTrouble(minutes: readonly Fields[], end: number): TrafficTrouble | undefined {
  const fields = sumFields(minutes.slice(Math.max(0, end - WINDOW_MINUTES + 1), end + 1));
  const of = countAttempts(fields);
  const trouble = (kind: TrafficTrouble['kind']) => ({ kind, failed: countFailures(fields, kind), of });
  const refuses = trouble('upstream_refuses');
  if (refuses.failed > 0 && refuses.failed >= HALF * of) return refuses;
  const [upstream, gateway] = [trouble('upstream_fails'), trouble('gateway_fails')];
  const failed = upstream.failed + gateway.failed;
  const isTrouble = failed >= MIN_FAILURES ? failed >= FAILING_SHARE * of : failed > 0 && failed >= HALF * of;
  if (!isTrouble) return undefined;
  return upstream.failed >= gateway.failed ? upstream : gateway;
}

const IS_CAUSE: Readonly<Record<TrafficTrouble['kind'], (outcome: Outcome) => boolean>> = {
  upstream_refuses: (outcome) => outcome === 'upstream_refused',
  upstream_fails: (outcome) => OUTCOMES[outcome].fault === 'upstream',
  gateway_fails: (outcome) => OUTCOMES[outcome].fault === 'gateway',
};

/** Counts the requests that say something about health. */
function countAttempts(fields: Fields): number {
  return countOutcomes(fields, ({ countsForHealth }) => countsForHealth);
}

function countFailures(fields: Fields, kind: TrafficTrouble['kind']): number {
  return countOutcomes(fields, (row, name) => row.countsForHealth && IS_CAUSE[kind](name));
}

function toLossReasons(lostReplicas: readonly LostReplica[]): Reason[] {
  const [latest] = lostReplicas;
  if (latest === undefined) return [];
  return [{ kind: 'replicas_lost', lost: lostReplicas.length, latest: latest.id, at: latest.lostAt }];
}

/** Whether a replica stopped announcing itself. One that drains has left on purpose. */
export function isSilent({ silentMs, drainingSince }: Replica): boolean {
  return silentMs > SILENT_MS && drainingSince === undefined;
}

function listTroubles(replica: Replica, now: number): { reason: Reason; since: number | undefined }[] {
  const { id, silentMs, degradedAt, notKept } = replica;
  const troubles: { reason: Reason; since: number | undefined }[] = [];
  if (isSilent(replica))
    troubles.push({ reason: { kind: 'replica_silent', replica: id, silentMs }, since: now - silentMs });
  if (degradedAt !== undefined && now - degradedAt < STORE_TROUBLE_MS)
    troubles.push({ reason: { kind: 'store_was_away', replica: id, at: degradedAt }, since: degradedAt });
  if (notKept !== undefined)
    troubles.push({ reason: { kind: 'not_kept', problem: notKept }, since: undefined });
  return troubles;
}

/** Replicas that run another UPSTREAMS_FILE than most. During a rollout that ends by itself. */
function findDifferences(replicas: readonly Replica[]): Reason[] {
  const digests = replicas.map(({ upstreamsDigest }) => upstreamsDigest);
  const count = (digest: string | undefined) => digests.filter((one) => one === digest).length;
  const [usual] = digests.toSorted((one, other) => count(other) - count(one));
  const others = replicas.filter(({ upstreamsDigest }) => upstreamsDigest !== usual);
  return others.length === 0 ? [] : [{ kind: 'upstreams_differ', replicas: others.map(({ id }) => id) }];
}

/** Each once: the replicas know of the same ones. */
function listRefusals(replicas: readonly Replica[]): Reason[] {
  const refusals = new Map(
    replicas.flatMap((one) => (one.refusals ?? []).map((refusal) => [refusal.name, refusal])),
  );
  return [...refusals.values()].map(({ name, code }) => ({ kind: 'credential_refused', name, code }));
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
