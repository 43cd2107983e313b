// Runs other programs for the scripts, without a shell: the same on Linux, macOS and Windows.
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { startProcess } from './cleanup.mjs';
import { killTree } from './process-tree.mjs';

/** Something the user can act on: shown as its message alone, without a stack. */
export class TaskError extends Error {
  name = 'TaskError';

  /** @param {string} message @param {number} exitCode */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * How to run npm. npm tells the scripts it runs where it is; started otherwise, it is looked for. On Windows npm
 * is a .cmd file, which only a shell can run, so there npm-cli.js (always beside it) is run with this Node.
 * @param {string[]} args
 */
export function npmCommand(args, { env = process.env, platform = process.platform } = {}) {
  const folders = platform === 'win32' ? [path.dirname(process.execPath), ...searchPath(env)] : [];
  const scripts = folders.map((folder) => path.join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'));
  // Another package manager puts itself into npm_execpath, hence the look at the name.
  if (path.basename(env.npm_execpath ?? '') === 'npm-cli.js') scripts.unshift(env.npm_execpath);
  const script = scripts.find((file) => existsSync(file));
  const name = `npm ${args[0]}`;
  return script
    ? { command: process.execPath, args: [script, ...args], name }
    : { command: 'npm', args, name };
}

/** @param {string} command */
export function isInstalled(command, env = process.env) {
  const names = process.platform === 'win32' ? [`${command}.exe`, `${command}.cmd`] : [command];
  return searchPath(env).some((folder) => names.some((name) => existsSync(path.join(folder, name))));
}

/** Announces, runs, reports the duration. The output is shown, and a TaskError thrown, only on failure. */
export async function runQuietly(command, { cwd, announce }) {
  const startedAt = performance.now();
  process.stderr.write(`${announce} `);
  const { code, output } = await run(command, { cwd, capture: true });
  if (code === 0) {
    process.stderr.write(`done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
    return;
  }
  process.stderr.write(`failed\n${output}`);
  throw new TaskError(`${command.name} failed with exit code ${code}.`, code);
}

/**
 * Runs a program to its end; its exit code is 128 + the signal's number when a signal ended it, as in a shell.
 * With capture its output is collected, without it the terminal is shared. `limits` are spawn's `timeout` and `signal`.
 * @returns {Promise<{ code: number, output: string, stdout: string }>} `output` is stdout and stderr as they came
 */
export async function run(
  { command, args, name },
  { cwd, capture = false, env = process.env, ...limits } = {},
) {
  const stdio = capture ? ['ignore', 'pipe', 'pipe'] : 'inherit';
  const child = startProcess(command, args, { cwd, env, stdio, ...limits });
  const stopForwarding = forwardSignals(child);
  try {
    const output = collectOutput(child);
    const code = await exitCode(child);
    return { code, output: output.all.join(''), stdout: output.stdout.join('') };
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    throw new TaskError(`${name}: the program "${command}" was not found.`, 127);
  } finally {
    stopForwarding();
  }
}

function collectOutput(child) {
  const pieces = { all: [], stdout: [] };
  const collect = (stream, ...lists) => {
    stream?.setEncoding('utf8').on('data', (piece) => {
      for (const list of lists) list.push(piece);
    });
  };
  collect(child.stdout, pieces.all, pieces.stdout);
  collect(child.stderr, pieces.all);
  return pieces;
}

function exitCode(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

/** Stopping us stops the child: an npm left running alone would meet the next start's npm in node_modules. */
function forwardSignals(child) {
  const terminate = () => killTree(child.pid, 'SIGTERM');
  // Ctrl+C in a terminal has reached the child already; a second one would cut its tidying up short.
  const interrupt = () => process.stdin.isTTY || killTree(child.pid, 'SIGINT');
  process.on('SIGTERM', terminate).on('SIGINT', interrupt);
  return () => process.off('SIGTERM', terminate).off('SIGINT', interrupt);
}

function searchPath(env) {
  return (env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
}
