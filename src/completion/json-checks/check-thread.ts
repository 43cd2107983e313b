/** A worker thread with a limit on the CPU time of each job. It starts with its first job and ends with a job past the limit. */
import type { Worker } from 'node:worker_threads';
import { startThread } from '../../thread.js';
import type { CheckJob, CheckResult } from './run-check.js';
import { threadCpuMs } from './thread-cpu.js';

/** CPU time of one job. Compiling takes about 1.5 ms per thousand characters of schema. */
const CPU_LIMIT_MS = 500;
/** Elapsed time of one job, for systems that give it no CPU time or do not report it. */
const WALL_LIMIT_MS = 10_000;
const LOOK_MS = 20;

/** A job exceeded its time. */
export class CheckTimeoutError extends Error {}

interface Started {
  readonly worker: Worker;
  /** The system's id of the thread. */
  readonly thread: string | undefined;
}

export class CheckThread {
  #started: Promise<Started> | undefined;

  /** Rejects with a CheckTimeoutError past the limit. One job at a time. */
  async run(job: CheckJob): Promise<CheckResult> {
    this.#started ??= start();
    const { worker, thread } = await this.#started;
    worker.ref();
    try {
      return await withinLimits(worker, thread, job);
    } catch (error) {
      this.close();
      throw error;
    } finally {
      // An idle thread does not keep the process alive.
      worker.unref();
    }
  }

  close(): void {
    const started = this.#started;
    this.#started = undefined;
    started?.then(({ worker }) => worker.terminate()).catch(() => undefined);
  }
}

async function start(): Promise<Started> {
  const worker = startThread(new URL('./check-worker.js', import.meta.url));
  const { thread } = await next<{ thread: string | undefined }>(worker);
  return { worker, thread };
}

async function withinLimits(worker: Worker, thread: string | undefined, job: CheckJob): Promise<CheckResult> {
  const cpu = () => (thread === undefined ? undefined : threadCpuMs(thread));
  const cpuBefore = cpu() ?? 0;
  const startedAt = performance.now();
  let watch: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    watch = setInterval(() => {
      const elapsedMs = performance.now() - startedAt;
      const cpuMs = (cpu() ?? cpuBefore + elapsedMs) - cpuBefore;
      if (cpuMs > CPU_LIMIT_MS || elapsedMs > WALL_LIMIT_MS) reject(new CheckTimeoutError());
    }, LOOK_MS);
  });
  const result = next<CheckResult>(worker);
  worker.postMessage(job);
  try {
    return await Promise.race([result, tooLong]);
  } finally {
    clearInterval(watch);
    // A result after the limit is ignored.
    result.catch(() => undefined);
  }
}

/** Resolves with the next message. Rejects if the thread ends first, by an error or out of memory. */
function next<Message>(worker: Worker): Promise<Message> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
    };
    const onMessage = (message: Message) => {
      settle();
      resolve(message);
    };
    const onError = (error: Error) => {
      settle();
      reject(error);
    };
    const onExit = () => {
      settle();
      reject(new CheckTimeoutError());
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}
