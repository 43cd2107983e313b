// Runs one agent in a scratch home and folder, without the network, and says what became of the file it was to edit.
import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeTemporaryFolder, startProcess } from '../cleanup.mjs';

const PATIENCE_MS = 180_000;
/** Nothing listens there: what tries to leave this machine fails at once. */
const NOWHERE = 'http://127.0.0.1:9';
/** All that an agent sees of this machine's environment: no key of the user's among it. */
const PASSED_ON = ['PATH', 'LANG', 'SHELL', 'SystemRoot', 'ComSpec', 'PATHEXT'];

/**
 * @param {import('./agents.d.mts').Agent} agent
 * @param {{ program: string[], node: string, url: string, key: string, model: string }} surroundings
 * @returns {Promise<import('./agents.d.mts').AgentRun>}
 */
export async function runAgent(agent, { program, node, url, key, model }) {
  const scratch = realpathSync(makeTemporaryFolder(`ztoapi-${agent.id}-`));
  const [home, folder] = ['home', 'project'].map((name) => path.join(scratch, name));
  const file = path.join(folder, 'greeting.txt');
  const prompt = `Replace Hello by Guten Tag in ${file}. sim:edit(${file}|Hello|Guten Tag)`;
  const { files = {}, env = {}, before, ...rest } = agent.setUp({ home, url, key, model, prompt });
  try {
    for (const each of [home, folder]) mkdirSync(each);
    writeFileSync(file, 'Hello\n');
    for (const [name, text] of Object.entries(files)) writeDeep(path.join(home, name), text);
    const surroundings = { cwd: folder, env: { ...scratchEnvironment(home, node), ...env } };
    const startedAt = performance.now();
    const first = before ? await runToEnd([...program, ...before], surroundings) : { code: 0, output: '' };
    const { code, output } =
      first.code === 0 ? await runToEnd([...program, ...rest.arguments], surroundings) : first;
    const seconds = (performance.now() - startedAt) / 1000;
    return { code, output, seconds, text: readFileSync(file, 'utf8') };
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

function writeDeep(file, text) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
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
 * Rejects when the program cannot be started. 124: it did not end in time.
 * @returns {Promise<{ code: number, output: string }>}
 */
export function runToEnd([file, ...args], { cwd, env, patienceMs = PATIENCE_MS }) {
  // A group of its own, so that nothing an agent started outlives it.
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
