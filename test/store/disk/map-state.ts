/** A durable state in memory, to open stores from what others have written. */
import type { Change, DurableState } from '../../../src/store/disk/durable-state.js';

export class MapState implements DurableState {
  problem: string | undefined;
  readonly #written = new Map<string, Buffer>();
  readonly #waiting = new Map<string, () => Change['value']>();

  /** By namespace and key, of all namespaces. */
  get size(): number {
    this.#flush();
    return this.#written.size;
  }

  readEntries(namespace: string): ReadonlyMap<string, Buffer> {
    this.#flush();
    const own = [...this.#written].filter(([name]) => name.startsWith(`${namespace}\n`));
    return new Map(own.map(([name, value]) => [name.slice(namespace.length + 1), Buffer.from(value)]));
  }

  async write(changes: readonly Change[]): Promise<void> {
    for (const { namespace, key, value } of changes) this.#set(`${namespace}\n${key}`, value);
  }

  writeLater(namespace: string, key: string, encode: () => Change['value']): void {
    this.#waiting.set(`${namespace}\n${key}`, encode);
  }

  async close(): Promise<void> {}

  #flush(): void {
    for (const [name, encode] of this.#waiting) this.#set(name, encode());
    this.#waiting.clear();
  }

  #set(name: string, value: Change['value']): void {
    if (value === undefined) this.#written.delete(name);
    else this.#written.set(name, Buffer.from(value as Uint8Array));
  }
}
