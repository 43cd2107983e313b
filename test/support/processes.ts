/** Child processes with their output and exit code. They end with the test runner, even if it is killed. */
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { startProcess } from '../../scripts/cleanup.mjs';

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export class Program {
  stdout = '';
  stderr = '';
  /** stdout and stderr in order of arrival. */
  output = '';
  /** Resolves when the process has ended and its output was read. */
  readonly ended: Promise<Outcome>;
  readonly child: ChildProcess;
  #hasEnded = false;
  #waiting: (() => void)[] = [];

  constructor(command: string, args: readonly string[], options: SpawnOptions = {}) {
    this.child = startProcess(command, args, options);
    for (const name of ['stdout', 'stderr'] as const) {
      this.child[name]?.setEncoding('utf8').on('data', (text: string) => {
        this[name] += text;
        this.output += text;
        this.#wake();
      });
    }
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code) => {
        this.#hasEnded = true;
        this.#wake();
        resolve({ code, stdout: this.stdout, stderr: this.stderr });
      });
    });
    this.ended.catch(() => undefined);
  }

  /** Resolves with the first match in the output. Rejects if the process ends without one. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.output);
      if (found) return found;
      if (this.#hasEnded) throw new Error(`It ended before it printed ${pattern}: ${this.output}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.child.kill(signal);
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Starts the Node that runs the tests. */
export function startNode(args: readonly string[], options: SpawnOptions = {}): Program {
  return new Program(process.execPath, args, options);
}

/** False for a zombie too: PID 1 of a container may take seconds to collect it. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !isZombie(pid);
  } catch {
    return false;
  }
}

function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  // pid (command) state …
  return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}
