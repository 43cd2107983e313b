// Runs other programs for the scripts, without a shell: the same on Linux, macOS and Windows.
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { startProcess } from './cleanup.mjs';
import { killTree } from './process-tree.mjs';

/** An error that the user can act on. It is shown without a stack trace. */
export class TaskError extends Error {
  name = 'TaskError';

  /** @param {string} message @param {number} exitCode */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * How to run npm. npm tells its scripts where it is; otherwise it is looked up on the PATH. On Windows npm is a .cmd file,
 * which needs a shell, so npm-cli.js beside it is run with this Node.
 * @param {string[]} args
 */
export function npmCommand(args, { env = process.env, platform = process.platform } = {}) {
  const folders = platform === 'win32' ? [path.dirname(process.execPath), ...searchPath(env)] : [];
  const scripts = folders.map((folder) => path.join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'));
  // Other package managers also set npm_execpath, so the name is checked.
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

/** Announces the command, runs it and reports the duration. On failure it shows the output and throws a TaskError. */
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
 * Runs a program to its end. If a signal ended it, the exit code is 128 + the signal's number, as in a shell. With `capture`
 * the output is collected, otherwise the terminal is shared. `limits` are spawn's `timeout` and `signal`.
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

/** Stops the child together with this process: an npm that keeps running would collide with the next start's npm. */
function forwardSignals(child) {
  const terminate = () => killTree(child.pid, 'SIGTERM');
  // Ctrl+C in a terminal has reached the child already; a second signal would interrupt its cleanup.
  const interrupt = () => process.stdin.isTTY || killTree(child.pid, 'SIGINT');
  process.on('SIGTERM', terminate).on('SIGINT', interrupt);
  return () => process.off('SIGTERM', terminate).off('SIGINT', interrupt);
}

function searchPath(env) {
  return (env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
}
