/**
 * Responses in the store, each with the input of its own request. Both are compressed and sealed apart for the API key that
 * asked, so that one can be read without the other. An entry is the length of the first part (32 bits), the response, the
 * input.
 */
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { ResponseStore } from '../store/response-store.js';
import { type ByteBudget, createTooLongError } from './byte-budget.js';
import { type Sealing, seal, unseal } from './seal.js';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Limit of a compressed entry, in bytes. */
const MAX_ENTRY_BYTES = 2 * 1024 * 1024;
/** Limit of each part's JSON, in bytes: larger parts are not compressed. */
export const MAX_JSON_BYTES = 32 * 1024 * 1024;
/** Entries per reply of the store, to bound the size of a reply. */
const BATCH_SIZE = 8;
const LENGTH_BYTES = 4;
/** Sequence and type of each part: authenticated with the id. */
const RESPONSE = '0 response';
const INPUT = '1 input';

export type Item = Readonly<Record<string, unknown>>;

/** The response as the client received it. Its `previous_response_id` continues the conversation backwards. */
export type ResponseResource = Item & { readonly id: string; readonly output: readonly Item[] };

/** Ids are those of responses without `resp_`. Every method rejects with a StoreUnavailableError. */
export class SealedEntries {
  constructor(
    private readonly store: ResponseStore,
    /** How long an entry lives after its last use, in milliseconds. */
    private readonly ttlMs: number,
  ) {}

  /** `input` holds references, too. Resolves false if they are too large. */
  async write(
    id: string,
    response: ResponseResource,
    input: readonly Item[],
    sealing: Sealing,
  ): Promise<boolean> {
    const first = await pack(response, `${id} ${RESPONSE}`, sealing);
    const second = await pack(input, `${id} ${INPUT}`, sealing);
    if (first === undefined || second === undefined) return false;
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(first.length);
    const entry = Buffer.concat([length, first, second]);
    if (entry.length > MAX_ENTRY_BYTES) return false;
    await this.store.keepResponse(sealing.owner, id, entry, this.ttlMs);
    return true;
  }

  /** Yields the entries that are kept for this key. */
  async *read(ids: readonly string[], sealing: Sealing): AsyncGenerator<SealedEntry, void, undefined> {
    for (let start = 0; start < ids.length; start += BATCH_SIZE) {
      const batch = ids.slice(start, start + BATCH_SIZE);
      const found = await this.store.readResponses(sealing.owner, batch, this.ttlMs);
      for (const [index, bytes] of found.entries()) {
        if (bytes !== undefined) yield new SealedEntry(String(batch[index]), bytes, sealing);
      }
    }
  }

  /** Resolves true if it was kept for this key. */
  delete(id: string, { owner }: Sealing): Promise<boolean> {
    return this.store.deleteResponse(owner, id);
  }
}

/** Methods reject with a BadRequestError if the budget is exceeded. */
export class SealedEntry {
  constructor(
    private readonly id: string,
    private readonly bytes: Buffer,
    private readonly sealing: Sealing,
  ) {}

  /** @returns `undefined` if it was not sealed with this key */
  async response(budget: ByteBudget): Promise<ResponseResource | undefined> {
    const part = this.bytes.subarray(LENGTH_BYTES, this.#inputAt());
    return (await unpack(part, `${this.id} ${RESPONSE}`, this.sealing, budget)) as ResponseResource;
  }

  /** @returns `undefined` if it was not sealed with this key */
  async input(budget: ByteBudget): Promise<readonly Item[] | undefined> {
    const part = this.bytes.subarray(this.#inputAt());
    return (await unpack(part, `${this.id} ${INPUT}`, this.sealing, budget)) as readonly Item[];
  }

  #inputAt(): number {
    return this.bytes.length < LENGTH_BYTES ? 0 : LENGTH_BYTES + this.bytes.readUInt32BE(0);
  }
}

async function pack(value: unknown, name: string, sealing: Sealing): Promise<Buffer | undefined> {
  const json = Buffer.from(JSON.stringify(value));
  return json.length > MAX_JSON_BYTES ? undefined : seal(await deflate(json), name, sealing);
}

async function unpack(sealed: Buffer, name: string, sealing: Sealing, budget: ByteBudget): Promise<unknown> {
  const plain = unseal(sealed, name, sealing);
  if (plain === undefined) return undefined;
  const json = await inflate(plain, { maxOutputLength: Math.max(1, budget.left) }).catch((error) => {
    throw error.code === 'ERR_BUFFER_TOO_LARGE' ? createTooLongError() : error;
  });
  budget.spend(json.length);
  return JSON.parse(json.toString());
}
