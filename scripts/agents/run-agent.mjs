// Runs one agent in a temporary home and folder, without network, and returns the file that it had to edit.
import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeTemporaryFolder, startProcess } from '../cleanup.mjs';

const PATIENCE_MS = 180_000;
/** No server listens there: connections to other machines fail at once. */
const NOWHERE = 'http://127.0.0.1:9';
/** The variables of this machine that an agent gets. None holds a key. */
const PASSED_ON = ['PATH', 'LANG', 'SHELL', 'SystemRoot', 'ComSpec', 'PATHEXT'];

/**
 * Runs the prompts of a scenario one after the other, until one fails.
 * @param {import('./agents.d.mts').Agent} agent
 * @param {import('./scenarios.d.mts').Scenario} scenario
 * @param {import('./run-agent.d.mts').Surroundings} surroundings
 * @returns {Promise<import('./agents.d.mts').AgentRun>}
 */
export async function runAgent(agent, scenario, { program, node, url, key }) {
  const scratch = realpathSync(makeTemporaryFolder(`ztoapi-${agent.id}-`));
  const [home, folder] = ['home', 'project'].map((name) => path.join(scratch, name));
  const file = path.join(folder, 'greeting.txt');
  try {
    for (const each of [home, folder]) mkdirSync(each);
    writeFileSync(file, 'Hello\n');
    for (const [name, content] of Object.entries(scenario.files ?? {})) {
      writeDeep(path.join(folder, name), content);
    }
    const place = { home, url, key, model: scenario.model, mcpServer: findMcpServer(scenario, folder, node) };
    const startedAt = performance.now();
    let last = { code: 0, output: '' };
    for (const [turn, prompt] of scenario.writePrompts({ folder, file }).entries()) {
      if (last.code !== 0) break;
      const settings = agent.setUp({ ...place, prompt, isFollowUp: turn > 0 });
      last = await runTurn(program, settings, { home, folder, node });
    }
    const seconds = (performance.now() - startedAt) / 1000;
    return { ...last, seconds, text: readFileSync(file, 'utf8') };
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

function findMcpServer({ mcpServer }, folder, node) {
  return mcpServer && { name: mcpServer.name, command: node, args: [path.join(folder, mcpServer.file)] };
}

async function runTurn(program, { files = {}, env = {}, before, arguments: given }, { home, folder, node }) {
  for (const [name, text] of Object.entries(files)) writeDeep(path.join(home, name), text);
  const surroundings = { cwd: folder, env: { ...scratchEnvironment(home, node), ...env } };
  const first = before ? await runToEnd([...program, ...before], surroundings) : { code: 0, output: '' };
  return first.code === 0 ? runToEnd([...program, ...given], surroundings) : first;
}

function writeDeep(file, content) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function scratchEnvironment(home, node) {
  const kept = PASSED_ON.filter((name) => process.env[name] !== undefined).map((name) => [
    name,
    process.env[name],
  ]);
  const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].map((name) => [name, NOWHERE]);
  const own = ['NO_PROXY', 'no_proxy'].map((name) => [name, '127.0.0.1,localhost']);
  return {
    ...Object.fromEntries([...kept, ...proxies, ...own]),
    PATH: [path.dirname(node), process.env.PATH].join(path.delimiter),
    HOME: home,
    USERPROFILE: home,
    TERM: 'dumb',
    NO_COLOR: '1',
  };
}

/**
 * Rejects if the program cannot be started. The code 124 means that it did not end in time.
 * @returns {Promise<{ code: number, output: string }>}
 */
export function runToEnd([file, ...args], { cwd, env, patienceMs = PATIENCE_MS }) {
  // A process group of its own, so that everything the agent started ends with it.
  const grouped = process.platform !== 'win32';
  const child = startProcess(file, args, { cwd, env, detached: grouped, stdio: ['ignore', 'pipe', 'pipe'] });
  const pieces = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece) => pieces.push(piece));
  }
  const endAll = () => endGroup(child, grouped);
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      endAll();
    }, patienceMs);
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(timer);
      endAll(); // its pipes may be held open by what it left behind
      child.once('close', () => {
        const note = late ? `\nIt did not end within ${patienceMs / 1000} s.` : '';
        resolve({ code: late ? 124 : (code ?? 1), output: pieces.join('') + note });
      });
    });
  });
}

function endGroup(child, grouped) {
  if (child.pid === undefined) return;
  try {
    if (grouped) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
