/** Responses that later requests refer to: what a request refers to is recalled, its own response is kept. */
import { isFields } from '../protocol/fields.js';
import {
  findReferences,
  isReference,
  type Recalled,
  type References,
  toItems,
} from '../protocol/openai-responses/references.js';
import type { ResponseStore } from '../store/response-store.js';
import { StoreUnavailableError } from '../store/store.js';
import { ApiError, BadRequestError } from '../vocabulary/errors.js';
import { ByteBudget, createTooLongError } from './byte-budget.js';
import type { Sealing } from './seal.js';
import {
  type Item,
  MAX_JSON_BYTES,
  type ResponseResource,
  SealedEntries,
  type SealedEntry,
} from './sealed-entries.js';

/** Responses that one request may refer to. */
const MAX_ENTRIES = 1_000;
const PARAM = 'previous_response_id';

/** Keeps a finished response. Resolves whether it is kept. */
export type KeepResponse = (response: object) => Promise<boolean>;

/** Every method rejects with an ApiError while the store is unavailable. A KeepResponse resolves false then. */
export class KeptResponses {
  readonly #entries: SealedEntries;

  /**
   * @param ttlMs Lifetime of a response after its last use, in milliseconds.
   * @param maxRecalledBytes Limit of the JSON that one request may recall.
   */
  constructor(
    store: ResponseStore,
    ttlMs: number,
    private readonly maxRecalledBytes: number,
  ) {
    this.#entries = new SealedEntries(store, ttlMs);
  }

  /** @returns undefined if the client asks not to keep its response */
  createKeeper(body: unknown, deriveSealing: () => Sealing): KeepResponse | undefined {
    if (!isFields(body) || body.store === false) return undefined;
    const input = toItems(body.input);
    return (response) => this.#keep(response as ResponseResource, input, deriveSealing());
  }

  /**
   * Reads the conversation that a body continues, and the items that it or the conversation refers to. Items that are not
   * kept are missing in `byId`. Rejects with a BadRequestError if the conversation is not kept for this key or is too long.
   * @returns undefined if the body has no references
   */
  async recall(body: unknown, deriveSealing: () => Sealing): Promise<Recalled | undefined> {
    const references = findReferences(body);
    return references && translateUnavailable(this.#recall(references, deriveSealing()));
  }

  /** @returns undefined if the response is not kept for this key */
  find(responseId: string, sealing: Sealing): Promise<ResponseResource | undefined> {
    const budget = new ByteBudget(MAX_JSON_BYTES);
    return translateUnavailable(this.#readOne(responseId, sealing, (entry) => entry.response(budget)));
  }

  /** Reads the input of a response, with items in place of references. @returns undefined if it is not kept for this key */
  findInput(responseId: string, sealing: Sealing): Promise<Item[] | undefined> {
    const budget = new ByteBudget(MAX_JSON_BYTES);
    const read = async (entry: SealedEntry) => {
      const input = await entry.input(budget);
      return input && this.#resolveAll(input, sealing, budget);
    };
    return translateUnavailable(this.#readOne(responseId, sealing, read));
  }

  /** Deletes a response. Resolves true if it was kept for this key. */
  async delete(responseId: string, sealing: Sealing): Promise<boolean> {
    const id = parseResponseId(responseId);
    return id !== undefined && translateUnavailable(this.#entries.delete(id, sealing));
  }

  async #keep(response: ResponseResource, input: readonly Item[], sealing: Sealing): Promise<boolean> {
    const id = parseResponseId(response.id);
    if (id === undefined) return false;
    try {
      return await this.#entries.write(id, response, input, sealing);
    } catch (error) {
      // The answer matters more; the response says that it is not kept.
      if (error instanceof StoreUnavailableError) return false;
      throw error;
    }
  }

  async #recall({ previousResponseId, itemIds }: References, sealing: Sealing): Promise<Recalled> {
    const budget = new ByteBudget(this.maxRecalledBytes);
    const items = await this.#readConversation(previousResponseId, sealing, budget);
    const byId = await this.#readItems([...itemIds, ...listReferences(items)], sealing, budget);
    return { items: items.map((item) => resolveReference(item, byId)), byId };
  }

  /** Items of all turns, oldest first. */
  async #readConversation(
    last: string | undefined,
    sealing: Sealing,
    budget: ByteBudget,
  ): Promise<readonly Item[]> {
    const turns: (readonly Item[])[] = [];
    const read = async (entry: SealedEntry) => {
      const [input, response] = [await entry.input(budget), await entry.response(budget)];
      return input && response && { input, response };
    };
    let next = last;
    while (next !== undefined) {
      if (turns.length >= MAX_ENTRIES) throw createTooLongError();
      const found = await this.#readOne(next, sealing, read);
      if (found === undefined) throw notKept();
      turns.push([...found.input, ...found.response.output]);
      const { previous_response_id: previous } = found.response;
      next = typeof previous === 'string' ? previous : undefined;
    }
    return turns.reverse().flat();
  }

  async #resolveAll(items: readonly Item[], sealing: Sealing, budget: ByteBudget): Promise<Item[]> {
    const byId = await this.#readItems(listReferences(items), sealing, budget);
    return items.map((item) => resolveReference(item, byId));
  }

  async #readItems(
    itemIds: readonly string[],
    sealing: Sealing,
    budget: ByteBudget,
  ): Promise<Map<string, Item>> {
    const ids = new Set(itemIds.flatMap((itemId) => parseItemId(itemId) ?? []));
    if (ids.size > MAX_ENTRIES) throw createTooLongError();
    const byId = new Map<string, Item>();
    for await (const entry of this.#entries.read([...ids], sealing)) {
      const response = await entry.response(budget);
      for (const item of response?.output ?? []) byId.set(String(item.id), item);
    }
    return byId;
  }

  async #readOne<T>(
    responseId: string,
    sealing: Sealing,
    read: (entry: SealedEntry) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const id = parseResponseId(responseId);
    if (id === undefined) return undefined;
    for await (const entry of this.#entries.read([id], sealing)) return read(entry);
    return undefined;
  }
}

async function translateUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    throw new ApiError(
      'store_unavailable',
      'Kept responses cannot be read at the moment; try again, or send the whole conversation as input.',
      { suggestedRetryAfterMs: 1_000 },
    );
  }
}

function notKept(): BadRequestError {
  return new BadRequestError(
    'The response that previous_response_id continues is not kept (any more) for this key; send the whole conversation as input.',
    { code: 'previous_response_not_found', param: PARAM },
  );
}

function listReferences(items: readonly Item[]): string[] {
  return items.flatMap((item) => (isReference(item) ? [item.id] : []));
}

function resolveReference(item: Item, byId: ReadonlyMap<string, Item>): Item {
  return (isReference(item) && byId.get(item.id)) || item;
}

/** @returns the 32 hexadecimal digits of a response's id (`resp_…`), undefined if the id has another form */
function parseResponseId(responseId: string): string | undefined {
  return /^resp_([0-9a-f]{32})$/.exec(responseId)?.[1];
}

/** @returns the digits of the response that an item belongs to: its id (`msg_…0`) begins with them */
function parseItemId(itemId: string): string | undefined {
  return /^[a-z]+_([0-9a-f]{32})\d+$/.exec(itemId)?.[1];
}
