// The helper process of cleanup.mjs. It reads what to end, line by line, and ends it when the pipe from its parent closes.
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { killTree } from './process-tree.mjs';

const PATIENCE_MS = 120_000;
const work = new Map();

for await (const line of createInterface({ input: process.stdin })) {
  const { id, ...rest } = JSON.parse(line);
  if (Object.keys(rest).length > 0) work.set(id, rest);
  else work.delete(id);
}

// Processes end first, since they use the folders.
for (const { kill } of work.values()) if (kill) end(kill);
for (const { run } of work.values()) if (run) quietly(() => runProgram(run));
for (const { remove } of work.values()) if (remove) await removeFolder(remove);

function end({ pid, isGroup }) {
  killTree(pid, 'SIGKILL');
  // Processes whose parent has ended already.
  if (isGroup && process.platform !== 'win32') quietly(() => process.kill(-pid, 'SIGKILL'));
}

function runProgram({ command, args, ...options }) {
  execFileSync(command, args, { ...options, stdio: 'ignore', timeout: PATIENCE_MS });
}

/** Retries, since a process that writes into the folder may take a moment to end; rmSync's own retries miss new files. */
async function removeFolder(folder) {
  for (let attempt = 0; attempt < 50 && existsSync(folder); attempt += 1) {
    quietly(() => rmSync(folder, { recursive: true, force: true }));
    await sleep(100);
  }
}

/** Ignores errors about processes that have ended already. */
function quietly(act) {
  try {
    act();
  } catch {}
}
