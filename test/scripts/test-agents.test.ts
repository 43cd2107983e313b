// The test:agents verb without its downloads: which agents, in what surroundings, and what counts as success.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import {
  AGENTS,
  type Agent,
  type AgentRun,
  type Place,
  type SeenRequest,
} from '../../scripts/agents/agents.mjs';
import { PASTED, pasteSetUp } from '../../scripts/agents/clipboard.mjs';
import { problemsOf } from '../../scripts/agents/judge.mjs';
import { startRecorder } from '../../scripts/agents/recorder.mjs';
import { runAgent, runToEnd } from '../../scripts/agents/run-agent.mjs';
import {
  BACKGROUND_MODEL,
  EDIT,
  MCP_TOOL,
  PATCH,
  PICTURE_AS_TEXT,
  PICTURE_REFUSED,
  PICTURE_SEEN,
  type Places,
  type Scenario,
  THINKING,
  type UpstreamBody,
} from '../../scripts/agents/scenarios.mjs';
import { chooseAgents } from '../../scripts/test-agents.mjs';
import { appSetups } from '../../src/pages/apps/apps.js';
import { isRunning } from '../support/processes.js';
import { until } from '../support/redis.js';

const place = { url: 'http://127.0.0.1:1', key: 'sk-test' };

describe('npm run test:agents', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ztoapi-agents-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs this script in place of an agent. */
  function runScript(
    code: string,
    settings: Partial<ReturnType<Agent['setUp']>> = {},
    scenario: Scenario = EDIT,
  ): Promise<AgentRun> {
    const script = path.join(folder, 'agent.cjs');
    writeFileSync(script, code);
    return runAgent(
      agentWith(({ prompt, model, isFollowUp, mcpServer }) => ({
        arguments: [prompt, JSON.stringify({ model, isFollowUp, mcpServer })],
        ...settings,
      })),
      scenario,
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

  it('hides the user’s environment and the network from agents', async () => {
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

  it('gives an agent the files of a scenario and its prompts, one turn after the other', async () => {
    const scenario = {
      ...EDIT,
      files: { 'notes/a.txt': 'written' },
      writePrompts: ({ file }: Places) => [`${file}|Hello|Moin`, `${file}|Moin|Guten Tag`],
    };
    const { text, output } = await runScript(
      `
        const [fs, [, , prompt, place]] = [require('node:fs'), process.argv];
        const [file, old, fresh] = prompt.split('|');
        fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(old, fresh));
        console.log(fs.readFileSync('notes/a.txt', 'utf8'), JSON.parse(place).model, JSON.parse(place).isFollowUp);
      `,
      {},
      scenario,
    );
    expect(text).to.equal('Guten Tag\n');
    expect(output).to.equal('written GLM-4.5 true\n');
  });

  it('ends a scenario at the turn that fails', async () => {
    const twice = { ...EDIT, writePrompts: () => ['first', 'second'] };
    const run = await runScript('console.log(process.argv[2]); process.exit(3)', {}, twice);
    expect(run).to.include({ code: 3, output: 'first\n' });
  });

  it('offers an agent an MCP server, which tells its tool and answers calls of it', async () => {
    const code = `
      const { command, args } = JSON.parse(process.argv[3]).mcpServer;
      const server = require('node:child_process').spawn(command, args, { stdio: ['pipe', 'inherit', 'inherit'] });
      const call = { name: 'look_up_greeting', arguments: { language: 'German' } };
      const send = (message) => server.stdin.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
      send({ id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18' } });
      send({ method: 'notifications/initialized' });
      send({ id: 2, method: 'tools/list' });
      send({ id: 3, method: 'tools/call', params: call });
      send({ id: 4, method: 'resources/list' });
      server.stdin.end();
    `;
    const { output } = await runScript(code, {}, MCP_TOOL);
    const [first, second, third, fourth, ...rest] = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).to.deep.include({ jsonrpc: '2.0', id: 1 });
    expect(first.result).to.include({ protocolVersion: '2025-06-18' });
    expect(second.result.tools[0].name).to.equal('look_up_greeting');
    expect(third.result.content[0].text).to.equal('Phrase book, page 4711, German: Guten Tag');
    expect(fourth.error.code).to.equal(-32601);
    expect(rest).to.deep.equal([]);
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

  it('ends an agent that runs for too long', async () => {
    const idle = [process.execPath, '-e', 'setInterval(() => {}, 1e3)'];
    const { code, output } = await runToEnd(idle, { patienceMs: 200 });
    expect(code).to.equal(124);
    expect(output).to.contain('It did not end within 0.2 s.');
  });

  describe('accepts an agent', () => {
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
    const named = { asked: 'GLM-4.5', named: 'GLM-4.5' };
    const cut = { ...request, status: 502, outcome: 'upstream_error', code: 'upstream_truncated' };

    it('that edited the file through tools', () => {
      expect(problemsOf(agent, good, [request], [named])).to.deep.equal([]);
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
        expect(problemsOf(agent, { ...good, ...run }, requests, [named])).to.deep.equal([complaint]);
      });
    }

    it('unless an answer names another model than the request', () => {
      const renamed = { asked: 'claude-sonnet-4-5', named: 'GLM-4.5' };
      const silent = { asked: 'GLM-4.5', named: undefined };
      expect(problemsOf(agent, good, [request], [named, renamed, silent])).to.deep.equal([
        'a request for claude-sonnet-4-5 was answered by the name of GLM-4.5',
      ]);
    });
  });

  describe('judges a scenario by what the upstream was asked', () => {
    const user = (content: unknown) => ({ role: 'user', content });
    const answer = (thinking?: string) => ({
      role: 'assistant',
      ...(thinking ? { reasoning_content: thinking } : {}),
    });
    const tool = (content: string) => ({ role: 'tool', content });
    const body = (...messages: UpstreamBody['messages']) => ({ model: 'glm-4.5', messages });
    const picture = user([{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }]);
    const omitted = tool('[image omitted: GLM-4.5 reads text only]');
    const second = user('sim:edit(/a|Moin|Guten Tag)');
    const first = user('sim:edit(/a|Hello|Moin)');

    const cases: [Scenario, good: UpstreamBody[], bad: UpstreamBody[], problem: string][] = [
      [PICTURE_AS_TEXT, [body(omitted)], [body(tool(''))], 'the model was not told of the picture'],
      [
        PICTURE_AS_TEXT,
        [body(omitted)],
        [body(picture), body(omitted)],
        'a model that reads text only was sent the picture',
      ],
      [
        PICTURE_REFUSED,
        [body(picture), body(omitted)],
        [body(omitted)],
        'the picture was not offered to the model',
      ],
      [
        PICTURE_REFUSED,
        [body(picture), body(omitted)],
        [body(picture)],
        'the model was not told of the picture',
      ],
      [PICTURE_SEEN, [body(tool(''), picture)], [body(omitted)], 'no user message held the picture'],
      [
        MCP_TOOL,
        [body(tool('page 4711, German: Guten Tag'))],
        [body(tool('unsupported call'))],
        'the result of the MCP tool did not reach the model',
      ],
      [
        PATCH,
        [body(tool('*** Update File: /a'))],
        [body(tool('perl'))],
        'the file was not edited by a patch',
      ],
      [
        THINKING,
        [body(first, answer('Hm.'), tool(''), answer('Good.'), second)],
        [body(first, answer('Hm.'), tool(''), answer(), second)],
        'the thinking of 1 of the 2 answers of the first turn was lost',
      ],
      [
        THINKING,
        [body(first, answer('Hm.'), second)],
        [body(second, answer('Hm.'))],
        'the second turn came without the first',
      ],
      [
        BACKGROUND_MODEL,
        [body(), { ...body(), model: 'glm-4.7-flashx' }],
        [body()],
        'the models asked were glm-4.5',
      ],
    ];
    for (const [{ name, findProblems }, good, bad, problem] of cases) {
      it(`${name}: ${problem}`, () => {
        expect(findProblems(good)).to.deep.equal([]);
        expect(findProblems(bad)).to.deep.equal([problem]);
      });
    }
  });

  it('pastes the set-ups of the pages as they are', async () => {
    const site = { origin: 'http://127.0.0.1:1', model: 'GLM-4.5', key: "sk-it's" };
    for (const [id, { app, files }] of Object.entries(PASTED)) {
      const { code, shell } = appSetups(site).find(({ name }) => name === app) ?? {};
      const blocks = [code, shell].filter((text) => text !== undefined);
      expect(blocks.length, app).to.equal(files.length + 1);
      // Quotes are of the test's program, which stands where the agent does.
      const scratch = mkdtempSync(path.join(folder, `it's-`));
      const program = path.join(scratch, 'program.cjs');
      writeFileSync(program, 'console.log(JSON.stringify([process.env, process.argv.slice(2)]))');
      const agent = AGENTS.find((each) => each.id === id) as Agent;
      const pasted = pasteSetUp(
        agent,
        blocks.map((text) => text.replace("it's", 'pasted')),
        { program: [process.execPath, program], node: process.execPath, scratch, env: { OWN_CA: 'ca.pem' } },
      );
      const {
        env = {},
        files: written = {},
        ...settings
      } = pasted.setUp({ ...place, prompt: 'Do it' } as Place);
      expect(Object.keys(written)).to.deep.equal(files);
      const { output } = await runToEnd(['bash', ...settings.arguments], { env });
      const [seen, given] = JSON.parse(output);
      expect(Object.values(seen)).to.include('sk-pasted').and.include('ca.pem');
      expect(given.at(-1)).to.equal('Do it');
    }
  });

  it('records the models of requests and answers without changing either', async () => {
    const seen: string[] = [];
    const gateway = createServer(async (request, response) => {
      for await (const piece of request) seen.push(String(piece));
      response.writeHead(201, { 'content-type': 'text/event-stream' });
      response.write('data: {"id":"1","mod');
      response.end('el":"GLM-4.5","text":"你好"}\n\n');
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const recorder = await startRecorder(`http://127.0.0.1:${(gateway.address() as AddressInfo).port}`);
    try {
      const sent = JSON.stringify({ model: 'claude-sonnet-4-5' });
      const response = await fetch(`${recorder.url}/v1/messages?beta=true`, { method: 'POST', body: sent });
      expect(response.status).to.equal(201);
      expect(await response.text()).to.equal('data: {"id":"1","model":"GLM-4.5","text":"你好"}\n\n');
      expect(seen.join('')).to.equal(sent);
      expect(recorder.answers).to.deep.equal([{ asked: 'claude-sonnet-4-5', named: 'GLM-4.5' }]);
    } finally {
      recorder.close();
      gateway.close();
    }
  });
});

function agentWith(settings: (place: Place) => ReturnType<Agent['setUp']>): Agent {
  return {
    id: 'fake',
    name: 'Fake',
    package: 'fake',
    version: '1.0.0',
    bin: 'fake',
    path: '/v1/chat/completions',
    scenarios: [EDIT],
    setUp: settings,
  };
}
