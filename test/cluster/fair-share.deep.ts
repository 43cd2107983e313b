import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { UpstreamCall } from '../support/limited-upstream.js';
import { needs } from '../support/redis.js';
import * as flood from './flood.js';
import { LimitedCluster } from './limited-cluster.js';
import { builtMain, type Reply } from './support.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const SECONDS = Number(process.env.FLOOD_SECONDS ?? 60);
const SLOTS = 2;

async function measure(main: string, seconds: number) {
  const API_KEYS = ['flood', ...flood.MEMBERS].map((name) => `${name}:key-of-${name}`).join(',');
  const rig = await LimitedCluster.start({ slots: SLOTS, replicas: 3, env: { API_KEYS }, main });
  try {
    // The cluster's Redis waits for the disk at every write, which is not what is tested here.
    await rig.redis.config('SET', 'appendonly', 'no');
    const replies: Reply[] = [];
    let next = 0;
    const ask = async (who: string, ms: number) => {
      next += 1;
      replies.push(await rig.ask(rig.gateway(next), { who, ms, stream: true }));
    };
    const now = () => performance.now();
    const startedAt = now();
    const spans = await flood.runFlood({ now, sleep, ask }, { ms: seconds * 1000, seed: 3 });
    const uses = rig.upstream.admitted.filter(isOver);
    const shares = flood.judgeShares(spans, uses);
    const utilisation = flood.measureUtilisation(uses, SLOTS, startedAt + seconds * 1000);
    return { upstream: rig.upstream, replies, shares, utilisation };
  } finally {
    await rig.stop();
  }
}

function isOver(call: UpstreamCall): call is UpstreamCall & flood.Use {
  return call.endedAt !== undefined;
}

type Replacement = readonly [file: string, from: string, to: string];

/** A copy of the build whose scripts differ. @returns Its entry. */
function patchScripts(replacements: readonly Replacement[]): string {
  const built = dirname(dirname(builtMain()));
  const folder = mkdtempSync(join(tmpdir(), 'ztoapi-patched-'));
  for (const part of ['dist', 'views', 'package.json'])
    cpSync(join(built, part), join(folder, part), { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  for (const [name, from, to] of replacements) {
    const file = join(folder, 'dist', 'store', 'redis', name);
    const text = readFileSync(file, 'utf8');
    expect(text).to.contain(from);
    writeFileSync(file, text.replace(from, to));
  }
  return join(folder, 'dist', 'main.js');
}

const OTHER_DISCIPLINES: Readonly<Record<string, readonly Replacement[]>> = {
  'first in, first out': [
    ['queue-grants.js', '(tonumber(raw[i + 1]) or 0) + (overdue[raw[i]] or 0)', '0'],
    ['queue-grants.js', 'entry.time = entry.time + lease.charged', 'entry.time = 0'],
  ],
  'turns over keys': [
    ['queue-grants.js', ' + (overdue[raw[i]] or 0)', ''],
    ['queue-grants.js', 'math.max(1, math.floor(pool.meanMs / lease.weight))', '1'],
    ['queue-state.js', 'math.max(1, math.floor(durationMs / lease.weight))', '1'],
  ],
};

describe('Three gateways that share an upstream of two slots', () => {
  before(function () {
    needs(this, 'redis-server', 'haproxy');
  });

  it(`give a flood and each member an equal share for ${SECONDS} s, and fail nobody`, async function () {
    this.timeout(180_000);
    const isQuiet = (loadavg()[0] ?? 0) < availableParallelism() / 2;
    const { upstream, replies, shares, utilisation } = await measure(builtMain(), SECONDS);
    console.log(`      ${flood.describeShares(shares)}; utilisation ${(100 * utilisation).toFixed(1)} %`);
    expect(replies.filter(({ status }) => status !== 200)).to.deep.equal([]);
    expect(flood.describeUnfairness(shares, flood.MAX_ANSWER_MS)).to.equal(undefined);
    // S + 1 would be refused.
    expect([upstream.refused, upstream.mostInFlight]).to.deep.equal([0, SLOTS]);
    expect(upstream.calls).to.equal(replies.length);
    // What else runs on the machine delays each hand-over.
    if (isQuiet) expect(utilisation).to.be.above(0.98);
  });

  for (const [discipline, replacements] of Object.entries(OTHER_DISCIPLINES)) {
    it(`do not when ${discipline} decides who is next`, async function () {
      this.timeout(180_000);
      const { shares } = await measure(patchScripts(replacements), Math.min(SECONDS, 30));
      console.log(`      ${flood.describeShares(shares)}`);
      expect(flood.describeUnfairness(shares, flood.MAX_ANSWER_MS)).to.be.a('string');
    });
  }
});
