/** Child processes of the benchmark: started on one core, measured by the operating system, ended with it. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { startProcess } from '../cleanup.mjs';

/** Core 0 is what is measured; load and upstream share core 1. Undefined: this machine cannot keep them apart. */
export const CORES = availableParallelism() >= 2 ? { measured: 0, rest: 1 } : undefined;

export interface Part {
  readonly pid: number;
  stop(): Promise<void>;
}

export interface Started extends Part {
  /** The first address that stands in what it printed. */
  readonly url: string;
}

interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly core: number | undefined;
}

/** Resolves once the process has printed its address. Rejects when it ends before. */
export async function startTalking(command: Command): Promise<Started> {
  const { child, part } = spawnOn(command);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${command.file} ${command.args.join(' ')} ended with ${code}`);
  });
  const url = await Promise.race([addressFrom(child), ended]);
  return { ...part, url };
}

/** For programs that print nothing: the caller asks them whether they are there. */
export function start(command: Command): Part {
  const { child, part } = spawnOn(command);
  // A full pipe would stop it.
  child.stdout?.resume();
  return part;
}

function spawnOn({ file, args, env, core }: Command): { child: ChildProcess; part: Part } {
  const pinned = core === undefined ? [file, ...args] : ['taskset', '-c', String(core), file, ...args];
  const [program = file, ...rest] = pinned;
  const child = startProcess(program, rest, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.on('error', (error) => console.error(`${file}: ${error.message}`));
  child.stderr.on('data', (bytes: Buffer) => process.stderr.write(bytes));
  const part = {
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }
    },
  };
  return { child, part };
}

/** What it prints later is read and dropped: a full pipe would stop it. */
async function addressFrom(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no output');
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      const url = /http:\/\/[\w.:]+\d/.exec(line)?.[0];
      if (url !== undefined) resolve(url.replace('0.0.0.0', '127.0.0.1'));
    });
  });
}

/** CPU time of all threads of a process and its children so far, in milliseconds (Linux). */
export function cpuMs(pid: number): number {
  return processesOf(pid)
    .flatMap((one) => readdirSync(`/proc/${one}/task`).map((task) => `/proc/${one}/task/${task}/schedstat`))
    .reduce((sum, file) => sum + Number(readOr(file, '0').split(' ')[0]) / 1e6, 0);
}

/** Resident memory of a process and its children, in bytes (Linux). */
export function memoryBytes(pid: number): number {
  return processesOf(pid).reduce((sum, one) => {
    const kib = /VmRSS:\s+(\d+)/.exec(readOr(`/proc/${one}/status`, ''))?.[1];
    return sum + Number(kib ?? 0) * 1024;
  }, 0);
}

/** From now on `peakMemoryBytes` is that of the time since (Linux). */
export function resetPeakMemory(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** The kernel's own high-water mark: no sample can miss it. */
export function peakMemoryBytes(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readOr(`/proc/${pid}/status`, ''))?.[1] ?? 0) * 1024;
}

function processesOf(pid: number): number[] {
  const below = readOr(`/proc/${pid}/task/${pid}/children`, '').trim();
  return [
    pid,
    ...below
      .split(' ')
      .filter(Boolean)
      .flatMap((child) => processesOf(Number(child))),
  ];
}

/** A thread may end between the listing and the reading. */
function readOr(file: string, fallback: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return fallback;
  }
}
