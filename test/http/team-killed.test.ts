/** A gateway without Redis that is killed while its team is changed. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Simulator, startSimulator } from '../../src/simulator/server.js';
import { UPSTREAM_PATHS } from '../support/gateway.js';
import { type Program, startNode } from '../support/processes.js';
import { ADMIN, admin } from '../support/team.js';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const ROUNDS = 4;

describe('A team whose gateway is killed at random moments', () => {
  let simulator: Simulator;
  const folder = mkdtempSync(join(tmpdir(), 'ztoapi-killed-'));

  before(async () => {
    simulator = await startSimulator({ paceMs: 0 });
  });
  after(() => simulator.close());

  async function start(): Promise<{ program: Program; url: string }> {
    const program = startNode(['--import=tsx', MAIN], {
      env: {
        PATH: process.env.PATH,
        HOST: '127.0.0.1',
        PORT: '0',
        DEBUG_MODE: 'false',
        DATA_DIR: folder,
        ADMIN_PASSWORD: ADMIN,
        UPSTREAM_URL: `${simulator.url}${UPSTREAM_PATHS.zai}`,
      },
    });
    const [, url = ''] = await program.until(/listens on (http:\/\/[\w.:]+)/);
    return { program, url };
  }

  /** Adds keys one after the other until the gateway is gone. */
  async function addKeys(url: string, prefix: string, answered: Map<string, string>): Promise<void> {
    for (let number = 0; ; number += 1) {
      const member = `${prefix}-${number}`;
      const answer = await admin(url, 'POST', '/keys', { member }).catch(() => undefined);
      if (answer === undefined) return;
      expect(answer.status).to.equal(201);
      answered.set(member, answer.body.key);
    }
  }

  it('has every change that was answered', async () => {
    const answered = new Map<string, string>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const { program, url } = await start();
      const writers = ['a', 'b', 'c'].map((name) => addKeys(url, `${round}${name}`, answered));
      await sleep(100 + Math.random() * 300);
      program.kill('SIGKILL');
      await Promise.all(writers);
      await program.ended;
    }
    const { program, url } = await start();
    const { body } = await admin(url, 'GET', '/keys');
    const stored = body.data.map(({ name }: { name: string }) => name);
    expect(answered.size).to.be.greaterThan(ROUNDS);
    expect(stored).to.include.members([...answered.keys()]);
    const [last = ''] = [...answered.values()].slice(-1);
    const own = await fetch(`${url}/v1/key`, { headers: { authorization: `Bearer ${last}` } });
    expect(own.status).to.equal(200);
    program.kill();
    await program.ended;
  });
});
