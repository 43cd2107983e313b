/** Remembers the fields that the upstream refuses, for each model, for an hour and in bounded memory. */

const LIFETIME_MS = 60 * 60 * 1000;
/** Self-hosted servers are asked for any model that a client names. The model that learnt nothing for longest is forgotten. */
const MAX_MODELS = 100;
const MAX_FIELDS = 20;

const NONE: ReadonlySet<string> = new Set();

export class RefusedFields {
  /** Model id → field → when it is tried again, in milliseconds. */
  readonly #models = new Map<string, Map<string, number>>();

  constructor(private readonly now: () => number = Date.now) {}

  /** The fields to leave out of a request for this model. */
  of(model: string): ReadonlySet<string> {
    const fields = this.#models.get(model);
    if (fields === undefined) return NONE;
    const now = this.now();
    return new Set([...fields].flatMap(([field, until]) => (until > now ? [field] : [])));
  }

  remember(model: string, field: string, lifetimeMs = LIFETIME_MS): void {
    const fields = this.#models.get(model) ?? new Map<string, number>();
    // Deleted first: a map iterates in the order of insertion, so that the first key is the oldest.
    this.#models.delete(model);
    this.#models.set(model, fields);
    fields.delete(field);
    fields.set(field, this.now() + lifetimeMs);
    dropOldest(fields, MAX_FIELDS);
    dropOldest(this.#models, MAX_MODELS);
  }
}

function dropOldest(map: Map<string, unknown>, limit: number): void {
  for (const key of map.keys()) {
    if (map.size <= limit) return;
    map.delete(key);
  }
}
