/** How the gateway is doing, since when, and why: out of the last minutes of all replicas and what each replica says. Pure. */

import { type Fields, MINUTE_MS } from '../stats/batch.js';
import { computeFigures, countOutcomes, sumFields } from '../stats/figures.js';
import type { LostReplica, Replica } from '../store/store.js';
import type { HealthState } from '../vocabulary/health-states.js';
import { OUTCOMES, type Outcome } from '../vocabulary/outcomes.js';

export type Reason =
  /** So many of the requests that reached it. */
  | {
      readonly kind: 'upstream_refuses' | 'upstream_fails' | 'gateway_fails';
      readonly failed: number;
      readonly of: number;
    }
  | { readonly kind: 'store_was_away'; readonly replica: string; readonly at: number }
  | { readonly kind: 'replica_silent'; readonly replica: string; readonly silentMs: number }
  | { readonly kind: 'replicas_draining'; readonly draining: number; readonly of: number }
  /** An event that does not change the state: others answer in its place. */
  | { readonly kind: 'replicas_lost'; readonly lost: number; readonly latest: string; readonly at: number }
  /** Nothing was asked for WINDOW_MINUTES; what is said of the upstream is as old as the last request. */
  | { readonly kind: 'idle' };

export interface Status {
  readonly state: HealthState;
  /** Unix milliseconds; `undefined` for longer than is looked back, and while waiting. */
  readonly since: number | undefined;
  readonly reasons: readonly Reason[];
}

/** How many minutes are to be read: an hour to look back on, each minute judged with those before it. */
export const STATUS_MINUTES = 64;
/** Judged together: one minute of a small team holds too few requests to say anything. */
export const WINDOW_MINUTES = 5;
/** Fewer failures than that are what an upstream has every day, unless they are half of everything. */
const MIN_FAILURES = 3;
/** A tenth of the answers missing is what people begin to complain about. */
const FAILING_SHARE = 0.1;
/** Some failures concern one model or one prompt; half of everything concerns the gateway. */
const HALF = 0.5;
/** Two announcements were missed, one may be late. */
const SILENT_MS = 5_000;
/** For so long after Redis is back its absence is told. */
const STORE_TROUBLE_MS = 2 * MINUTE_MS;

export interface StatusSource {
  /** Everything that was ever counted. */
  readonly total: Fields;
  /** STATUS_MINUTES, oldest first; the last one is under way. */
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
  const traffic = judgeTraffic({ total, minutes, now, aliveSince: earliest(replicas.map(startOf)) });
  const troubles = replicas.flatMap((replica) => listTroubles(replica, now));
  const reasons: Reason[] = [
    ...(traffic.trouble ? [traffic.trouble] : []),
    ...troubles.map(({ reason }) => reason),
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
  if (traffic.trouble || troubles.length > 0) {
    const since = [...(traffic.trouble ? [traffic.since] : []), ...troubles.map((trouble) => trouble.since)];
    return { state: 'degraded', since: earliest(since), reasons };
  }
  return { state: traffic.judged ? 'healthy' : 'waiting', since: traffic.since, reasons };
}

type TrafficTrouble = Extract<Reason, { failed: number }>;

interface Traffic {
  /** Whether any request tells how the gateway does. */
  readonly judged: boolean;
  readonly trouble: TrafficTrouble | undefined;
  readonly since: number | undefined;
  readonly idle: boolean;
}

interface TrafficSource extends Pick<StatusSource, 'total' | 'minutes' | 'now'> {
  /** When the oldest living replica started: what was before says nothing of those that live. */
  readonly aliveSince: number | undefined;
}

/** The last window in which anything was attempted, and how long it has been like that. */
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
  // The window that first failed began to fail somewhere in its minutes.
  const window = Math.max(0, from - WINDOW_MINUTES + 1);
  if (trouble !== undefined) {
    const first = minutes.findIndex(
      (fields, index) => index >= window && countFailures(fields, trouble.kind) > 0,
    );
    return { ...known, since: Math.max(startsAt(first), aliveSince) };
  }
  // Where all attempts that ever were lie within the hour, health cannot be older than the first.
  const everAttempted = countAttempts(total) > countAttempts(sumFields(minutes));
  const first = everAttempted ? 0 : minutes.findIndex((fields) => countAttempts(fields) > 0);
  const since = Math.max(from > 0 ? startsAt(from) : 0, first > 0 ? startsAt(first) : 0, aliveSince);
  return { ...known, since: since > startsAt(0) ? since : undefined };
}

/** What was wrong in the window that ends with this minute. */
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

/** Requests that say something about health: those of callers at fault, over a limit or gone do not. */
function countAttempts(fields: Fields): number {
  return countOutcomes(fields, ({ countsForHealth }) => countsForHealth);
}

function countFailures(fields: Fields, kind: TrafficTrouble['kind']): number {
  return countOutcomes(fields, (row, name) => row.countsForHealth && IS_CAUSE[kind](name));
}

function startOf({ startedAt }: Replica): number {
  return startedAt;
}

function toLossReasons(lostReplicas: readonly LostReplica[]): Reason[] {
  const [latest] = lostReplicas;
  if (latest === undefined) return [];
  return [{ kind: 'replicas_lost', lost: lostReplicas.length, latest: latest.id, at: latest.lostAt }];
}

/** One that drains and falls silent has left as it should. */
export function isSilent({ silentMs, drainingSince }: Replica): boolean {
  return silentMs > SILENT_MS && drainingSince === undefined;
}

function listTroubles(replica: Replica, now: number): { reason: Reason; since: number }[] {
  const { id, silentMs, degradedAt } = replica;
  const troubles: { reason: Reason; since: number }[] = [];
  if (isSilent(replica))
    troubles.push({ reason: { kind: 'replica_silent', replica: id, silentMs }, since: now - silentMs });
  if (degradedAt !== undefined && now - degradedAt < STORE_TROUBLE_MS)
    troubles.push({ reason: { kind: 'store_was_away', replica: id, at: degradedAt }, since: degradedAt });
  return troubles;
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
