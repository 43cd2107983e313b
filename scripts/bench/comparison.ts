/**
 * The targets of one Node, in turns (A B C A B C), warm all the time: on Node 24 the gateway was at its fastest only after
 * some 10,000 requests. Each scenario begins with a round that does not count. `ALWAYS_BUSY` keeps the engine from
 * taking the wait for a turn for idleness.
 */
import { load } from './load.js';
import { openLoop, poissonArrivals } from './open-loop.js';
import { cpuMs, memoryBytes } from './processes.js';
import { haproxy, nginx } from './proxies.js';
import { type Measurement, measurement, quantile } from './report.js';
import { askOf, type Scenario, SHORT } from './scenarios.js';
import { direct, gateway, relay, type Target, type Upstream } from './targets.js';

export interface Plan {
  readonly scenarios: readonly Scenario[];
  /** Instead of each scenario's own number. */
  readonly rounds: number | undefined;
  readonly halfLoad: { readonly seconds: number; readonly rounds: number };
  /** 1,000 requests to each target in a turn. */
  readonly warmUpTurns: number;
}

export interface NodeProgram {
  readonly file: string;
  readonly name: string;
}

export interface Compared {
  readonly measurements: readonly Measurement[];
  /** 99th percentile of how late the generator's requests left, in the worst turn at half load. */
  readonly generatorLagMs: number | undefined;
}

const WARM_UP_REQUESTS = 1_000;
const CALIBRATION_SECONDS = 2;

export async function compare(
  node: NodeProgram,
  upstream: Upstream,
  redisUrl: string | undefined,
  plan: Plan,
): Promise<Compared> {
  const all = await startTargets(node, upstream, redisUrl);
  for (let turn = 0; turn < plan.warmUpTurns; turn += 1) {
    for (const target of all) await load(askOf(SHORT, target, upstream), 32, WARM_UP_REQUESTS);
  }
  const measurements: Measurement[] = [];
  for (const scenario of plan.scenarios) {
    process.stderr.write(`${node.name}: ${scenario.name} `);
    for (let round = 0; round <= (plan.rounds ?? scenario.rounds); round += 1) {
      for (const target of all) {
        const one = await closedLoop(scenario, target, upstream);
        if (round > 0 || one.failed > 0) measurements.push(one);
      }
      process.stderr.write('.');
    }
    process.stderr.write('\n');
  }
  const generatorLagMs = await halfLoad(plan, all, upstream, measurements);
  for (const target of all) await target.stop();
  return { measurements, generatorLagMs };
}

async function startTargets(
  { file, name }: NodeProgram,
  upstream: Upstream,
  redisUrl: string | undefined,
): Promise<Target[]> {
  const started = [direct(upstream)];
  for (const proxy of [await nginx(upstream), await haproxy(upstream)]) if (proxy) started.push(proxy);
  started.push(await relay(upstream, file, `relay, ${name}`));
  started.push(await gateway(upstream, file, `gateway, ${name}`));
  if (redisUrl) started.push(await gateway(upstream, file, `gateway, ${name} + Redis`, redisUrl));
  return started;
}

async function closedLoop(scenario: Scenario, target: Target, upstream: Upstream): Promise<Measurement> {
  const { name, callers, requests } = scenario;
  const before = cpuOf(target);
  const result = await load(askOf(scenario, target, upstream), callers, requests);
  return measurement(name, target.name, callers === 1, result, cpuSince(target, before), memoryOf(target));
}

/** All at the same rate. Returns the generator's worst lag. */
async function halfLoad(
  plan: Plan,
  all: readonly Target[],
  upstream: Upstream,
  measurements: Measurement[],
): Promise<number | undefined> {
  const rate = await halfLoadRate(all, upstream, measurements);
  if (rate === undefined) return undefined;
  const scenario = `50 events at once, Poisson arrivals at half load (${rate}/s)`;
  process.stderr.write(`${scenario} `);
  let worstLag = 0;
  for (let round = 0; round <= plan.halfLoad.rounds; round += 1) {
    const times = poissonArrivals(rate, plan.halfLoad.seconds, round + 1);
    for (const target of all.filter(({ name }) => !/nginx|HAProxy/.test(name))) {
      const before = cpuOf(target);
      const result = await openLoop(askOf(SHORT, target, upstream), times);
      if (round === 0 && result.failed === 0) continue;
      const cpu = cpuSince(target, before);
      worstLag = Math.max(worstLag, quantile(result.lagsMs, 0.99));
      measurements.push(measurement(scenario, target.name, true, result, cpu, memoryOf(target)));
    }
    process.stderr.write('.');
  }
  process.stderr.write('\n');
  return worstLag;
}

/**
 * At which the slower gateway's core is half busy, and at most half of what the closed loop gave. That half alone is too
 * much: a request that comes alone costs up to twice as much CPU as one of 32 that wait, probably since fewer events come
 * in one read. At that half a core was 86 % busy. What a request costs then is found at a quarter of the closed loop.
 */
async function halfLoadRate(
  all: readonly Target[],
  upstream: Upstream,
  measurements: readonly Measurement[],
): Promise<number | undefined> {
  const gateways = all.filter(({ name }) => name.startsWith('gateway'));
  const capacity = Math.min(...gateways.map(({ name }) => rateOf(measurements, name)));
  if (!Number.isFinite(capacity)) return undefined;
  const rates = [capacity / 2];
  for (const target of gateways) {
    const times = poissonArrivals(capacity / 4, CALIBRATION_SECONDS, 1);
    const before = cpuOf(target);
    await openLoop(askOf(SHORT, target, upstream), times);
    rates.push((times.length * 500) / (cpuSince(target, before) ?? Number.NaN));
  }
  return Math.round(Math.min(...rates));
}

/** Requests a second in the closed loop; infinite where it was not measured. */
function rateOf(measurements: readonly Measurement[], target: string): number {
  const rates = measurements
    .filter((one) => one.scenario === SHORT.name && one.target === target)
    .map(({ requests, wallMs }) => (1000 * requests) / wallMs);
  return rates.length === 0 ? Number.POSITIVE_INFINITY : quantile(rates, 0.5);
}

function cpuOf({ pid }: Target): number | undefined {
  return pid === undefined ? undefined : cpuMs(pid);
}

function cpuSince(target: Target, before: number | undefined): number | undefined {
  return before === undefined ? undefined : (cpuOf(target) ?? 0) - before;
}

function memoryOf({ pid }: Target): number | undefined {
  return pid === undefined ? undefined : memoryBytes(pid);
}
