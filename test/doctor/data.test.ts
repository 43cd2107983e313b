import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadConfig } from '../../src/config/config.js';
import { checkData } from '../../src/doctor/data.js';
import { Report } from '../../src/doctor/report.js';
import { type DurableState, VolatileState } from '../../src/store/disk/durable-state.js';
import { openState } from '../../src/store/disk/open-state.js';
import { MemoryTeamStore } from '../../src/store/memory-team.js';
import { RedisLink } from '../../src/store/redis/link.js';
import { RedisTeamStore } from '../../src/store/redis/team-store.js';
import { TeamAdmin } from '../../src/team/team-admin.js';
import type { TeamStore } from '../../src/team/team-store.js';
import { linesLog } from '../store/disk/support.js';
import { needs, startRedis } from '../support/redis.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const { log } = linesLog();

async function examine(env: Record<string, string>): Promise<string[]> {
  const lines: string[] = [];
  await checkData(loadConfig(env), new Report((line) => lines.push(line.trim())));
  expect(lines.shift()).to.equal('Members, keys and other data');
  return lines;
}

/** Two members, one invite; keys that expire soon, later, and never. */
async function fill(store: TeamStore): Promise<void> {
  const admin = new TeamAdmin(store, new Set());
  const actor = { name: 'test' };
  await admin.addKey(actor, { member: 'ann', expiresAt: Date.now() + 3 * DAY_MS });
  await admin.addKey(actor, { member: 'ann', expiresAt: Date.now() + 30 * DAY_MS });
  await admin.addKey(actor, { member: 'ann' });
  await admin.addInvite(actor, 'bob');
}

const COUNTS = /^-- {4}members: 2, managed keys: 3, open invites: 1$/;
const SOON = /^-- {4}keys that expire within 14 days: ann \(\d{4}-\d\d-\d\d\)$/;

describe('What the doctor says of DATA_DIR', () => {
  let folder: string;
  let state: DurableState = new VolatileState();

  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'ztoapi-doctor-')), 'data');
  });
  afterEach(() => state.close());

  it('is that it is not there yet, and it makes nothing there', async () => {
    const lines = await examine({ DATA_DIR: folder });
    expect(lines[0]).to.equal(`--    ${folder} (DATA_DIR) is not there yet: the start makes it`);
    expect(lines.slice(1)).to.deep.equal(['--    no members and no managed keys']);
    expect(readdirSync(join(folder, '..'))).to.deep.equal([]);
  });

  it('is its size, its members and keys, and which keys expire soon', async () => {
    state = await openState(folder, log);
    await fill(new MemoryTeamStore(state));
    await state.close();
    const [found, ...team] = await examine({ DATA_DIR: folder });
    expect(found).to.match(/^ok {4}\S+ \(DATA_DIR\) can be written; \d+ kB$/);
    expect(team).to.have.length(2);
    expect(team[0]).to.match(COUNTS);
    expect(team[1]).to.match(SOON);
    expect(readdirSync(folder)).to.deep.equal(['state.db']);
  });

  it('is that a running gateway has it, with what that has written', async () => {
    state = await openState(folder, log);
    await fill(new MemoryTeamStore(state));
    const [, lock, counts] = await examine({ DATA_DIR: folder });
    expect(lock).to.equal('--    a running gateway has it: no second one may use it');
    expect(counts).to.match(COUNTS);
  });

  it('is why it cannot be written', async () => {
    const [found] = await examine({ DATA_DIR: '/dev/null/data' });
    expect(found).to.match(
      /^BAD {3}DATA_DIR cannot be written: it is not a folder \(ENOTDIR\): \/dev\/null\/data$/,
    );
  });

  it('is that nothing is kept where there is none', async () => {
    const [found] = await examine({ DATA_DIR: 'none' });
    expect(found).to.equal('--    DATA_DIR=none: members, keys and figures end with the gateway');
  });
});

describe('What the doctor says of the team in Redis', () => {
  it('is its members and keys, and that a Redis without persistence forgets them', async function () {
    needs(this, 'redis-server');
    const server = await startRedis('--save', '');
    const config = loadConfig({ REDIS_URL: server.url });
    const link = new RedisLink(config, log);
    try {
      expect(await examine({ REDIS_URL: server.url })).to.have.length(2);
      await link.ready(10_000);
      await fill(new RedisTeamStore(link, config.redisPrefix));
      const lines = await examine({ REDIS_URL: server.url });
      expect(lines[0]).to.match(COUNTS);
      expect(lines[1]).to.match(SOON);
      expect(lines[2]).to.equal(
        'BAD   Redis writes nothing to a disk: members and keys end when it restarts',
      );
    } finally {
      await link.close();
      await server.stop('SIGTERM');
    }
  });
});
