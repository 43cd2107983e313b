/** A map of values that were read as bytes, and are decoded when they are used: most slots of the statistics never are. */
export class LazyMap<K, V> {
  readonly #decoded = new Map<K, V>();
  readonly #encoded: Map<K, Buffer>;

  constructor(
    encoded: Iterable<readonly [K, Buffer]>,
    private readonly decode: (bytes: Buffer) => V,
  ) {
    this.#encoded = new Map(encoded);
  }

  get size(): number {
    return this.#decoded.size + this.#encoded.size;
  }

  get(key: K): V | undefined {
    const bytes = this.#encoded.get(key);
    if (bytes !== undefined) this.set(key, this.decode(bytes));
    return this.#decoded.get(key);
  }

  set(key: K, value: V): void {
    this.#encoded.delete(key);
    this.#decoded.set(key, value);
  }

  delete(key: K): void {
    this.#encoded.delete(key);
    this.#decoded.delete(key);
  }

  keys(): K[] {
    return [...this.#encoded.keys(), ...this.#decoded.keys()];
  }
}
