/** Where one request may go: which upstream entries can serve it, and in which order. */
import type { RequestedModel } from '../completion/request.js';
import type { Upstream } from '../upstream/upstream.js';

/** One entry that can serve a request. */
export interface Route {
  /** Name of the upstream entry. */
  readonly entry: string;
  readonly upstream: Pick<Upstream, 'stream' | 'post'>;
  /** As this entry is asked for it. */
  readonly model: RequestedModel;
  /** The slots that the request takes one of. */
  readonly group: string;
  /** Another model than the client asked for: only after all others have failed. */
  readonly isFallback: boolean;
}

export interface RoutePlan {
  /** The queue in which the request waits. */
  readonly pool: string;
  /** In order of preference, fallbacks last. Not empty. */
  readonly routes: readonly Route[];
  /** There are named entries: clients and records are told which one answers. */
  readonly isTold: boolean;
}

/** Who asks. */
export interface Asker {
  /** Whom entries with an owner may belong to: the member of the key, or the key itself; `undefined` for the public key. */
  readonly owner: string | undefined;
  /** Whether the caller may use the model. */
  readonly mayUse: (model: string) => boolean;
  /** @returns the same text for all turns of a conversation. Called only where there is a choice. */
  readonly conversation: () => string;
}

export interface Router {
  /** The credentials of the upstreams, which no client may see. */
  readonly tokens: Iterable<string>;
  /** Counts how often the entries were replaced: plans of another number are old. */
  readonly generation: number;
  /** Throws an ApiError when no entry may serve the model for this caller. */
  plan(model: RequestedModel, asker: Asker): RoutePlan;
  /** Whether an entry may serve the model for this caller. */
  serves(model: RequestedModel, asker: Omit<Asker, 'conversation'>): boolean;
  /** Calls `listener` each time after the entries were replaced. @returns A function that ends it. */
  onReplaced(listener: () => void): () => void;
}
