/**
 * `npm run bench [-- --quick] [--node PATH] [--json FILE] [--hand-over]`: what the gateway costs beside the upstream asked directly, pass-through
 * proxies and a bare relay, in turns (A B C A B C), on one core of its own; then what replicas, long answers, slow readers
 * and open streams cost. docs/benchmark.md describes the method.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type Compared, compare, type NodeProgram } from './comparison.js';
import { costlyBodies, describeCostlyBody } from './costly-bodies.js';
import { describeHandOver, type HandOver, handOver } from './hand-over.js';
import { climb, describeRung, type Rung } from './ladder.js';
import { load } from './load.js';
import { describeLongAnswer, describeSlowReader, longAnswer, slowReader } from './long-answers.js';
import { CORES } from './processes.js';
import { describeRedisPart, redisParts } from './redis-part.js';
import { describeReplicas, replicas } from './replicas.js';
import { rowsOf } from './report.js';
import { askOf, FULL, QUICK, SHORT } from './scenarios.js';
import { table } from './table.js';
import * as targets from './targets.js';

const LADDER_WARM_UP_REQUESTS = 500;
/** The steps between told nothing that the ends do not. */
const LADDER = [1_000, 5_000];
const LADDER_SECONDS = 12;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    /** Another Node beside the one that runs this, such as the newest. */
    node: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string' },
    ladder: { type: 'boolean', default: false },
    only: { type: 'string' },
    /** Measures nothing but how slots of the upstream are handed over. */
    'hand-over': { type: 'boolean', default: false },
    /** A file to write all rows to. */
    json: { type: 'string' },
  },
});
const plan = {
  scenarios: (values.quick ? QUICK : FULL).filter(({ name }) => name.includes(values.only ?? '')),
  rounds: values.rounds === undefined ? undefined : Number(values.rounds),
  halfLoad: values.quick ? { seconds: 2, rounds: 2 } : { seconds: 3, rounds: 5 },
  warmUpTurns: values.quick ? 4 : 10,
};
const nodes = [process.execPath, ...values.node].map((file) => ({
  file,
  name: `Node ${execFileSync(file, ['-p', 'process.versions.node']).toString().split('.')[0]}`,
}));

if (process.platform !== 'linux')
  throw new Error('The benchmark reads CPU times from /proc: it needs Linux.');
if (CORES) execFileSync('taskset', ['-cp', String(CORES.rest), String(process.pid)], { stdio: 'ignore' });
const machine = describeMachine();
// What is printed is the benchmark's product; progress goes to stderr.
console.log(machine.join('\n'));

const upstream = await targets.startUpstream();
const redis = targets.isInstalled('redis-server') ? await targets.redis() : undefined;
const results = [];
for (const node of nodes) {
  if (values['hand-over']) {
    results.push(show(node, { measurements: [], generatorLagMs: undefined }, await measureQueue(node)));
    continue;
  }
  const compared = await compare(node, upstream, redis?.url, plan);
  const others = values.only === undefined ? await measureOthers(node) : {};
  results.push(show(node, compared, others));
}
for (const part of [upstream, redis]) await part?.stop();

if (values.json !== undefined) {
  const report = { at: new Date().toISOString(), machine, nodes: results };
  writeFileSync(values.json, `${JSON.stringify(report, null, 1)}\n`);
}
process.exitCode = results.some(hasFailed) ? 1 : 0;

/** Quick leaves out what takes more than ten seconds. */
async function measureOthers(node: NodeProgram) {
  process.stderr.write(`${node.name}: long answer, slow reader, costly bodies, replicas, open streams\n`);
  const long = await longAnswer(upstream, node.file);
  const costly = await costlyBodies(upstream, node.file);
  const queue = await measureQueue(node);
  if (values.quick) {
    const rungs = values.ladder ? await ladder(node) : [];
    return { long, slow: undefined, costly, several: undefined, ...queue, rungs };
  }
  const slow = await slowReader(upstream, node.file, 10);
  const several = redis && targets.isInstalled('haproxy') ? await replicas(node, redis.url, 5) : undefined;
  return { long, slow, costly, several, ...queue, rungs: await ladder(node) };
}

async function measureQueue({ file, name }: NodeProgram): Promise<{ slots: HandOver | undefined }> {
  if (redis === undefined) return { slots: undefined };
  process.stderr.write(`${name}: slots of the upstream\n`);
  return { slots: await handOver(file, redis.url) };
}

async function ladder({ file, name }: NodeProgram): Promise<Rung[]> {
  const found: Rung[] = [];
  for (const streams of LADDER) {
    // A new process each time: memory that was freed is not given back at once.
    const target = await targets.gateway(upstream, file, name);
    await load(askOf(SHORT, target, upstream), 32, LADDER_WARM_UP_REQUESTS);
    found.push(await climb(target, upstream, streams, LADDER_SECONDS));
    await target.stop();
  }
  return found;
}

/** Prints what was found on one Node, and returns it for the file. */
function show(
  node: NodeProgram,
  { measurements, generatorLagMs }: Compared,
  { long, slow, costly = [], several, slots, rungs = [] }: Partial<Awaited<ReturnType<typeof measureOthers>>>,
) {
  const rows = rowsOf(measurements);
  const redisPart = redisParts(measurements);
  const aims = redisPart.filter(({ scenario }) => scenario === SHORT.name || scenario.includes('half load'));
  const lines = [
    generatorLagMs &&
      `at half load requests left ${generatorLagMs.toFixed(2)} ms late at most (p99; counted as waiting)`,
    ...aims.map(describeRedisPart),
    several && describeReplicas(several),
    slots && describeHandOver(slots),
    long && describeLongAnswer(long),
    slow && describeSlowReader(slow),
    ...costly.map(describeCostlyBody),
    ...rungs.map((rung) => describeRung(rung)),
  ];
  console.log(`\n${node.name}\n${table(rows)}\n`);
  for (const line of lines.filter(Boolean)) console.log(`${node.name}: ${line}`);
  return {
    node: node.name,
    rows,
    generatorLagMs,
    redisPart,
    replicas: several,
    handOver: slots,
    longAnswer: long,
    slowReader: slow,
    costlyBodies: costly,
    rungs,
  };
}

function hasFailed({ rows, longAnswer: long, replicas, handOver: slots }: ReturnType<typeof show>): boolean {
  const isBad = (part: { failed: number } | undefined) => (part?.failed ?? 0) > 0;
  return rows.some(isBad) || long?.problem !== undefined || isBad(replicas) || isBad(slots);
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
