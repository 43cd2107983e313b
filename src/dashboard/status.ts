/** How the gateway is doing, since when, and why: out of the last minutes of all replicas and what each replica says. Pure. */
import type { Outcome } from '../errors.js';
import { type Fields, MINUTE_MS } from '../stats/batch.js';
import { sumOf } from '../stats/figures.js';
import type { Replica } from '../store/store.js';

/** `draining`: all replicas are; `refused`: the upstream refuses this gateway. */
export type State = 'healthy' | 'degraded' | 'refused' | 'draining';

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
  /** Nothing was asked lately; what is said of the upstream is as old as the last request. */
  | { readonly kind: 'idle' };

export interface Status {
  readonly state: State;
  /** Unix milliseconds; undefined: for longer than is looked back. */
  readonly since: number | undefined;
  readonly reasons: readonly Reason[];
}

/** How many minutes are to be read: an hour to look back on, each minute judged with those before it. */
export const STATUS_MINUTES = 64;
/** Judged together: one minute of a small team holds too few requests to say anything. */
export const WINDOW_MINUTES = 5;
/** Fewer failures than that are what an upstream has every day. */
const FEWEST_FAILURES = 3;
/** A tenth of the answers missing is what people begin to complain about. */
const FAILING_SHARE = 0.1;
/** Some refusals concern one model or one prompt; half of everything concerns the gateway. */
const REFUSING_SHARE = 0.5;
/** Two announcements were missed, one may be late. */
const SILENT_MS = 5_000;
/** For so long after Redis is back its absence is told. */
const STORE_TROUBLE_MS = 2 * MINUTE_MS;

export interface StatusSource {
  /** STATUS_MINUTES, oldest first; the last one is under way. */
  readonly minutes: readonly Fields[];
  readonly replicas: readonly Replica[];
  /** Unix milliseconds. */
  readonly now: number;
}

export function statusOf({ minutes, replicas, now }: StatusSource): Status {
  const draining = replicas.filter(({ drainingSince }) => drainingSince !== undefined);
  const allDrain = draining.length > 0 && draining.length === replicas.length;
  const traffic = judgeTraffic(minutes, now);
  const troubles = replicas.flatMap((replica) => troublesOf(replica, now));
  const troubledSince = earliest([
    ...(traffic.trouble ? [traffic.since] : []),
    ...troubles.map(({ since }) => since),
  ]);
  const reasons: Reason[] = [
    ...(traffic.trouble ? [traffic.trouble] : []),
    ...troubles.map(({ reason }) => reason),
    ...(draining.length > 0
      ? [{ kind: 'replicas_draining', draining: draining.length, of: replicas.length } as const]
      : []),
    ...(traffic.idle ? [{ kind: 'idle' } as const] : []),
  ];
  if (allDrain)
    return { state: 'draining', since: earliest(draining.map((one) => one.drainingSince)), reasons };
  if (traffic.trouble?.kind === 'upstream_refuses')
    return { state: 'refused', since: traffic.since, reasons };
  if (traffic.trouble || troubles.length > 0) return { state: 'degraded', since: troubledSince, reasons };
  return { state: 'healthy', since: traffic.since, reasons };
}

type TrafficTrouble = Extract<Reason, { failed: number }>;

interface Traffic {
  readonly trouble: TrafficTrouble | undefined;
  readonly since: number | undefined;
  readonly idle: boolean;
}

/** The last window in which anything was asked, and how long it has been like that. */
function judgeTraffic(minutes: readonly Fields[], now: number): Traffic {
  const last = minutes.findLastIndex((fields) => attemptsOf(fields) > 0);
  const idle = last < minutes.length - WINDOW_MINUTES;
  if (last === -1) return { trouble: undefined, since: undefined, idle };
  const startOf = (index: number) => (Math.floor(now / MINUTE_MS) - (minutes.length - 1 - index)) * MINUTE_MS;
  const trouble = troubleAt(minutes, last);
  let from = last;
  while (from > 0 && troubleAt(minutes, from - 1)?.kind === trouble?.kind) from -= 1;
  if (trouble === undefined) return { trouble, since: from > 0 ? startOf(from) : undefined, idle };
  // The window that first failed began to fail somewhere in its minutes.
  const window = Math.max(0, from - WINDOW_MINUTES + 1);
  const first = minutes.findIndex((fields, index) => index >= window && failuresOf(fields, trouble.kind) > 0);
  return { trouble, since: startOf(first), idle };
}

/** What was wrong in the window that ends with this minute. */
function troubleAt(minutes: readonly Fields[], end: number): TrafficTrouble | undefined {
  const fields = sumOf(minutes.slice(Math.max(0, end - WINDOW_MINUTES + 1), end + 1));
  const of = attemptsOf(fields);
  const trouble = (kind: TrafficTrouble['kind']) => ({ kind, failed: failuresOf(fields, kind), of });
  const refuses = trouble('upstream_refuses');
  if (refuses.failed > 0 && refuses.failed >= REFUSING_SHARE * of) return refuses;
  return [trouble('upstream_fails'), trouble('gateway_fails')].find(
    ({ failed }) => failed >= FEWEST_FAILURES && failed >= FAILING_SHARE * of,
  );
}

const FAILURES: Readonly<Record<TrafficTrouble['kind'], readonly Outcome[]>> = {
  upstream_refuses: ['upstream_refused'],
  upstream_fails: ['upstream_error', 'upstream_truncated', 'upstream_refused'],
  gateway_fails: ['gateway_error'],
};

/** Requests that could have been answered: those of callers at fault, over a limit or gone tell nothing. */
function attemptsOf(fields: Fields): number {
  return (fields.ok ?? 0) + failuresOf(fields, 'upstream_fails') + failuresOf(fields, 'gateway_fails');
}

function failuresOf(fields: Fields, kind: TrafficTrouble['kind']): number {
  return FAILURES[kind].reduce((sum, outcome) => sum + (fields[outcome] ?? 0), 0);
}

/** One that drains and falls silent has left as it should. */
export function isSilent({ silentMs, drainingSince }: Replica): boolean {
  return silentMs > SILENT_MS && drainingSince === undefined;
}

function troublesOf(replica: Replica, now: number): { reason: Reason; since: number }[] {
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
