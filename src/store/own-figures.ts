/**
 * What this replica alone counts while the shared store is away, so that a page that is opened then has figures. Forgotten
 * when the store is back: the recorder has written the same records there.
 */
import { BatchBuilder } from '../stats/batch.js';
import type { RequestRecord } from '../stats/request-record.js';
import { MemoryStore } from './memory-store.js';

/** Name of the batches' replica; nobody else writes to this store. */
const OWN = 'own';

export interface OwnReading {
  readonly store: MemoryStore;
  /** When the store was first found away, in Unix milliseconds. */
  readonly since: number;
}

export class OwnFigures {
  #away:
    | { readonly store: MemoryStore; readonly since: number; builder: BatchBuilder; batches: number }
    | undefined;

  constructor(
    /** Why the shared store is away, `undefined` when it is not. */
    private readonly degraded: () => string | undefined,
    /** Time zone of the days of the usage. */
    private readonly zone: string,
    private readonly now: () => number = Date.now,
  ) {}

  record(record: RequestRecord): void {
    this.#check()?.builder.add(record);
  }

  /** @returns undefined unless the store is away */
  async read(): Promise<OwnReading | undefined> {
    const away = this.#check();
    if (away === undefined) return undefined;
    if (!away.builder.isEmpty) {
      away.batches += 1;
      const batch = away.builder.build(OWN, away.batches);
      away.builder = new BatchBuilder(this.zone);
      await away.store.recordBatch(batch);
    }
    return { store: away.store, since: away.since };
  }

  #check() {
    if (this.degraded() === undefined) this.#away = undefined;
    else
      this.#away ??= {
        store: new MemoryStore(this.now),
        since: this.now(),
        builder: new BatchBuilder(this.zone),
        batches: 0,
      };
    return this.#away;
  }
}
