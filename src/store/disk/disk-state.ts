/** The durable state in a file of DATA_DIR. */
import type { Logger } from '../../logger.js';
import { StoreUnavailableError } from '../store.js';
import { describeFailure } from './describe-failure.js';
import type { DiskFile, DiskFileError } from './disk-file.js';
import type { Change, DurableState } from './durable-state.js';
import { groupEntries } from './group-entries.js';

/** What is written later waits this long for more. With the statistics' own delay it stays below a second. */
const LATER_MS = 500;
const AGAIN_MS = 5_000;

interface Pending {
  readonly namespace: string;
  readonly key: string;
  readonly encode: () => Change['value'];
}

export class DiskState implements DurableState {
  problem: string | undefined;
  readonly #entries: Map<string, Map<string, Buffer>>;
  /** By namespace and key. */
  #pending = new Map<string, Pending>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(
    private readonly file: DiskFile,
    private readonly folder: string,
    private readonly log: Logger,
  ) {
    this.#entries = groupEntries(file.entries);
  }

  readEntries(namespace: string): ReadonlyMap<string, Buffer> {
    const entries = this.#entries.get(namespace) ?? new Map<string, Buffer>();
    this.#entries.delete(namespace); // whoever reads it keeps it
    return entries;
  }

  async write(changes: readonly Change[]): Promise<void> {
    // An older value that waits must not follow.
    for (const { namespace, key } of changes) this.#pending.delete(buildName(namespace, key));
    await this.#apply(changes);
  }

  writeLater(namespace: string, key: string, encode: () => Change['value']): void {
    this.#pending.set(buildName(namespace, key), { namespace, key, encode });
    this.#schedule();
  }

  async copyTo(file: string): Promise<void> {
    await this.#writing;
    await this.#writePending();
    await this.file.copyTo(file);
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#writePending();
    clearTimeout(this.#timer);
    await this.file.close();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        void this.#writePending();
      },
      this.problem === undefined ? LATER_MS : AGAIN_MS,
    ).unref();
  }

  /** One transaction at a time, so that a slow disk gathers changes instead of jobs. */
  #writePending(): Promise<void> {
    this.#writing ??= this.#writePendingNow().finally(() => {
      this.#writing = undefined;
      if (this.#pending.size > 0) this.#schedule();
    });
    return this.#writing;
  }

  async #writePendingNow(): Promise<void> {
    const pending = this.#pending;
    if (pending.size === 0) return;
    this.#pending = new Map();
    const changes = [...pending.values()].map(({ encode, ...name }) => ({ ...name, value: encode() }));
    try {
      await this.#apply(changes);
    } catch {
      this.#pending = new Map([...pending, ...this.#pending]);
    }
  }

  async #apply(changes: readonly Change[]): Promise<void> {
    try {
      await this.file.apply(changes);
    } catch (error) {
      const problem = describeFailure(error as DiskFileError);
      if (this.problem === undefined)
        this.log.warn(`${problem}: ${this.folder}. Requests go on; what changes now is lost at a restart`);
      this.problem = problem;
      throw new StoreUnavailableError(problem);
    }
    if (this.problem !== undefined) this.log.info(`DATA_DIR can be written again: ${this.folder}`);
    this.problem = undefined;
  }
}

function buildName(namespace: string, key: string): string {
  return `${namespace}\n${key}`;
}
