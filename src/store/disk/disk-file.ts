/** The state's file as this thread sees it: jobs for the thread that has it open. */
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { startThread } from '../../thread.js';
import type { Entry } from './database.js';
import type { Answer, Failure, Job, Opened, ThreadOptions } from './disk-thread.js';
import type { Change } from './durable-state.js';

const THREAD_ENDED: Failure = { code: '', message: 'the thread that writes the state has ended' };

/** The file cannot be opened, read or written; `code` as in `Failure`. */
export class DiskFileError extends Error {
  readonly code: string;

  constructor({ code, message }: Failure) {
    super(message);
    this.code = code;
  }
}

export class DiskFile {
  /** Jobs that were not answered, oldest first. */
  readonly #jobs: ((failure: Failure | undefined) => void)[] = [];
  readonly #exited: Promise<unknown>;

  private constructor(
    private readonly worker: Worker,
    readonly entries: readonly Entry[],
  ) {
    this.#exited = once(worker, 'exit');
    worker.on('message', ({ failure }: Answer) => this.#settle(failure));
    worker.on('error', () => undefined); // its exit ends the jobs
    worker.on('exit', () => {
      while (this.#jobs.length > 0) this.#settle(THREAD_ENDED);
    });
    worker.unref(); // an idle thread does not keep the process alive
  }

  /** Rejects with a DiskFileError. */
  static async open(options: ThreadOptions): Promise<DiskFile> {
    const worker = startThread(new URL('./disk-thread.js', import.meta.url), options);
    const ended = once(worker, 'exit').then((): Opened => ({ failure: THREAD_ENDED }));
    const opened = await Promise.race([once(worker, 'message').then(([first]) => first as Opened), ended]);
    if ('failure' in opened) throw new DiskFileError(opened.failure);
    return new DiskFile(worker, opened.entries);
  }

  /** One transaction. Resolves when it is on the disk. Rejects with a DiskFileError. */
  apply(changes: readonly Change[]): Promise<void> {
    return this.#run({ changes });
  }

  /** Writes all that is there to a new file. Rejects with a DiskFileError. */
  copyTo(file: string): Promise<void> {
    return this.#run({ copyTo: file });
  }

  async close(): Promise<void> {
    this.worker.ref();
    this.#post('close');
    await this.#exited;
  }

  #run(job: Job): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#jobs.push((failure) => (failure ? reject(new DiskFileError(failure)) : resolve()));
      this.worker.ref();
      this.#post(job);
    });
  }

  #post(job: Job): void {
    this.worker.postMessage(job);
  }

  #settle(failure: Failure | undefined): void {
    this.#jobs.shift()?.(failure);
    if (this.#jobs.length === 0) this.worker.unref();
  }
}
