// The test:agents verb without its downloads: which agents, in what surroundings, and what counts as success.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { AGENTS, type Agent, type AgentRun, type SeenRequest } from '../../scripts/agents/agents.mjs';
import { problemsOf } from '../../scripts/agents/judge.mjs';
import { runAgent, runToEnd } from '../../scripts/agents/run-agent.mjs';
import { chooseAgents } from '../../scripts/test-agents.mjs';
import { isRunning } from '../support/processes.js';
import { until } from '../support/redis.js';

const place = { url: 'http://127.0.0.1:1', key: 'sk-test', model: 'GLM-4.5' };

describe('npm run test:agents', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ztoapi-agents-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs this script in place of an agent. */
  function runScript(code: string, settings: Partial<ReturnType<Agent['setUp']>> = {}): Promise<AgentRun> {
    const script = path.join(folder, 'agent.cjs');
    writeFileSync(script, code);
    return runAgent(
      agentWith((prompt) => ({ arguments: [prompt], ...settings })),
      { ...place, program: [process.execPath, script], node: process.execPath },
    );
  }

  it('tries every agent, or those that are named', () => {
    expect(chooseAgents([])).to.deep.equal(AGENTS);
    expect(chooseAgents(['codex', 'qwen']).map(({ name }) => name)).to.deep.equal(['Qwen Code', 'Codex']);
    expect(() => chooseAgents(['emacs'])).to.throw(
      'There is no agent "emacs". Use: npm run test:agents -- [',
    );
  });

  it('pins every agent to one version', () => {
    for (const { name, version } of AGENTS) expect(version, name).to.match(/^\d+\.\d+\.\d+$/);
  });

  it('asks an agent to edit a file in a folder of its own, and reads it afterwards', async () => {
    const run = await runScript(`
      const fs = require('node:fs');
      const [, file, old, fresh] = /sim:edit\\((.*)\\|(.*)\\|(.*)\\)/.exec(process.argv[2]);
      fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(old, fresh));
      console.log(process.cwd() === require('node:path').dirname(file) ? 'at home' : 'elsewhere');
    `);
    expect({ ...run, seconds: 0 }).to.deep.equal({
      code: 0,
      output: 'at home\n',
      seconds: 0,
      text: 'Guten Tag\n',
    });
  });

  it('hides the environment of whoever runs it, and the network', async () => {
    process.env.ZTOAPI_TEST_SECRET = 'a-secret-of-the-user';
    try {
      const { output } = await runScript('console.log(JSON.stringify({ ...process.env }))', {
        env: { OPENAI_API_KEY: 'sk-test' },
      });
      const seen = JSON.parse(output);
      expect(JSON.stringify(seen)).not.to.contain('a-secret-of-the-user');
      expect(seen.HOME).not.to.equal(process.env.HOME);
      expect(seen.HTTPS_PROXY).to.equal('http://127.0.0.1:9');
      expect(seen.OPENAI_API_KEY).to.equal('sk-test');
    } finally {
      delete process.env.ZTOAPI_TEST_SECRET;
    }
  });

  it('writes the settings of an agent into its home, calls it to store more, and leaves nothing behind', async () => {
    const { output } = await runScript(
      `
        const [fs, home] = [require('node:fs'), process.env.HOME];
        if (process.argv[2] === 'store') fs.writeFileSync(home + '/stored', 'stored');
        else console.log(home, fs.readFileSync(home + '/.agent/config', 'utf8'), fs.readFileSync(home + '/stored', 'utf8'));
      `,
      { files: { '.agent/config': 'written' }, before: ['store'] },
    );
    const [home = '', ...words] = output.trim().split(' ');
    expect(words).to.deep.equal(['written', 'stored']);
    expect(readdirSync(path.dirname(path.dirname(home)))).not.to.contain(path.basename(path.dirname(home)));
  });

  it('ends what an agent leaves running', async () => {
    const code = `
      const [stdio, idle] = ['inherit', 'setInterval(() => {}, 1e3)']; // it holds the output open, too
      console.log(require('node:child_process').spawn(process.execPath, ['-e', idle], { stdio }).pid);
      process.exit(0);
    `;
    const { code: exitCode, output } = await runToEnd([process.execPath, '-e', code], {});
    expect(exitCode).to.equal(0);
    expect(output).to.match(/^\d+\n$/);
    await until(() => !isRunning(Number(output)));
  });

  it('ends an agent that does not come to an end', async () => {
    const idle = [process.execPath, '-e', 'setInterval(() => {}, 1e3)'];
    const { code, output } = await runToEnd(idle, { patienceMs: 200 });
    expect(code).to.equal(124);
    expect(output).to.contain('It did not end within 0.2 s.');
  });

  describe('is content with an agent', () => {
    const agent = agentWith(() => ({ arguments: [] }));
    const good = {
      code: 0,
      output: '*Simulated answer* — the tools said “done”.',
      seconds: 1,
      text: 'Guten Tag\n',
    };
    const request: SeenRequest = {
      method: 'POST',
      path: '/v1/chat/completions',
      status: 200,
      outcome: 'ok',
      code: undefined,
    };
    const cut = { ...request, status: 502, outcome: 'upstream_error', code: 'upstream_truncated' };

    it('that edited the file through tools', () => {
      expect(problemsOf(agent, good, [request])).to.deep.equal([]);
    });

    const complaints: [string, Partial<AgentRun>, SeenRequest[]][] = [
      ['it ended with exit code 2', { code: 2 }, [request]],
      ['greeting.txt holds "Hello\\n"', { text: 'Hello\n' }, [request]],
      ['it did not show the answer that follows the tool results', { output: 'Done.' }, [request]],
      ['nothing was asked of /v1/chat/completions', {}, [{ ...request, path: '/v1/responses' }]],
      ['POST /v1/chat/completions was answered 502 (upstream_error, upstream_truncated)', {}, [cut, request]],
    ];
    for (const [complaint, run, requests] of complaints) {
      it(`unless ${complaint}`, () => {
        expect(problemsOf(agent, { ...good, ...run }, requests)).to.deep.equal([complaint]);
      });
    }
  });
});

function agentWith(settings: (prompt: string) => ReturnType<Agent['setUp']>): Agent {
  return {
    id: 'fake',
    name: 'Fake',
    package: 'fake',
    version: '1.0.0',
    bin: 'fake',
    path: '/v1/chat/completions',
    setUp: ({ prompt }) => settings(prompt),
  };
}
