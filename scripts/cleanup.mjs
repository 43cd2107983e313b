// Ends the processes that this process has started when it ends, SIGKILL included. A second process does the work: it
// holds a pipe from this one and acts when the pipe closes.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('cleanup-process.mjs', import.meta.url));

let pipe;
let lastId = 0;

/**
 * As `spawn`, for a process that must not outlive this one. At the end it, what it has started, and its group (with
 * `detached`) get SIGKILL.
 * @type {typeof import('./cleanup.d.mts').startProcess}
 */
export function startProcess(command, args, options = {}) {
  const child = spawn(command, args, options);
  if (child.pid === undefined) return child; // its `error` event tells why
  const release = atEnd({ kill: { pid: child.pid, isGroup: options.detached === true } });
  // The system may reuse its process id later.
  child.once('exit', release);
  return child;
}

/** A new folder under the system's temporary one, which is removed with all in it. @param {string} prefix */
export function makeTemporaryFolder(prefix) {
  const folder = mkdtempSync(path.join(tmpdir(), prefix));
  atEnd({ remove: folder });
  return folder;
}

/**
 * Runs a program at the end, without a terminal. The returned function cancels that.
 * @type {typeof import('./cleanup.d.mts').runAtEnd}
 */
export function runAtEnd({ command, args, cwd, env }) {
  return atEnd({ run: { command, args, cwd, env } });
}

function atEnd(work) {
  pipe ??= startCleanupProcess();
  lastId += 1;
  const id = lastId;
  send({ id, ...work });
  return () => send({ id });
}

function send(message) {
  pipe.write(`${JSON.stringify(message)}\n`);
}

function startCleanupProcess() {
  const child = spawn(process.execPath, [PROGRAM], {
    // A process group of its own: Ctrl+C must not end it before its work.
    detached: true,
    windowsHide: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    // Its working folder must not be one that is removed.
    cwd: tmpdir(),
    env: { ...process.env, NODE_OPTIONS: '', NODE_V8_COVERAGE: '' },
  });
  child.unref();
  child.stdin.unref();
  child.stdin.on('error', () => {}); // somebody killed it
  return child.stdin;
}
