import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Simulator, startSimulator } from '../../src/simulator/server.js';
import { copyBuild } from '../support/build.js';
import { chatBody, type Json, RawClient } from '../support/gateway.js';
import { isRunning, Program, startNode } from '../support/processes.js';
import { needs, until } from '../support/redis.js';
import { skip } from '../support/skip.js';

const CANARY = 'canary-key';
const MISTAKES = {
  PORT: 'ninety',
  DEFAULT_STREAM: 'maybe',
  API_KEYS: 'canary-without-a-name',
  IDLE_TIMEOUT: '2s',
};

describe('The process', () => {
  let simulator: Simulator;
  let folder: string;
  const taken = createServer();
  const started: Record<string, Program> = {};

  before(async () => {
    simulator = await startSimulator({ paceMs: 0 });
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    folder = mkdtempSync(join(tmpdir(), 'ztoapi-start-'));
    copyBuild(folder);
    writeFileSync(join(folder, '.env.local'), 'ZAI_TOKN=canary\n');
    // All at once: it is starting that takes time.
    for (const [name, env] of Object.entries(environments())) started[name] = start(env);
    started.demo = start({}, 'dist/cli/demo.js');
    started.team = start({}, 'dist/cli/demo.js', '--slots', '2', '--team');
    started.mistaken = start({}, 'dist/cli/demo.js', '--slots', 'two');
  });
  after(async () => {
    for (const program of Object.values(started)) program.kill();
    taken.close();
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const environments = () => ({
    named: { API_KEYS: 'ann:canary-of-ann', ZAI_TOKEN: 'canary.token', HOST: '0.0.0.0' },
    wellKnown: { DEFAULT_KEY: '', HOST: '0.0.0.0', DEBUG_MODE: 'false' },
    taken: { PORT: String((taken.address() as AddressInfo).port) },
    wrong: MISTAKES,
    hungUp: {},
    unset: { UPSTREAM_URL: '', DEFAULT_KEY: '"canary"', DEBUG_MODE: 'false' },
    delayed: { DRAIN_DELAY: '400', DRAIN_TIMEOUT: '200', DEBUG_MODE: 'false' },
  });

  function start(env: Record<string, string>, script = 'dist/main.js', ...args: string[]): Program {
    return startNode([script, ...args], { cwd: folder, env: { ...environment(), ...env } });
  }

  const environment = () => ({
    PATH: process.env.PATH,
    HOST: '127.0.0.1',
    PORT: '0',
    UPSTREAM_URL: `${simulator.url}/api/paas/v4`,
    DEFAULT_KEY: CANARY,
    DATA_DIR: 'none',
  });

  /** A client with a stream that is open. */
  async function openStream(gateway: Program): Promise<RawClient> {
    const client = await RawClient.connect(await portOf(gateway));
    client.post(chatBody('sim:events=8 sim:pace=60', { stream: true }), [`Authorization: Bearer ${CANARY}`]);
    await client.until(/"content":"./);
    return client;
  }

  const running = (name: string): Program => started[name] ?? expect.fail(`no process ${name}`);

  it('prints its address, its upstream and the names of keys, but no key', async () => {
    const gateway = running('named');
    await gateway.until(/keys:.*\n/);
    const { output } = gateway;
    expect(output).to.match(/listens on http:\/\/localhost:\d+ \(on every network interface\)/);
    expect(output).to.contain(`upstream: ${simulator.url}/api/paas/v4 (Z.ai, pay-as-you-go)`);
    expect(output).to.contain('model: GLM-4.5, thinking off');
    expect(output).to.contain('keys: public (DEFAULT_KEY), ann; upstream token: an official API key');
    expect(output).not.to.contain('canary').and.not.to.contain('!!!');
  });

  it('warns loudly of the well-known key on a public address', async () => {
    const gateway = running('wellKnown');
    const [line] = await gateway.until(/^.*!!!.*$/m);
    expect(JSON.parse(line)).to.include({ level: 40 });
    expect(line).to.contain('DEFAULT_KEY').and.to.contain('0.0.0.0');
  });

  it('exits with 1 and one line when its port is in use', async () => {
    const gateway = running('taken');
    expect((await gateway.ended).code).to.equal(1);
    expect(gateway.output.trim().split('\n')).to.have.length(1);
    const { port } = taken.address() as AddressInfo;
    expect(gateway.output).to.contain(`Port ${port} is in use`).and.to.contain('PORT=');
  });

  it('exits with 1 and lists all problems of its configuration', async () => {
    const gateway = running('wrong');
    expect((await gateway.ended).code).to.equal(1);
    for (const name of Object.keys(MISTAKES))
      expect(gateway.output).to.match(new RegExp(`^ *${name}: found`, 'm'));
    expect(gateway.output)
      .to.contain('"ninety"')
      .and.to.contain('Unknown variable ZAI_TOKN in .env.local (typo?)')
      .and.not.to.contain('canary')
      .and.not.to.match(/\n\s+at /);
  });

  it('finishes an open stream on SIGTERM, then exits at once with 0', async () => {
    const gateway = running('named');
    const port = await portOf(gateway);
    const client = await RawClient.connect(port);
    client.post(chatBody('sim:events=8 sim:pace=60', { stream: true }), [`Authorization: Bearer ${CANARY}`]);
    await client.until(/"content":"./);
    // A request that is half here counts as begun; the listening socket closes at once.
    const watcher = await RawClient.connect(port);
    watcher.write('GET /readyz HTTP/1.1', 'Host: gateway', '');
    const probe = await RawClient.connect(port);
    probe.write('GET /readyz HTTP/1.1', 'Host: gateway', 'Connection: close', '', '');
    await probe.until(/"ready"/);
    gateway.kill('SIGTERM');
    await gateway.until(/SIGTERM: no new requests/);
    watcher.write('', '');
    expect(await watcher.closed()).to.match(/^HTTP\/1\.1 503 .*connection: close.*"draining"/is);
    expect(client.text).not.to.contain('[DONE]');
    await client.until(/\[DONE\]/);
    const finished = performance.now();
    expect(client.text.split('"content":" token"')).to.have.length(9);
    expect(client.text).to.contain('"finish_reason":"stop"');
    expect((await gateway.ended).code).to.equal(0);
    // Not after the time for which connections are kept alive.
    expect(performance.now() - finished).to.be.lessThan(30_000);
    expect(gateway.output).to.match(/200 ok/);
  });

  it('serves for DRAIN_DELAY after SIGTERM, and ends a stream that outlasts DRAIN_TIMEOUT with an error event', async () => {
    const gateway = running('delayed');
    const port = await portOf(gateway);
    const headers = [`Authorization: Bearer ${CANARY}`];
    const endless = await RawClient.connect(port);
    endless.post(chatBody('sim:stall', { stream: true }), headers);
    await endless.until(/"content":"./);
    gateway.kill('SIGTERM');
    await gateway.until(/SIGTERM: /);
    const probe = await RawClient.connect(port);
    probe.write('GET /readyz HTTP/1.1', 'Host: gateway', '', '');
    expect(await probe.closed()).to.match(/^HTTP\/1\.1 503 /);
    const late = await RawClient.connect(port);
    late.post(chatBody('sim:say(late)', { stream: false }), headers);
    expect(await late.closed()).to.match(/^HTTP\/1\.1 200 .*"late"/s);
    expect(await endless.closed()).to.match(/"code":"shutting_down".*data: \[DONE\]/s);
    expect((await gateway.ended).code).to.equal(0);
    expect(gateway.output)
      .to.contain('open requests are ended (1)')
      .and.to.match(/503 gateway_error/);
  });

  it('finishes an open stream on SIGHUP, which comes several times when a terminal closes', async function () {
    if (process.platform === 'win32') skip(this, 'Windows has no SIGHUP');
    const gateway = running('hungUp');
    const client = await openStream(gateway);
    gateway.kill('SIGHUP');
    await gateway.until(/SIGHUP: no new requests/);
    gateway.kill('SIGHUP');
    await client.until(/\[DONE\]/);
    expect((await gateway.ended).code).to.equal(0);
  });

  for (const debugMode of ['true', 'false']) {
    it(`finishes an open stream when its terminal is closed, with DEBUG_MODE=${debugMode}`, async function () {
      if (process.platform !== 'linux') skip(this, 'not on Linux');
      needs(this, 'script');
      const command = `echo pid $$; exec '${process.execPath}' dist/main.js`;
      const terminal = new Program('script', ['-qec', command, '/dev/null'], {
        cwd: folder,
        env: { ...environment(), DEBUG_MODE: debugMode },
      });
      const [, pid] = await terminal.until(/pid (\d+)/);

      const client = await openStream(terminal);
      terminal.kill('SIGKILL');
      await client.until(/\[DONE\]/);
      await until(() => !isRunning(Number(pid)));
    });
  }

  for (const debugMode of ['true', 'false']) {
    it(`ends on SIGTERM when nobody reads its output any more, with DEBUG_MODE=${debugMode}`, async () => {
      const gateway = startNode(['dist/main.js'], {
        cwd: folder,
        env: { ...environment(), DEBUG_MODE: debugMode },
      });
      await gateway.until(/listens on/);
      gateway.child.stdout?.destroy();
      gateway.kill('SIGTERM');
      expect((await gateway.ended).code).to.equal(0);
    });
  }

  it('warns at the start that the web chat is mostly closed, and names what works, when nothing is set', async () => {
    const gateway = running('unset');
    const [line] = await gateway.until(/^.*web chat is mostly closed.*$/m);
    expect(line).to.contain('ZAI_TOKEN is not set').and.contain('502 upstream_refused');
    expect(line).to.contain('official API key').and.contain('self-hosted').and.contain('npm run demo');
  });

  it('names a variable whose value docker has left in quotation marks, not the value', async () => {
    const gateway = running('unset');
    await gateway.until(/DEFAULT_KEY: the quotation marks around a value are part of it/);
    expect(gateway.output).not.to.contain('canary');
  });

  it('as a demo offers GLM-5.3 and sets no limits', async () => {
    const demo = running('demo');
    await demo.until(/Base URL/);
    expect(demo.output).to.match(/model +GLM-5\.3$/m);
    const url = /Base URL +(\S+)/.exec(demo.output)?.[1];
    // Its dashboard needs none from this machine, and nobody else reaches it.
    expect(demo.output).not.to.contain('password');
    // More than one address could ask in a minute otherwise.
    const answers = Array.from({ length: 70 }, async () => {
      const { status } = await fetch(`${url}/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${CANARY}`, 'content-type': 'application/json' },
        body: '{}',
      });
      return status;
    });
    expect(new Set(await Promise.all(answers))).to.deep.equal(new Set([400]));
  });

  it('as a demo of a team shows a month of twelve colleagues, a flood that waits, and that all is simulated', async () => {
    const team = running('team');
    await team.until(/Base URL/);
    const url = /Base URL +(\S+)\/v1/.exec(team.output)?.[1];
    const read = async () => (await (await fetch(`${url}/dashboard/stats`)).json()) as Json;
    const { keys, total_requests: total } = await read();
    const colleagues = keys.filter(({ key }: Json) => key !== 'public');
    expect(colleagues).to.have.length(12);
    expect(total).to.be.above(5_000);
    await team.until(/simulated: nightly-ci floods the gateway/);
    await until(async () => {
      const { queue } = await read();
      return queue.groups.some(({ slots, waiting }: Json) => slots === 2 && waiting > 0);
    });
    await until(async () => (await read()).replicas.length === 2);
    const page = await (
      await fetch(`${url}/dashboard/upstreams`, { headers: { accept: 'text/html' } })
    ).text();
    expect(page).to.contain('colleagues and history').and.contain('id="queue-heading"');
  });

  it('as a demo tells which arguments it has when it gets others', async () => {
    const mistaken = running('mistaken');
    expect(await mistaken.ended).to.include({ code: 1 });
    expect(mistaken.output).to.contain('--slots takes a whole number').and.contain('--team');
  });

  it('ends at once on the second signal', async () => {
    const gateway = running('wellKnown');
    const client = await RawClient.connect(await portOf(gateway));
    client.post(chatBody('sim:stall', { stream: true }), ['Authorization: Bearer sk-your-key']);
    await client.until(/"content":"./);
    gateway.kill('SIGINT');
    await gateway.until(/SIGINT: no new requests/);
    gateway.kill('SIGINT');
    expect((await gateway.ended).code).to.equal(1);
    await client.closed();
  });
});

async function portOf(gateway: Program): Promise<number> {
  await gateway.until(/keys:.*\r?\n/);
  return Number(/localhost:(\d+)/.exec(gateway.output)?.[1]);
}
