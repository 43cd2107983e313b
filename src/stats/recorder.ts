/** Hands what this replica counts to the store, a batch at most every 250 ms, each applied exactly once. */
import type { Logger } from '../logger.js';
import { BatchBuilder, type StatsBatch } from './batch.js';
import type { RequestRecord } from './request-record.js';

const WRITE_EVERY_MS = 250;

export interface BatchSink {
  /** Adds a batch to the counts unless that replica's batch of that number was added before. */
  recordBatch(batch: StatsBatch): Promise<void>;
}

export class StatsRecorder {
  #next = new BatchBuilder();
  /** Sent, perhaps even applied, but not acknowledged: it keeps its number and content until it is. */
  #frozen: StatsBatch | undefined;
  #number = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #failing = false;

  constructor(
    private readonly sink: BatchSink,
    private readonly replica: string,
    private readonly log: Logger,
  ) {}

  record(record: RequestRecord): void {
    this.#next.add(record);
    this.#schedule();
  }

  /** Writes what there is now. Resolves true when nothing is left, false when the store would not take it. */
  async flush(): Promise<boolean> {
    await this.#writing;
    await this.#write();
    // What came in while the frozen batch was retried.
    if (!this.#failing) await this.#write();
    return this.#frozen === undefined && this.#next.isEmpty;
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#write();
    }, WRITE_EVERY_MS).unref();
  }

  /** One at a time: the answer to a batch sent twice must not be taken for that of the next one. */
  #write(): Promise<void> {
    this.#writing ??= this.#writeNow().finally(() => {
      this.#writing = undefined;
      if (this.#frozen || !this.#next.isEmpty) this.#schedule();
    });
    return this.#writing;
  }

  async #writeNow(): Promise<void> {
    if (this.#frozen === undefined) {
      if (this.#next.isEmpty) return;
      this.#number += 1;
      this.#frozen = this.#next.build(this.replica, this.#number);
      this.#next = new BatchBuilder();
    }
    try {
      await this.sink.recordBatch(this.#frozen);
      this.#frozen = undefined;
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.log.warn({ err: error }, 'statistics wait until the store is back');
      this.#failing = true;
    }
  }
}
