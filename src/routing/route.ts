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
}

export interface RoutePlan {
  /** The queue in which the request waits. */
  readonly pool: string;
  /** In order of preference. Not empty. */
  readonly routes: readonly Route[];
}

/** Who asks. */
export interface Asker {
  /** `undefined` for the public key. */
  readonly keyName: string | undefined;
  /** @returns the same text for all turns of a conversation. Called only where there is a choice. */
  readonly conversation: () => string;
}

export interface Router {
  /** Rejects with an ApiError when no entry may serve the model for this caller. */
  plan(model: RequestedModel, asker: Asker): RoutePlan;
}
