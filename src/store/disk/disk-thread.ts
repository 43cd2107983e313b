/** The thread that has the file of the durable state. Its first message tells what the file holds, or why it cannot be used. */
import { parentPort, workerData } from 'node:worker_threads';
import { Database, type Engine, type Entry } from './database.js';
import type { Change } from './durable-state.js';

export interface ThreadOptions {
  readonly file: string;
  /** Reads the file and ends. */
  readonly readOnce: boolean;
}

export interface Failure {
  /** An error's `code`: SQLite's, the file system's or one of DatabaseError. */
  readonly code: string;
  readonly message: string;
}

export type Opened = { readonly entries: readonly Entry[] } | { readonly failure: Failure };
export type Job = { readonly changes: readonly Change[] } | { readonly copyTo: string } | 'close';
/** Answers to all jobs but `close`, in the order of the jobs. */
export type Answer = { readonly failure: Failure | undefined };

// Without `await` at the top: tests load this file as CommonJS.
void open(workerData as ThreadOptions).then((database) => {
  if (database !== undefined) parentPort?.on('message', (job: Job) => handle(database, job));
});

function handle(database: Database, job: Job): void {
  if (job === 'close') {
    attempt(() => database.close());
    parentPort?.close();
    return;
  }
  const failure = attempt(() =>
    'copyTo' in job ? database.copyTo(job.copyTo) : database.apply(job.changes),
  );
  parentPort?.postMessage({ failure } satisfies Answer);
  attempt(() => database.compact());
}

async function open({ file, readOnce }: ThreadOptions): Promise<Database | undefined> {
  try {
    const { default: engine } = (await import('libsql')) as unknown as { default: Engine };
    const opened = new Database(engine, file);
    parentPort?.postMessage({ entries: opened.readAll() } satisfies Opened);
    if (!readOnce) return opened;
    opened.close();
  } catch (error) {
    parentPort?.postMessage({ failure: toFailure(error) } satisfies Opened);
  }
  parentPort?.close();
  return undefined;
}

function attempt(work: () => void): Failure | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return toFailure(error);
  }
}

function toFailure(error: unknown): Failure {
  const { code, message } = error as NodeJS.ErrnoException;
  return { code: code ?? '', message };
}
