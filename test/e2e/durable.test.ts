/** A gateway without Redis as a process: what a restart, a kill and a disk that refuses leave of it. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type Simulator, startSimulator } from '../../src/simulator/server.js';
import { builtMain, eventually, gatewayEnvironment } from '../cluster/support.js';
import { type Json, jsonOf } from '../support/gateway.js';
import { Program, startNode } from '../support/processes.js';
import { skip } from '../support/skip.js';

const KILLS = Number(process.env.KILLS ?? 4);
const CLIENTS = 4;
const ADMIN = 'password-of-the-admin';
/** Figures may lack what ended within a second before the kill; the rest is for a busy machine. */
const LATE_MS = 2_000;
const FIRST_ANSWERS = 10;

describe('A gateway without Redis, as a process', () => {
  let simulator: Simulator;
  let folder: string;
  let gateway: Program | undefined;
  const mounted: string[] = [];

  before(async () => {
    simulator = await startSimulator({ paceMs: 0, accountToken: 'simulated.account.token' });
  });
  after(() => simulator.close());
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'durable-')), 'data');
  });
  afterEach(async () => {
    gateway?.kill();
    await gateway?.ended;
    gateway = undefined;
    for (const place of mounted.splice(0)) execFileSync('umount', [place]);
  });

  const environment = () => ({
    PATH: process.env.PATH,
    ...gatewayEnvironment(simulator, { DASHBOARD_PASSWORD: '', RESPONSES_TTL: '3600000' }),
    HOST: '127.0.0.1',
    PORT: '0',
    DEBUG_MODE: 'false',
    ADMIN_PASSWORD: ADMIN,
    DATA_DIR: folder,
  });

  /** Resolves to its address. */
  async function start(program = startNode([builtMain()], { env: environment() })): Promise<string> {
    gateway = program;
    const [, url] = await program.until(/listens on (http:\S+?);/);
    return `${url}`.replace('localhost', '127.0.0.1');
  }

  async function stop(signal: NodeJS.Signals): Promise<void> {
    gateway?.kill(signal);
    await gateway?.ended;
  }

  const post = (url: string, path: string, body: object) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: 'Bearer key-of-all', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'GLM-4.5', ...body }),
    });
  const chat = (url: string) =>
    post(url, '/v1/chat/completions', {
      messages: [{ role: 'user', content: 'sim:events=2' }],
      stream: false,
    });
  const read = async (url: string, path: string): Promise<Json> => jsonOf(await fetch(`${url}${path}`));

  it('has after a restart what it had before: figures, requests, responses, the password', async () => {
    let url = await start();
    for (let count = 0; count < 5; count += 1) await jsonOf(await chat(url));
    const first = await jsonOf(await post(url, '/v1/responses', { input: 'sim:events=2', store: true }));
    const [, password] = (await gateway?.until(/dashboard password[^"]*: ([\w-]+)/)) ?? [];
    await stop('SIGTERM');
    const output = gateway?.output ?? '';
    url = await start();
    const stats = await read(url, '/dashboard/stats');
    expect(stats.TotalRequests).to.equal(6);
    const requests = await read(url, '/dashboard/requests');
    expect(requests.map(({ path }: Json) => path))
      .to.have.length(6)
      .and.to.include('/v1/responses');
    const second = await post(url, '/v1/responses', {
      input: 'sim:events=2',
      previous_response_id: first.id,
    });
    expect(second.status).to.equal(200);
    await gateway?.until(new RegExp(`dashboard password[^"]*: ${password}`));
    // Nothing that a person without settings would have to read.
    for (const text of [output, gateway?.output ?? ''])
      expect(text.replace(/^.*"level":30.*$/gm, '').trim()).to.equal('');
  });

  it('goes on from a copy of the folder that was put in its place', async () => {
    await chat(await start());
    await stop('SIGTERM');
    cpSync(folder, `${folder}-backup`, { recursive: true });
    const url = await start();
    await chat(url);
    await stop('SIGKILL');
    rmSync(folder, { recursive: true });
    renameSync(`${folder}-backup`, folder);
    expect((await read(await start(), '/dashboard/stats')).TotalRequests).to.equal(1);
  });

  it(`has every key that was answered with 201, after each of ${KILLS} kills under load`, async () => {
    const made: string[] = [];
    const headers = { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' };
    let url = await start();
    for (let round = 0; round < KILLS; round += 1) {
      const enough = made.length + 3;
      const makeKeys = async (member: string) => {
        for (;;) {
          const body = JSON.stringify({ member });
          const response = await fetch(`${url}/admin/keys`, { method: 'POST', headers, body }).catch(
            () => undefined,
          );
          const key = await response?.json().catch(() => undefined);
          if (response?.status !== 201) return;
          if (key !== undefined) made.push((key as Json).id);
        }
      };
      const clients = Array.from({ length: CLIENTS }, (_, index) => makeKeys(`member-${index}`));
      while (made.length < enough) await sleep(10);
      await sleep(Math.random() * 100);
      await stop('SIGKILL');
      await Promise.all(clients);
      url = await start();
      const { data } = await jsonOf(await fetch(`${url}/admin/keys`, { headers }));
      expect(
        data.map(({ id }: Json) => id),
        `round ${round}`,
      ).to.include.members(made);
    }
    await stop('SIGKILL');
  });

  it(`lacks at most a second of its figures after each of ${KILLS} kills under load, and no response twice`, async () => {
    let url = await start();
    let before = (await read(url, '/dashboard/stats')).TotalRequests;
    for (let round = 0; round < KILLS; round += 1) {
      const ends: number[] = [];
      let asked = 0;
      const clients = Array.from({ length: CLIENTS }, async () => {
        for (;;) {
          asked += 1;
          const answer = await chat(url).then(jsonOf, () => undefined);
          if (answer === undefined) return;
          ends.push(Date.now());
        }
      });
      while (ends.length < FIRST_ANSWERS) await sleep(10);
      await sleep(LATE_MS + Math.random() * 500);
      const killedAt = Date.now();
      await stop('SIGKILL');
      await Promise.all(clients);
      const certain = ends.filter((at) => at < killedAt - LATE_MS).length;
      expect(certain).to.be.at.least(FIRST_ANSWERS);
      url = await start();
      const after = (await read(url, '/dashboard/stats')).TotalRequests;
      expect(after - before, `round ${round}`).to.be.within(certain, asked);
      before = after;
    }
    await stop('SIGKILL');
  });

  it('refuses the folder of another gateway in one line, and takes it over when that was killed', async () => {
    await start();
    const second = startNode([builtMain()], { env: environment() });
    expect((await second.ended).code).to.equal(1);
    expect(second.output.trim().split('\n')).to.have.length(1);
    expect(second.output).to.contain(`${folder} (DATA_DIR) is in use by another gateway`);
    await stop('SIGKILL');
    expect((await read(await start(), '/readyz')).status).to.equal('ready');
  });

  it('ends in one line if its file is damaged', async () => {
    await chat(await start());
    await stop('SIGTERM');
    truncateSync(join(folder, 'state.db'), 5_000);
    const refused = startNode([builtMain()], { env: environment() });
    expect((await refused.ended).code).to.equal(1);
    expect(refused.output.trim().split('\n')).to.have.length(1);
    expect(refused.output).to.contain('is damaged').and.to.contain('docs/operations.md');
  });

  it('chats on where a full disk refuses everything, warns once, and writes all when there is room', async function () {
    mountSmall(this, '400k');
    const url = await start();
    execFileSync('sh', ['-c', `head -c 1m /dev/zero > '${folder}/filler' || true`], { stdio: 'ignore' });
    for (let count = 0; count < 30; count += 1) expect((await chat(url)).status).to.equal(200);
    await gateway?.until(/DATA_DIR cannot be written: the disk is full/);
    for (let count = 0; count < 5; count += 1) expect((await chat(url)).status).to.equal(200);
    const response = await fetch(`${url}/readyz`);
    expect(response.status).to.equal(200);
    expect(await jsonOf(response)).to.deep.equal({
      status: 'ready',
      not_kept: 'DATA_DIR cannot be written: the disk is full (SQLITE_FULL)',
    });
    await eventually(async () => {
      const page = await (await fetch(`${url}/dashboard`)).text();
      expect(page).to.contain(
        'What changes now is lost at a restart: DATA_DIR cannot be written: the disk is full',
      );
    });
    execFileSync('rm', [join(folder, 'filler')]);
    await gateway?.until(/DATA_DIR can be written again/);
    expect(gateway?.output.match(/cannot be written/g)).to.have.length(1);
    await stop('SIGKILL');
    expect((await read(await start(), '/dashboard/stats')).TotalRequests).to.equal(35);
  });

  it('chats on where no file may grow, and has what was written before', async () => {
    await chat(await start());
    await stop('SIGTERM');
    const limited = ['-c', `ulimit -f 40; exec '${process.execPath}' '${builtMain()}'`];
    const url = await start(new Program('bash', limited, { env: environment() }));
    for (let count = 0; count < 30; count += 1) expect((await chat(url)).status).to.equal(200);
    await gateway?.until(/DATA_DIR cannot be written/);
    expect((await read(url, '/dashboard/stats')).TotalRequests).to.equal(31);
    await stop('SIGKILL');
    expect((await read(await start(), '/dashboard/stats')).TotalRequests).to.be.at.least(1);
  });

  it('chats on with what it can read of a read-only folder, and says so once', async function () {
    const remount = mountSmall(this, '4m');
    await chat(await start());
    await sleep(LATE_MS);
    await stop('SIGKILL'); // so that the log still has it
    expect(readdirSync(folder)).to.include('state.db-wal');
    remount('ro');
    const url = await start();
    expect((await read(url, '/dashboard/stats')).TotalRequests).to.equal(1);
    expect((await chat(url)).status).to.equal(200);
    const { status, not_kept: reason } = await read(url, '/readyz');
    expect([status, reason]).to.deep.equal(['ready', 'DATA_DIR cannot be written: it is read-only (EROFS)']);
    await stop('SIGTERM');
    expect(gateway?.output.match(/cannot be written/g)).to.have.length(1);
  });

  it('writes nothing there with REDIS_URL', async () => {
    const program = startNode([builtMain()], {
      env: { ...environment(), REDIS_URL: 'redis://127.0.0.1:1', REDIS_REQUIRED: 'false' },
    });
    await chat(await start(program));
    await stop('SIGKILL');
    expect(existsSync(folder)).to.equal(false);
  });

  /** A file system of its own at `folder`, unmounted after the test. Skips the test where that is not possible. */
  function mountSmall(context: Mocha.Context, size: string): (option: string) => void {
    mkdirSync(folder);
    const options = (more: string) => ['-t', 'tmpfs', '-o', `size=${size}${more}`, 'none', folder];
    try {
      execFileSync('mount', options(''), { stdio: 'ignore' });
    } catch {
      skip(context, 'no right to mount');
    }
    chmodSync(folder, 0o700);
    mounted.push(folder);
    return (option) => void execFileSync('mount', ['-o', `remount,${option}`, folder]);
  }
});
