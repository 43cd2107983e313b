// The `cluster` verb: its arguments, and one real start from the command line to Ctrl+C.
import { cpSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { freePort } from '../../scripts/cluster.mjs';
import { parseClusterArguments } from '../../scripts/cluster-command.mjs';
import { isInstalled } from '../../scripts/run-command.mjs';
import { type Program, startNode } from '../support/processes.js';
import { skip } from '../support/skip.js';
import { repository } from './fake-project.js';

const NEEDED = ['redis-server', 'haproxy'];
const COPIED = [
  'scripts',
  'src',
  'views',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'config.env',
];

describe('npm run cluster', () => {
  describe('takes arguments', () => {
    it('three replicas on the port of the configuration when there are none', () => {
      expect(parseClusterArguments([])).to.deep.equal({ replicas: 3, port: undefined, demo: false });
    });

    it('as one or two words', () => {
      const args = ['--replicas=5', '--port', '8080', '--demo'];
      expect(parseClusterArguments(args)).to.deep.equal({ replicas: 5, port: 8080, demo: true });
    });

    const mistakes: Record<string, string> = {
      '--replicas none': '--replicas takes a number from 1 to 32, not "none".',
      '--replicas 0': '--replicas takes a number from 1 to 32, not "0".',
      '--replicas 33': '--replicas takes a number from 1 to 32, not "33".',
      '--replicas -3': "Option '--replicas' argument is ambiguous.",
      '--port 65536': '--port takes a number from 1 to 65535, not "65536".',
      '--replica 3': "Unknown option '--replica'.",
      '3': "Unexpected argument '3'.",
    };
    for (const [args, answer] of Object.entries(mistakes)) {
      it(`and answers ${args} in one line`, () => {
        const usage = 'Use: npm run cluster -- [--replicas 3] [--port 9090] [--demo]';
        expect(() => parseClusterArguments(args.split(' '))).to.throw(`${answer} ${usage}`);
      });
    }
  });

  describe('started for a demo', () => {
    let folder: string;
    let port: number;
    let cluster: Program;

    before(async function () {
      const missing = NEEDED.filter((command) => !isInstalled(command));
      if (missing.length > 0) skip(this, `not installed: ${missing.join(', ')}`);
      folder = projectCopy();
      port = await freePort();
      cluster = await startDemo();
    });
    after(async () => {
      cluster?.kill('SIGTERM');
      await cluster?.ended;
    });

    it('prints all addresses, but neither a configured key nor a password', async () => {
      expect(cluster.output).to.match(/^ {2}gateway-2 +http:..127\.0\.0\.1:\d+ /m);
      expect(cluster.output).to.contain(`http://127.0.0.1:${port}/v1`).and.not.to.contain('canary');
      expect(cluster.output).not.to.contain('dashboard password');
      const page = await fetch(dashboard());
      expect([page.status, page.headers.get('content-type')]).to.deep.equal([
        200,
        'text/html; charset=utf-8',
      ]);
    });

    it('is the only one that uses its folder', async () => {
      const { code, stderr } = await start('--port', String(await freePort())).ended;
      expect(code).to.equal(1);
      expect(stderr).to.contain(`in use by another cluster (process ${cluster.child.pid}): stop that first`);
    });

    it('restarts a gateway that dies, and says so', async () => {
      const [, pid] = await cluster.until(/kill -9 (\d+)/);
      process.kill(Number(pid), 'SIGKILL');
      await cluster.until(/gateway-1 has ended \(SIGKILL\): it is started again in 1 s/);
      const [, again] = await cluster.until(/gateway-1 runs again \(pid (\d+)\)/);
      expect(again).not.to.equal(pid);
      expect((await fetch(dashboard())).status).to.equal(200);
    });

    it('finishes an open stream at Ctrl+C, and has its statistics at the next start', async () => {
      const counted = await totalRequests();
      const response = await ask(port, 'sim:events=8 sim:pace=60');
      cluster.kill('SIGINT');
      const answer = await response.text();
      expect(answer.split('"content":" token"')).to.have.length(9);
      expect(answer).to.contain('data: [DONE]');
      const { code, stdout } = await cluster.ended;
      expect(code).to.equal(0);
      const kept = path.join('data', 'cluster', 'demo');
      expect(stdout).to.contain(`Statistics are kept in ${kept}. Remove that folder to start from zero.`);
      cluster = await startDemo();
      expect(await totalRequests()).to.equal(counted + 1);
    });

    async function startDemo(): Promise<Program> {
      const started = start('--port', String(port));
      await started.until(/Ctrl\+C stops everything/);
      return started;
    }

    function start(...args: string[]): Program {
      const script = path.join(folder, 'scripts/run.cjs');
      return startNode([script, 'cluster', '--demo', '--replicas', '2', ...args], {
        env: { PATH: process.env.PATH, HOME: process.env.HOME, DEFAULT_KEY: 'canary-key' },
      });
    }

    const dashboard = () => /Dashboard +(\S+)/.exec(cluster.output)?.[1] ?? '';

    async function totalRequests(): Promise<number> {
      const response = await fetch(`${dashboard()}/stats`);
      return ((await response.json()) as { TotalRequests: number }).TotalRequests;
    }
  });
});

/** Without anybody's .env files, and with a dist/ of its own. */
function projectCopy(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'ztoapi-cluster-test-'));
  for (const name of COPIED)
    cpSync(path.join(repository, name), path.join(folder, name), { recursive: true });
  symlinkSync(path.join(repository, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
  // A token of somebody must not end the demo: it is not the simulator's.
  writeFileSync(path.join(folder, '.env.local'), 'ZAI_TOKEN=canary.token.web\nLOG_LEVEL=warn\n');
  return folder;
}

function ask(port: number, question: string): Promise<Response> {
  const body = { model: 'GLM-4.5', stream: true, messages: [{ role: 'user', content: question }] };
  return fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer canary-key', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}
