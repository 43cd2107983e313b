/** Two gateways behind HAProxy on one Redis, against one of them behind HAProxy: how much more work they do. */
import { availableParallelism } from 'node:os';
import type { NodeProgram } from './comparison.js';
import { type LoadResult, load } from './load.js';
import { CORES, cpuMs } from './processes.js';
import { balancer } from './proxies.js';
import { quantile, sum } from './report.js';
import { askOf, SHORT } from './scenarios.js';
import { gateway, startUpstream, type Target } from './targets.js';

/**
 * With a core for each gateway, for HAProxy, for the upstream, and for the load with Redis, throughput is measured. With
 * fewer both gateways share one, and throughput is derived from their CPU time: were each on a core of its own.
 */
const SPREAD = availableParallelism() >= 5;
const ON = SPREAD
  ? { gateways: [0, 2], haproxy: 3, upstream: 4 }
  : { gateways: [CORES?.measured, CORES?.measured], haproxy: CORES?.rest, upstream: CORES?.rest };

const CALLERS_EACH = 32;
const REQUESTS_EACH = 1_000;
/** A gateway is at its fastest after some 10,000 requests (comparison.ts), and here are two. */
const WARM_UP_REQUESTS = 20_000;

export interface Replicas {
  /** Throughput. Else derived: requests for each CPU second of the gateways, times their number. */
  readonly measured: boolean;
  /** One behind HAProxy; the other does nothing. */
  readonly one: number;
  readonly two: number;
  /**
   * Both at once, but each behind an HAProxy of its own: they share no work, only the machine. What two
   * processes on one core cost each other is not what being one of two replicas costs.
   */
  readonly apart: number;
  /** Two against one, median of the rounds; lowest and highest of them. */
  readonly times: Spread;
  /** Two against half of `apart`, twice: what is left once both sides share the machine. */
  readonly timesOfApart: Spread;
  readonly failed: number;
  readonly problem: string | undefined;
}

interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

export async function replicas({ file }: NodeProgram, redisUrl: string, rounds: number): Promise<Replicas> {
  const upstream = await startUpstream(ON.upstream);
  const gateways: Target[] = [];
  for (const core of ON.gateways) gateways.push(await gateway(upstream, file, 'gateway', redisUrl, core));
  const alone: Target[] = [];
  for (const one of gateways) alone.push(await balancer([one], ON.haproxy));
  const both = await balancer(gateways, ON.haproxy);
  const ask = (target: Target, each: number) =>
    load(askOf(SHORT, target, upstream), CALLERS_EACH * each, REQUESTS_EACH * each);
  const loads: LoadResult[] = [];
  const work = async (count: number, ...asking: (() => Promise<LoadResult>)[]) => {
    const [cpuBefore, started] = [cpuOf(gateways), performance.now()];
    const results = await Promise.all(asking.map((one) => one()));
    const [cpu, wallMs] = [cpuOf(gateways) - cpuBefore, performance.now() - started];
    loads.push(...results);
    return (1000 * count * REQUESTS_EACH) / (SPREAD ? wallMs : cpu / count);
  };
  await load(askOf(SHORT, both, upstream), CALLERS_EACH * 2, WARM_UP_REQUESTS);
  const found: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    found.push({
      one: await work(1, () => ask(alone[0] as Target, 1)),
      two: await work(2, () => ask(both, 2)),
      apart: await work(2, ...alone.map((target) => () => ask(target, 1))),
    });
  }
  for (const part of [both, ...alone, ...gateways, upstream]) await part.stop();
  const problem = loads.find((one) => one.problem)?.problem;
  return { ...summary(found), failed: sum(loads.map(({ failed }) => failed)), problem };
}

type Round = Record<'one' | 'two' | 'apart', number>;

function summary(rounds: readonly Round[]) {
  const median = (what: keyof Round) => spreadOf(rounds.map((round) => round[what])).median;
  return {
    measured: SPREAD,
    one: median('one'),
    two: median('two'),
    apart: median('apart'),
    times: spreadOf(rounds.map(({ one, two }) => two / one)),
    timesOfApart: spreadOf(rounds.map(({ two, apart }) => (2 * two) / apart)),
  };
}

function spreadOf(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), lowest: Math.min(...values), highest: Math.max(...values) };
}

function cpuOf(gateways: readonly Target[]): number {
  return sum(gateways.map(({ pid = 0 }) => cpuMs(pid)));
}

export function describeReplicas(found: Replicas): string {
  const { measured, one, two, times, timesOfApart, failed, problem } = found;
  const told = ({ median, lowest, highest }: Spread) =>
    `${median.toFixed(2)} (${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
  const how = measured
    ? 'requests/s'
    : 'requests/s derived from CPU time, too few cores to measure: both gateways share one core';
  const loss = failed === 0 ? '' : `; FAILED ${failed} (${problem})`;
  return `two replicas behind HAProxy do ${told(times)} times the work of one (${one.toFixed(0)} → ${two.toFixed(0)} ${how}); ${told(timesOfApart)} times that of one of two that run beside each other unconnected${loss}`;
}
