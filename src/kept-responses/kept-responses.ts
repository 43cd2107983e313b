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
import type { Sealing } from './seal.js';
import { type Entry, type Item, type KeptResponse, MAX_JSON_BYTES, SealedEntries } from './sealed-entries.js';

/** Turns of one conversation. */
const MAX_TURNS = 1_000;
const PARAM = 'previous_response_id';

/** Keeps a finished response. Resolves whether it is kept. */
export type KeepResponse = (response: object) => Promise<boolean>;

/** Every method rejects with an ApiError while the store cannot be asked, but a KeepResponse resolves false. */
export class KeptResponses {
  readonly #entries: SealedEntries;

  /**
   * @param ttlMs how long a response is kept after its last use, in milliseconds
   * @param maxRecalledBytes of all that one request recalls, as JSON
   */
  constructor(
    store: ResponseStore,
    ttlMs: number,
    private readonly maxRecalledBytes: number,
  ) {
    this.#entries = new SealedEntries(store, ttlMs);
  }

  /** @returns `undefined` if the client wants its response not kept */
  keeperOf(body: unknown, sealing: Sealing): KeepResponse | undefined {
    if (!isFields(body) || body.store === false) return undefined;
    const input = toItems(body.input);
    return (response) => this.#keep({ response: response as KeptResponse['response'], input }, sealing);
  }

  /**
   * The conversation that a body continues, and the items that it or the conversation refers to; `undefined` when it
   * refers to nothing. Items that are not kept are missing in `byId`. Rejects with a BadRequestError where the conversation
   * is not kept for this key or is too long.
   */
  async recall(body: unknown, sealing: Sealing): Promise<Recalled | undefined> {
    const references = findReferences(body);
    return references && orUnavailable(this.#recall(references, sealing));
  }

  /** @returns `undefined` if it is not kept for this key */
  async find(responseId: string, sealing: Sealing): Promise<KeptResponse | undefined> {
    const [found] = await orUnavailable(this.#read(responseId, sealing));
    return found && { response: found.response, input: found.input };
  }

  /** The items of a response's input, those that it refers to in place of references. */
  async inputOf({ input }: KeptResponse, sealing: Sealing): Promise<Item[]> {
    const budget = new ByteBudget(MAX_JSON_BYTES);
    const byId = await orUnavailable(this.#readItems(referencesIn(input), sealing, budget));
    return input.map((item) => resolveReference(item, byId));
  }

  /** Resolves true if it was kept for this key. */
  async delete(responseId: string, sealing: Sealing): Promise<boolean> {
    const id = parseResponseId(responseId);
    return id !== undefined && orUnavailable(this.#entries.delete(id, sealing));
  }

  async #keep(kept: KeptResponse, sealing: Sealing): Promise<boolean> {
    const id = parseResponseId(kept.response.id);
    if (id === undefined) return false;
    try {
      return await this.#entries.write(id, kept, sealing);
    } catch (error) {
      // The answer matters more; the response says that it is not kept.
      if (error instanceof StoreUnavailableError) return false;
      throw error;
    }
  }

  async #recall({ previousResponseId, itemIds }: References, sealing: Sealing): Promise<Recalled> {
    const budget = new ByteBudget(this.maxRecalledBytes);
    const turns = await this.#readTurns(previousResponseId, sealing, budget);
    const items = turns.flatMap(({ input, response }) => [...input, ...response.output]);
    const byId = await this.#readItems([...itemIds, ...referencesIn(items)], sealing, budget);
    return { items: items.map((item) => resolveReference(item, byId)), byId };
  }

  /** Oldest first. */
  async #readTurns(last: string | undefined, sealing: Sealing, budget: ByteBudget): Promise<Entry[]> {
    const turns: Entry[] = [];
    let next = last;
    while (next !== undefined) {
      const [found] = await this.#read(next, sealing);
      if (found === undefined) throw notKept();
      if (turns.length >= MAX_TURNS) throw tooLong();
      budget.spend(found.bytes);
      turns.push(found);
      const { previous_response_id: previous } = found.response;
      next = typeof previous === 'string' ? previous : undefined;
    }
    return turns.reverse();
  }

  async #readItems(
    itemIds: readonly string[],
    sealing: Sealing,
    budget: ByteBudget,
  ): Promise<Map<string, Item>> {
    const ids = new Set(itemIds.flatMap((itemId) => parseItemId(itemId) ?? []));
    const byId = new Map<string, Item>();
    for (const found of await this.#entries.read([...ids], sealing)) {
      if (found === undefined) continue;
      budget.spend(found.bytes);
      for (const item of found.response.output) byId.set(String(item.id), item);
    }
    return byId;
  }

  async #read(responseId: string, sealing: Sealing): Promise<(Entry | undefined)[]> {
    const id = parseResponseId(responseId);
    return id === undefined ? [] : this.#entries.read([id], sealing);
  }
}

class ByteBudget {
  constructor(private left: number) {}

  spend(bytes: number): void {
    this.left -= bytes;
    if (this.left < 0) throw tooLong();
  }
}

async function orUnavailable<T>(work: Promise<T>): Promise<T> {
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

function tooLong(): BadRequestError {
  return new BadRequestError(
    'The conversation that this request continues is longer than a request may be; send a shorter one as input.',
    { code: 'context_length_exceeded', param: PARAM },
  );
}

function referencesIn(items: readonly Item[]): string[] {
  return items.flatMap((item) => (isReference(item) ? [item.id] : []));
}

function resolveReference(item: Item, byId: ReadonlyMap<string, Item>): Item {
  return (isReference(item) && byId.get(item.id)) || item;
}

/** @returns the 32 hexadecimal digits of `resp_…` */
function parseResponseId(responseId: string): string | undefined {
  return /^resp_([0-9a-f]{32})$/.exec(responseId)?.[1];
}

/** @returns those of the response that an item's id begins with: `msg_…0` */
function parseItemId(itemId: string): string | undefined {
  return /^[a-z]+_([0-9a-f]{32})\d+$/.exec(itemId)?.[1];
}
