/** Responses in the store: compressed, sealed for the API key that asked, each with the input of its own request. */
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { ResponseStore } from '../store/response-store.js';
import { type Sealing, seal, unseal } from './seal.js';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Of one entry, compressed. */
const MAX_ENTRY_BYTES = 2 * 1024 * 1024;
/** Of one entry as JSON: more is not even compressed. */
export const MAX_JSON_BYTES = 32 * 1024 * 1024;

export type Item = Readonly<Record<string, unknown>>;

/** A response with what its client sent for it. */
export interface KeptResponse {
  /** The response as the client received it. Its `previous_response_id` continues the conversation backwards. */
  readonly response: Item & { readonly id: string; readonly output: readonly Item[] };
  /** Items of the request's input, references included. */
  readonly input: readonly Item[];
}

/** An entry with the bytes of its JSON. */
export interface Entry extends KeptResponse {
  readonly bytes: number;
}

/** Ids are those of responses without `resp_`. Every method rejects with a StoreUnavailableError. */
export class SealedEntries {
  constructor(
    private readonly store: ResponseStore,
    /** How long an entry lives after its last use, in milliseconds. */
    private readonly ttlMs: number,
  ) {}

  /** Resolves false if the response is too large. */
  async write(id: string, kept: KeptResponse, sealing: Sealing): Promise<boolean> {
    const json = Buffer.from(JSON.stringify(kept));
    if (json.length > MAX_JSON_BYTES) return false;
    const sealed = seal(await deflate(json), nameOf(id), sealing);
    if (sealed.length > MAX_ENTRY_BYTES) return false;
    await this.store.keepResponse(sealing.owner, id, sealed, this.ttlMs);
    return true;
  }

  /** In the order of `ids`, `undefined` where none is kept for this key. */
  async read(ids: readonly string[], sealing: Sealing): Promise<(Entry | undefined)[]> {
    const entries = await this.store.readResponses(sealing.owner, ids, this.ttlMs);
    return Promise.all(
      entries.map(async (sealed, index) => {
        const plain = sealed && unseal(sealed, nameOf(String(ids[index])), sealing);
        if (plain === undefined) return undefined;
        const json = await inflate(plain, { maxOutputLength: MAX_JSON_BYTES });
        return { ...(JSON.parse(json.toString()) as KeptResponse), bytes: json.length };
      }),
    );
  }

  /** Resolves true if it was kept for this key. */
  delete(id: string, { owner }: Sealing): Promise<boolean> {
    return this.store.deleteResponse(owner, id);
  }
}

/** Id, sequence and type of an entry: the data that is authenticated with it. */
function nameOf(id: string): string {
  return `${id} 0 response`;
}
