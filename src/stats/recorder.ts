/** Writes what this replica counts to the store: at most one batch per 250 ms, each applied exactly once. */
import type { Logger } from '../logger.js';
import { BatchBuilder, type StatsBatch } from './batch.js';
import type { RequestRecord } from './request-record.js';

const WRITE_EVERY_MS = 250;

export interface BatchSink {
  /** Adds a batch to the counts unless the replica's batch of that number was added before. */
  recordBatch(batch: StatsBatch): Promise<void>;
}

export class StatsRecorder {
  #next: BatchBuilder;
  /** Sent but not acknowledged. It may have been applied, so its number and content stay the same until it is acknowledged. */
  #frozen: StatsBatch | undefined;
  #number = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #failing = false;

  constructor(
    private readonly sink: BatchSink,
    private readonly replica: string,
    private readonly log: Logger,
    /** Of the days of the usage. */
    private readonly zone: string,
  ) {
    this.#next = new BatchBuilder(zone);
  }

  record(record: RequestRecord): void {
    this.#next.add(record);
    this.#schedule();
  }

  /** Writes everything recorded so far. Resolves to whether the store took it. */
  async flush(): Promise<boolean> {
    await this.#writing;
    await this.#write();
    // Records that arrived while the frozen batch was retried.
    if (!this.#failing) await this.#write();
    return this.#frozen === undefined && this.#next.isEmpty;
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#write();
    }, WRITE_EVERY_MS).unref();
  }

  /** Writes one batch at a time, so that a late answer to a repeated batch cannot be mistaken for the next one's. */
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
      this.#next = new BatchBuilder(this.zone);
    }
    try {
      await this.sink.recordBatch(this.#frozen);
      this.#frozen = undefined;
      this.#failing = false;
    } catch (error) {
      if (!this.#failing)
        this.log.warn(`statistics wait until the store is back: ${(error as Error).message}`);
      this.#failing = true;
    }
  }
}
