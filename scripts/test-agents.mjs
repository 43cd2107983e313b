// `npm run test:agents`: lets real coding agents from npm work through the built gateway. Not in CI: it downloads 2 GB.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { AGENTS, NODE } from './agents/agents.mjs';
import { copySetUp, PASTED, pasteSetUp } from './agents/clipboard.mjs';
import { install, lastLines, programOf } from './agents/install.mjs';
import { problemsOf } from './agents/judge.mjs';
import { startRecorder } from './agents/recorder.mjs';
import { runAgent, runToEnd } from './agents/run-agent.mjs';
import { EDIT } from './agents/scenarios.mjs';
import { startTls } from './agents/tls.mjs';
import { makeTemporaryFolder } from './cleanup.mjs';
import { TaskError } from './run-command.mjs';

const KEY = 'sk-test-agents';
const ADMIN_PASSWORD = 'password-of-the-admin';
/** Each is simulated. @type {Record<import('./agents/scenarios.d.mts').UpstreamName, { path: string, token?: string }>} */
const UPSTREAMS = {
  'self-hosted': { path: '/v1' },
  'web chat': { path: '/api/chat/completions' },
  'official API': { path: '/api/paas/v4', token: 'sk-simulated' },
};

/** @param {string[]} args ids of agents; none: all @returns {import('./agents/agents.d.mts').Agent[]} */
export function chooseAgents(args) {
  const ids = AGENTS.map(({ id }) => id);
  const unknown = args.find((arg) => !ids.includes(arg));
  if (unknown !== undefined) {
    throw new TaskError(`There is no agent "${unknown}". Use: npm run test:agents -- [${ids.join('] [')}]`);
  }
  return args.length === 0 ? AGENTS : AGENTS.filter(({ id }) => args.includes(id));
}

/**
 * Resolves to the exit code: 1 if an agent failed or none could be tried.
 * @param {string} root the project's folder @param {import('./agents/agents.d.mts').Agent[]} agents
 */
export async function testAgents(root, agents) {
  const node = path.join(await install(NODE), 'node_modules', 'node', 'bin', nodeName());
  const results = [];
  for (const agent of agents) results.push(...(await testAgent(root, agent, node)));
  const count = (result) => results.filter((each) => each === result).length;
  console.log(`\n${count('ok')} ok, ${count('FAILED')} failed, ${count('SKIPPED')} skipped`);
  return count('FAILED') > 0 || count('ok') === 0 ? 1 : 0;
}

function nodeName() {
  return process.platform === 'win32' ? 'node.exe' : 'node';
}

/** Runs each scenario over each of its upstreams. */
async function testAgent(root, agent, node) {
  const program = await findProgram(agent, node).catch((error) => error);
  if (program instanceof Error) return [report(agent, 'SKIPPED', [], [program.message])];
  const results = [];
  for (const scenario of agent.scenarios) {
    for (const upstream of scenario.upstreams) {
      results.push(await testOver(upstream, root, agent, scenario, { program, node, key: KEY }));
    }
  }
  if (Object.hasOwn(PASTED, agent.id)) {
    for (const isTls of [false, true]) results.push(await testPasted(isTls, root, agent, { program, node }));
  }
  return results;
}

/** The agent as a colleague sets it up: with the unedited text that the page of an invite put on the clipboard. */
async function testPasted(isTls, root, agent, { program, node }) {
  const scratch = makeTemporaryFolder('ztoapi-pasted-');
  const gateway = await startGateway(root, UPSTREAMS['self-hosted'], { ADMIN_PASSWORD, TRUST_PROXY: '1' });
  const tls = isTls ? await startTls(scratch, gateway.direct) : undefined;
  const invite = await makeInvite(gateway.direct);
  const texts = await copySetUp(`${tls?.url ?? gateway.direct}/join${invite.hash}`, PASTED[agent.id].app);
  // What an operator's own CA needs of Node and of most other programs.
  const env = tls ? { NODE_EXTRA_CA_CERTS: tls.ca, SSL_CERT_FILE: tls.ca } : {};
  const pasted = pasteSetUp(agent, texts, { program, node, scratch, env });
  const scenario = { ...EDIT, name: isTls ? 'pasted, own CA' : 'pasted', upstreams: ['self-hosted'] };
  const run = await runAgent(pasted, scenario, { program: ['bash'], node, url: gateway.direct, key: KEY });
  await tls?.stop();
  return judge('self-hosted', agent, scenario, run, await gateway.stop());
}

async function makeInvite(gateway) {
  const response = await fetch(`${gateway}/admin/invites`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_PASSWORD}`, 'content-type': 'application/json' },
    body: JSON.stringify({ member: 'colleague' }),
  });
  if (!response.ok) throw new Error(`no invite: ${await response.text()}`);
  return new URL((await response.json()).url);
}

async function testOver(upstream, root, agent, scenario, surroundings) {
  const gateway = await startGateway(root, UPSTREAMS[upstream]);
  const run = await runAgent(agent, scenario, { ...surroundings, url: gateway.url });
  return judge(upstream, agent, scenario, run, await gateway.stop());
}

function judge(upstream, agent, scenario, run, { records, answers, asked }) {
  const problems = [...problemsOf(agent, run, records, answers), ...scenario.findProblems(asked)];
  const paths = [...new Set(records.map((record) => record.path))].join(' ');
  const seconds = `${run.seconds.toFixed(1)} s`;
  const where = [scenario.name.padEnd(19), paths.padEnd(20), upstream.padEnd(12)];
  const figures = [...where, `${records.length} requests`, seconds];
  if (problems.length === 0) return report(agent, 'ok', figures);
  return report(agent, 'FAILED', figures, [...problems, `it said:\n${lastLines(run.output, 20)}`]);
}

/** Rejects if the package, or a program that it downloads, is not available. */
async function findProgram(agent, node) {
  const program = programOf(agent, await install(agent), node);
  const { code, output } = await runToEnd([...program, '--version'], { patienceMs: 60_000 });
  if (code !== 0) throw new Error(`its program does not run here:\n${lastLines(output, 8)}`);
  return program;
}

function report({ name, version }, result, figures, details = []) {
  console.log([name.padEnd(12), version.padEnd(9), result.padEnd(8), ...figures].join('  '));
  for (const detail of details) console.log(detail.replace(/^/gm, '    '));
  return result;
}

/** A gateway in front of a simulated model, which thinks before it calls. */
async function startGateway(root, upstream, env = {}) {
  const built = (name) => import(pathToFileURL(path.join(root, 'dist', name)).href);
  const { startSimulator } = await built('simulator/server.js');
  const { loadConfig } = await built('config/config.js');
  const { createLogger } = await built('logger.js');
  const { startGateway: start } = await built('lifecycle.js');
  const simulator = await startSimulator({ paceMs: 0 });
  const config = loadConfig({
    HOST: '127.0.0.1',
    PORT: '0',
    UPSTREAM_URL: `${simulator.url}${upstream.path}`,
    ZAI_TOKEN: upstream.token,
    DEFAULT_KEY: KEY,
    ENABLE_THINKING: 'true',
    PUBLIC_RATE_LIMIT: '0',
    PUBLIC_RATE_LIMIT_TOTAL: '0',
    DASHBOARD_ENABLED: 'false',
    DATA_DIR: 'none',
    DEBUG_MODE: 'false',
    LOG_LEVEL: 'silent',
    ...env,
  });
  const records = [];
  const gateway = await start(config, {
    log: createLogger(config),
    onFinished: (record) => records.push(record),
  });
  const direct = `http://127.0.0.1:${new URL(gateway.url).port}`;
  const recorder = await startRecorder(direct);
  return {
    direct,
    url: recorder.url,
    /** Resolves to the records of all requests, the models of their answers, and the bodies that the upstream received. */
    async stop() {
      await gateway.drain();
      recorder.close();
      await simulator.close();
      const chats = simulator.requests.filter((request) => request.path.includes('/chat/completions'));
      return { records, answers: recorder.answers, asked: chats.map(({ body }) => body) };
    },
  };
}
