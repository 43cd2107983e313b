// The `cluster` verb: its arguments, and one real start from the command line to Ctrl+C.
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { freePort } from '../../scripts/cluster.mjs';
import { parseClusterArguments } from '../../scripts/cluster-command.mjs';
import { isInstalled } from '../../scripts/run-command.mjs';
import { startNode } from '../support/processes.js';
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

  it('serves through its balancer, and lets an open stream finish before everything stops', async function () {
    const missing = NEEDED.filter((command) => !isInstalled(command));
    if (missing.length > 0) {
      console.error(`SKIPPING the start of npm run cluster: ${missing.join(' and ')} not installed.`);
      this.skip();
    }
    const folder = projectCopy();
    const port = await freePort();
    const args = ['cluster', '--demo', '--replicas', '2', '--port', String(port)];
    const cluster = startNode([path.join(folder, 'scripts/run.cjs'), ...args], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, DEFAULT_KEY: 'canary-key' },
    });
    try {
      await cluster.until(/Ctrl\+C stops everything/);
      const response = await ask(port, 'sim:events=8 sim:pace=60');
      cluster.kill('SIGINT');
      const answer = await response.text();
      expect(answer.split('"content":" token"')).to.have.length(9);
      expect(answer).to.contain('data: [DONE]');
      expect((await cluster.ended).code).to.equal(0);
      expect(cluster.output).to.match(/^ {2}gateway-2 +http:..127\.0\.0\.1:\d+ /m);
      expect(cluster.output).to.contain(`http://127.0.0.1:${port}/v1`).and.not.to.contain('canary');
    } finally {
      cluster.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
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
