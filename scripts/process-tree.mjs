// A process and its descendants. npm runs programs through a shell that forwards no signals.
import { execFileSync } from 'node:child_process';

/**
 * Sends a signal to a process and to its descendants in the same process group. Descendants with a group of their own were
 * started to outlive it. On Windows every signal ends a process at once.
 * @param {number} pid @param {NodeJS.Signals} signal
 */
export function killTree(pid, signal) {
  if (process.platform === 'win32') return endOnWindows(pid);
  const processes = listProcesses();
  const { group } = processes.find((each) => each.pid === pid) ?? {};
  const below = descendantsOf(pid, processes).filter((each) => each.group === group);
  for (const each of [pid, ...below.map((one) => one.pid)]) {
    try {
      process.kill(each, signal);
    } catch {} // it has ended by itself
  }
}

/** @param {number} pid @returns {import('./process-tree.d.mts').ListedProcess[]} empty where there is no `ps` */
export function descendantsOf(pid, processes = listProcesses()) {
  const children = processes.filter(({ parent }) => parent === pid);
  return children.flatMap((child) => [child, ...descendantsOf(child.pid, processes)]);
}

function listProcesses() {
  try {
    const columns = ['pid', 'ppid', 'pgid', 'args'].flatMap((name) => ['-o', `${name}=`]);
    const rows = execFileSync('ps', ['-A', ...columns], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    return rows.trim().split('\n').map(parseRow);
  } catch {
    return [];
  }
}

function parseRow(row) {
  const [, pid, parent, group, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s*(.*)/.exec(row) ?? [];
  return { pid: Number(pid), parent: Number(parent), group: Number(group), command };
}

function endOnWindows(pid) {
  try {
    execFileSync('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore' });
  } catch {}
}
