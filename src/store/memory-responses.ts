/** Kept responses in this process. Maps are in order of use, so that their first entries expire first. */
import { totalmem } from 'node:os';
import { type DurableState, VolatileState } from './disk/durable-state.js';
import {
  ENTRY_OVERHEAD_BYTES,
  MAX_KEPT_BYTES,
  MAX_OWNER_BYTES,
  type ResponseStore,
} from './response-store.js';

const SEALED = 'response:sealed';
const ENDS = 'response:ends';

interface Entry {
  readonly owner: string;
  readonly id: string;
  readonly sealed: Buffer;
  /** Unix milliseconds. */
  readonly endsAt: number;
  /** Whether it is on the disk, or waits for it. */
  readonly isWritten: boolean;
}

export class MemoryResponses implements ResponseStore {
  readonly #entries = new Map<string, Entry>();
  readonly #owners = new Map<string, { bytes: number; readonly keys: Set<string> }>();
  #bytes = 0;

  constructor(
    private readonly state: DurableState = new VolatileState(),
    private readonly now: () => number = Date.now,
    private readonly maxBytes = computeMaxBytes(),
  ) {
    this.#readState();
  }

  async keepResponse(owner: string, id: string, sealed: Buffer, ttlMs: number): Promise<void> {
    this.#removeEnded();
    // A full disk would let what waits for it grow.
    const isWritten = this.state.problem === undefined;
    const entry = { owner, id, sealed, endsAt: this.now() + ttlMs, isWritten };
    const size = computeSize(entry);
    this.#remove(buildKey(owner, id));
    while (this.#ownerBytes(owner) + size > MAX_OWNER_BYTES) this.#removeFirst(this.#owners.get(owner)?.keys);
    while (this.#bytes > 0 && this.#bytes + size > this.maxBytes) this.#removeFirst(this.#entries);
    this.#add(entry);
    this.#write(entry);
  }

  async readResponses(owner: string, ids: readonly string[], ttlMs: number): Promise<(Buffer | undefined)[]> {
    this.#removeEnded();
    return ids.map((id) => {
      const entry = this.#entries.get(buildKey(owner, id));
      if (entry === undefined) return undefined;
      const renewed = { ...entry, endsAt: this.now() + ttlMs };
      this.#forget(entry);
      this.#add(renewed);
      this.#writeEnd(renewed);
      return entry.sealed;
    });
  }

  async deleteResponse(owner: string, id: string): Promise<boolean> {
    this.#removeEnded();
    return this.#remove(buildKey(owner, id));
  }

  clear(): void {
    this.#entries.clear();
    this.#owners.clear();
    this.#bytes = 0;
  }

  #ownerBytes(owner: string): number {
    return this.#owners.get(owner)?.bytes ?? 0;
  }

  #add(entry: Entry): void {
    const key = buildKey(entry.owner, entry.id);
    const owner = this.#owners.get(entry.owner) ?? { bytes: 0, keys: new Set() };
    this.#owners.set(entry.owner, owner);
    this.#entries.set(key, entry);
    owner.keys.add(key);
    owner.bytes += computeSize(entry);
    this.#bytes += computeSize(entry);
  }

  #removeFirst(keys: { keys(): Iterator<string> } | undefined): void {
    const first = keys?.keys().next().value;
    if (first !== undefined) this.#remove(first);
  }

  #remove(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#forget(entry);
    if (entry.isWritten)
      for (const namespace of [SEALED, ENDS]) this.state.writeLater(namespace, key, () => undefined);
    return true;
  }

  #forget(entry: Entry): void {
    const key = buildKey(entry.owner, entry.id);
    this.#entries.delete(key);
    this.#bytes -= computeSize(entry);
    const owner = this.#owners.get(entry.owner);
    owner?.keys.delete(key);
    if (owner !== undefined) owner.bytes -= computeSize(entry);
    if (owner?.keys.size === 0) this.#owners.delete(entry.owner);
  }

  #removeEnded(): void {
    for (const [key, { endsAt }] of this.#entries) {
      if (endsAt > this.now()) return;
      this.#remove(key);
    }
  }

  /** In the order in which they end; those that have ended meanwhile are removed by the next call. */
  #readState(): void {
    const ends = this.state.readEntries(ENDS);
    const entries = [...this.state.readEntries(SEALED)].map(([key, sealed]) => {
      const [owner = '', id = ''] = key.split(':');
      return { owner, id, sealed, endsAt: Number(ends.get(key) ?? 0), isWritten: true };
    });
    for (const entry of entries.sort((one, other) => one.endsAt - other.endsAt)) this.#add(entry);
  }

  #write(entry: Entry): void {
    if (!entry.isWritten) return;
    this.state.writeLater(SEALED, buildKey(entry.owner, entry.id), () => entry.sealed);
    this.#writeEnd(entry);
  }

  /** Apart from the bytes, which stay as they are when the entry is used. */
  #writeEnd({ owner, id, endsAt, isWritten }: Entry): void {
    if (isWritten) this.state.writeLater(ENDS, buildKey(owner, id), () => String(endsAt));
  }
}

/** @returns MAX_KEPT_BYTES, or a quarter of the memory that this process may use if that is less */
function computeMaxBytes(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  const available = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.min(MAX_KEPT_BYTES, available / 4);
}

function buildKey(owner: string, id: string): string {
  return `${owner}:${id}`;
}

function computeSize({ sealed }: Entry): number {
  return sealed.length + ENTRY_OVERHEAD_BYTES;
}
