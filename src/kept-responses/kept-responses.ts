/** Responses that later requests refer to: sealed for the API key that asked, in the store, for a time. */
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { ResponseStore } from '../store/response-store.js';
import { type Sealing, seal, unseal } from './seal.js';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Of one entry, compressed. */
const MAX_ENTRY_BYTES = 2 * 1024 * 1024;
/** Of one entry as JSON: more is not even compressed. */
const MAX_JSON_BYTES = 32 * 1024 * 1024;
/** Turns of one conversation. */
const MAX_TURNS = 1_000;

type Item = Record<string, unknown>;

/** A response with what its client sent for it. */
export interface KeptResponse {
  /** The response as the client received it. Its `previous_response_id` continues the conversation backwards. */
  readonly response: Item & { readonly id: string; readonly output: readonly Item[] };
  /** Items of the request's input, references included. */
  readonly input: readonly Item[];
}

/** What a request refers to. */
export interface References {
  readonly previousResponseId: string | undefined;
  readonly itemIds: readonly string[];
}

export interface Recalled {
  /** Items of the conversation so far, oldest first. */
  readonly items: readonly Item[];
  /** Items by id. */
  readonly byId: ReadonlyMap<string, Item>;
}

/** A response that is referred to is unknown, has ended, or belongs to another key. */
export class ResponseNotKeptError extends Error {}
/** The conversation that is referred to is longer than a request may be. */
export class RecalledTooLongError extends Error {}

export class KeptResponses {
  constructor(
    private readonly store: ResponseStore,
    /** How long a response is kept after its last use, in milliseconds. */
    private readonly ttlMs: number,
  ) {}

  /** Resolves false if the response is too large. Rejects with a StoreUnavailableError. */
  async keep(kept: KeptResponse, sealing: Sealing): Promise<boolean> {
    const id = parseResponseId(kept.response.id);
    const json = Buffer.from(JSON.stringify(kept));
    if (id === undefined || json.length > MAX_JSON_BYTES) return false;
    const sealed = seal(await deflate(json), nameOf(id), sealing);
    if (sealed.length > MAX_ENTRY_BYTES) return false;
    await this.store.keepResponse(sealing.owner, id, sealed, this.ttlMs);
    return true;
  }

  /** @returns `undefined` if it is not kept for this key. Rejects with a StoreUnavailableError. */
  async find(responseId: string, sealing: Sealing): Promise<KeptResponse | undefined> {
    const id = parseResponseId(responseId);
    if (id === undefined) return undefined;
    const [found] = await this.#read([id], sealing);
    return found?.kept;
  }

  /** Resolves true if it was kept for this key. Rejects with a StoreUnavailableError. */
  async delete(responseId: string, { owner }: Sealing): Promise<boolean> {
    const id = parseResponseId(responseId);
    return id !== undefined && (await this.store.deleteResponse(owner, id));
  }

  /**
   * The conversation that a request continues, and the items that it or the conversation refers to. Items that are not
   * kept are missing in `byId`.
   *
   * @param maxBytes of all JSON that is read
   * Rejects with a ResponseNotKeptError, a RecalledTooLongError or a StoreUnavailableError.
   */
  async recall(references: References, sealing: Sealing, maxBytes: number): Promise<Recalled> {
    const budget = new ByteBudget(maxBytes);
    const turns = await this.#readTurns(references.previousResponseId, sealing, budget);
    const items = turns.flatMap(({ input, response }) => [...input, ...response.output]);
    const ownIds = items.flatMap(({ type, id }) =>
      type === 'item_reference' && typeof id === 'string' ? [id] : [],
    );
    const byId = await this.#readItems([...references.itemIds, ...ownIds], sealing, budget);
    return { items: items.map((item) => resolveReference(item, byId)), byId };
  }

  async #readTurns(last: string | undefined, sealing: Sealing, budget: ByteBudget): Promise<KeptResponse[]> {
    const turns: KeptResponse[] = [];
    let next = last;
    while (next !== undefined) {
      const id = parseResponseId(next);
      const [found] = id === undefined ? [] : await this.#read([id], sealing);
      if (found === undefined) throw new ResponseNotKeptError();
      if (turns.length >= MAX_TURNS) throw new RecalledTooLongError();
      budget.spend(found.bytes);
      turns.push(found.kept);
      const { previous_response_id: previous } = found.kept.response;
      next = typeof previous === 'string' ? previous : undefined;
    }
    return turns.reverse();
  }

  async #readItems(
    itemIds: readonly string[],
    sealing: Sealing,
    budget: ByteBudget,
  ): Promise<Map<string, Item>> {
    const responseIds = new Set(itemIds.flatMap((itemId) => parseItemId(itemId) ?? []));
    const byId = new Map<string, Item>();
    for (const found of await this.#read([...responseIds], sealing)) {
      if (found === undefined) continue;
      budget.spend(found.bytes);
      for (const item of found.kept.response.output) byId.set(String(item.id), item);
    }
    return byId;
  }

  async #read(
    ids: readonly string[],
    sealing: Sealing,
  ): Promise<({ kept: KeptResponse; bytes: number } | undefined)[]> {
    const entries = await this.store.readResponses(sealing.owner, ids, this.ttlMs);
    return Promise.all(
      entries.map(async (sealed, index) => {
        const plain = sealed && unseal(sealed, nameOf(String(ids[index])), sealing);
        if (plain === undefined) return undefined;
        const json = await inflate(plain, { maxOutputLength: MAX_JSON_BYTES });
        return { kept: JSON.parse(json.toString()) as KeptResponse, bytes: json.length };
      }),
    );
  }
}

class ByteBudget {
  constructor(private left: number) {}

  spend(bytes: number): void {
    this.left -= bytes;
    if (this.left < 0) throw new RecalledTooLongError();
  }
}

function resolveReference(item: Item, byId: ReadonlyMap<string, Item>): Item {
  return (item.type === 'item_reference' && byId.get(String(item.id))) || item;
}

/** Id, sequence and type of an entry: the data that is authenticated with it. */
function nameOf(id: string): string {
  return `${id} 0 response`;
}

/** @returns the 32 hexadecimal digits of `resp_…` */
function parseResponseId(responseId: string): string | undefined {
  return /^resp_([0-9a-f]{32})$/.exec(responseId)?.[1];
}

/** @returns those of the response that an item's id begins with: `msg_…0` */
function parseItemId(itemId: string): string | undefined {
  return /^[a-z]+_([0-9a-f]{32})\d+$/.exec(itemId)?.[1];
}
