/**
 * `npm run bench [-- --quick] [--node PATH]`: what the gateway costs beside the upstream asked directly, pass-through
 * proxies and a bare relay, in turns (A B C A B C), on one core of its own. README, «Benchmark», tells the method.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { climb, type Rung } from './ladder.js';
import { load } from './load.js';
import { CORES, cpuMs, memoryBytes, type Part } from './processes.js';
import { type Measurement, measurement, rowsOf, table } from './report.js';
import { askOf, FULL, QUICK } from './scenarios.js';
import * as targets from './targets.js';

const RESULTS = join(import.meta.dirname, 'results');
/** Node's compilers are at it until then: with 300 the gateway seemed to cost a quarter more. */
const WARM_UP_REQUESTS = 3_000;
const LADDER_WARM_UP_REQUESTS = 500;
const LADDER = [500, 1_000, 2_500, 5_000];
const LADDER_SECONDS = 12;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    /** Another Node beside the one that runs this, such as the newest. */
    node: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string' },
    ladder: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 3 : 4));
const scenarios = (values.quick ? QUICK : FULL).filter(({ name }) => name.includes(values.only ?? ''));
const nodes = [process.execPath, ...values.node].map((file) => ({
  file,
  name: `Node ${execFileSync(file, ['-p', 'process.versions.node']).toString().split('.')[0]}`,
}));

if (process.platform !== 'linux')
  throw new Error('The benchmark reads CPU times from /proc: it needs Linux.');
if (CORES) execFileSync('taskset', ['-cp', String(CORES.rest), String(process.pid)], { stdio: 'ignore' });
const stopped: Part[] = [];
const machine = describeMachine();
console.log(machine.join('\n'));

const upstream = await targets.startUpstream();
const redis = targets.isInstalled('redis-server') ? await targets.redis() : undefined;
stopped.push(upstream, ...(redis ? [redis] : []));
const measured = await startTargets();
const measurements: Measurement[] = [];
await warmUp();
for (const scenario of scenarios) {
  process.stderr.write(`${scenario.name} `);
  for (let round = 0; round < rounds; round += 1) {
    for (const target of measured) measurements.push(await run(scenario, target));
    process.stderr.write('.');
  }
  process.stderr.write('\n');
}
const rungs = values.quick && !values.ladder ? [] : await ladder();
for (const part of [...measured, ...stopped]) await part.stop();

const rows = rowsOf(measurements);
console.log(`\n${table(rows)}\n`);
for (const { name, ...rung } of rungs) console.log(describeRung(name, rung));
mkdirSync(RESULTS, { recursive: true });
const file = join(RESULTS, values.quick ? 'quick.json' : 'newest.json');
writeFileSync(
  file,
  `${JSON.stringify({ at: new Date().toISOString(), machine, rounds, rows, rungs }, null, 1)}\n`,
);
console.log(`\nWritten: test/bench/results/${values.quick ? 'quick' : 'newest'}.json`);
process.exitCode = rows.some(({ failed }) => failed > 0) ? 1 : 0;

async function startTargets(): Promise<targets.Target[]> {
  const started = [targets.direct(upstream)];
  for (const proxy of [await targets.nginx(upstream), await targets.haproxy(upstream)]) {
    if (proxy) started.push(proxy);
  }
  for (const { file, name } of nodes) {
    started.push(await targets.relay(upstream, file, `relay, ${name}`));
    started.push(await targets.gateway(upstream, file, `gateway, ${name}`));
    if (redis) started.push(await targets.gateway(upstream, file, `gateway, ${name} + Redis`, redis.url));
  }
  return started;
}

/** Compilers first: what a process costs in its first second is nobody's daily bread. */
async function warmUp(): Promise<void> {
  const [scenario] = QUICK;
  if (scenario === undefined) return;
  for (const target of measured) await load(askOf(scenario, target, upstream), 32, WARM_UP_REQUESTS);
}

async function run(scenario: (typeof FULL)[number], target: targets.Target): Promise<Measurement> {
  const before = target.pid === undefined ? undefined : cpuMs(target.pid);
  const result = await load(askOf(scenario, target, upstream), scenario.callers, scenario.requests);
  const used = target.pid === undefined || before === undefined ? undefined : cpuMs(target.pid) - before;
  const memory = target.pid === undefined ? undefined : memoryBytes(target.pid);
  return measurement(scenario.name, target.name, result, used, memory);
}

async function ladder(): Promise<(Rung & { name: string })[]> {
  const found: (Rung & { name: string })[] = [];
  for (const { file, name } of nodes) {
    for (const streams of LADDER) {
      // A new process each time: memory that was freed is not given back at once.
      const target = await targets.gateway(upstream, file, name);
      await load(askOf(QUICK[0] ?? (FULL[0] as never), target, upstream), 32, LADDER_WARM_UP_REQUESTS);
      found.push({ name, ...(await climb(target, upstream, streams, LADDER_SECONDS)) });
      await target.stop();
      process.stderr.write(`${streams} open streams, ${name}\n`);
    }
  }
  return found;
}

function describeRung(
  name: string,
  { streams, whole, kilobytesPerStream, eventLoopLagMs, problem }: Rung,
): string {
  const lag = eventLoopLagMs === undefined ? 'unknown' : `${eventLoopLagMs.toFixed(0)} ms`;
  const memory = `${kilobytesPerStream.toFixed(0)} kB each`;
  const loss = problem === undefined ? '' : ` (${problem})`;
  return `${name}: ${streams} open streams, ${whole} whole${loss}, ${memory}, event-loop lag ${lag}`;
}

/** What else ran matters more than what was measured. */
function describeMachine(): string[] {
  const busiest = execFileSync('ps', ['-eo', 'pcpu,comm', '--sort=-pcpu', '--no-headers'])
    .toString()
    .split('\n')
    .slice(0, 4)
    .map((line) => line.trim())
    .filter((line) => Number(line.split(' ')[0]) > 5);
  const memory = /MemTotal:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
  return [
    `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(Number(memory) / 1e6)} GB; ${nodes.map(({ name }) => name).join(', ')}`,
    CORES
      ? 'measured processes on core 0, upstream and load on core 1'
      : 'one core for everything: ratios say little',
    `load before: ${loadavg()[0]?.toFixed(2)}; busy: ${busiest.join(', ') || 'nothing above 5 %'}`,
  ];
}
