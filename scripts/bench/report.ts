/** Measurements → medians and ratios. Pure. */
import type { LoadResult } from './load.js';

export interface Measurement {
  readonly scenario: string;
  readonly target: string;
  readonly requests: number;
  readonly failed: number;
  readonly problem: string | undefined;
  /** First bytes tell what the target adds: one caller, or arrivals at half load. Elsewhere they tell the queue. */
  readonly timed: boolean;
  /** Of the target's process; undefined: there is none. */
  readonly cpuMsPerRequest: number | undefined;
  readonly memoryMb: number | undefined;
  readonly wallMs: number;
  readonly firstByteMs: { readonly p50: number; readonly p99: number };
  readonly totalMs: { readonly p50: number; readonly p99: number };
  readonly gapMs: number;
}

export interface Row {
  readonly scenario: string;
  readonly target: string;
  readonly requests: number;
  readonly failed: number;
  readonly problem: string | undefined;
  readonly cpuMsPerRequest: number | undefined;
  /** Half of the distance between the cheapest and the dearest round, as a part of the median. */
  readonly cpuSpread: number | undefined;
  /** CPU time of all rounds together against that of nginx and of the relay on the same Node. */
  readonly timesNginx: number | undefined;
  readonly timesRelay: number | undefined;
  readonly requestsPerSecond: number;
  readonly firstByteMs: { readonly p50: number; readonly p99: number };
  /** Against the upstream asked directly, where no queue hides it. */
  readonly addedFirstByteMs: { readonly p50: number; readonly p99: number } | undefined;
  readonly gapMs: number;
  readonly memoryMb: number | undefined;
}

export function measurement(
  scenario: string,
  target: string,
  timed: boolean,
  result: LoadResult,
  cpuMs: number | undefined,
  memoryBytes: number | undefined,
): Measurement {
  const { requests, failed, problem, wallMs, timings } = result;
  const both = (values: number[]) => ({ p50: quantile(values, 0.5), p99: quantile(values, 0.99) });
  return {
    scenario,
    target,
    requests,
    failed,
    problem,
    timed,
    wallMs,
    cpuMsPerRequest: cpuMs === undefined ? undefined : cpuMs / requests,
    memoryMb: memoryBytes === undefined ? undefined : memoryBytes / 1e6,
    firstByteMs: both(timings.map(({ firstByteMs }) => firstByteMs)),
    totalMs: both(timings.map(({ totalMs }) => totalMs)),
    gapMs: quantile(
      timings.map(({ gapMs }) => gapMs),
      0.99,
    ),
  };
}

export function rowsOf(measurements: readonly Measurement[]): Row[] {
  const groups = groupBy(measurements, ({ scenario, target }) => `${scenario}\n${target}`);
  return [...groups.values()].map((rounds) => rowOf(rounds, measurements));
}

function rowOf(rounds: readonly Measurement[], all: readonly Measurement[]): Row {
  const { scenario = '', target = '' } = rounds[0] ?? {};
  const of = (name: string) => all.filter((one) => one.scenario === scenario && one.target === name);
  const cpu = rounds.flatMap(({ cpuMsPerRequest }) => cpuMsPerRequest ?? []);
  const direct = of('direct');
  const firstByteMs = firstByteOf(rounds);
  const timed = rounds[0]?.timed && target !== 'direct';
  const base = timed && direct.length > 0 ? firstByteOf(direct) : undefined;
  // «gateway, Node 24» is compared with «relay, Node 24».
  const itsRelay = of(`relay${/, .*/.exec(target)?.[0].replace(/ \+ Redis$/, '') ?? ''}`);
  return {
    scenario,
    target,
    requests: sum(rounds.map(({ requests }) => requests)),
    failed: sum(rounds.map(({ failed }) => failed)),
    problem: rounds.find(({ problem }) => problem)?.problem,
    cpuMsPerRequest: cpu.length === 0 ? undefined : quantile(cpu, 0.5),
    cpuSpread: cpu.length === 0 ? undefined : (Math.max(...cpu) - Math.min(...cpu)) / 2 / quantile(cpu, 0.5),
    timesNginx: target === 'nginx' ? undefined : ratio(rounds, of('nginx')),
    timesRelay: target.startsWith('gateway') ? ratio(rounds, itsRelay) : undefined,
    requestsPerSecond:
      (1000 * sum(rounds.map(({ requests }) => requests))) / sum(rounds.map(({ wallMs }) => wallMs)),
    firstByteMs,
    addedFirstByteMs: base && { p50: firstByteMs.p50 - base.p50, p99: firstByteMs.p99 - base.p99 },
    gapMs: quantile(
      rounds.map(({ gapMs }) => gapMs),
      0.5,
    ),
    memoryMb: Math.max(...rounds.map(({ memoryMb = 0 }) => memoryMb)) || undefined,
  };
}

function firstByteOf(rounds: readonly Measurement[]) {
  return {
    p50: quantile(
      rounds.map(({ firstByteMs }) => firstByteMs.p50),
      0.5,
    ),
    p99: quantile(
      rounds.map(({ firstByteMs }) => firstByteMs.p99),
      0.5,
    ),
  };
}

/** Ratio of the sums: steadier than a ratio of single rounds. */
function ratio(ones: readonly Measurement[], others: readonly Measurement[]): number | undefined {
  const cpu = (list: readonly Measurement[]) =>
    sum(list.map(({ cpuMsPerRequest = 0 }) => cpuMsPerRequest)) / list.length;
  return others.length === 0 || ones.some(({ cpuMsPerRequest }) => cpuMsPerRequest === undefined)
    ? undefined
    : cpu(ones) / cpu(others);
}

export function groupBy<One>(all: readonly One[], keyOf: (one: One) => string): Map<string, One[]> {
  const groups = new Map<string, One[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
