/** The upstream entries of the configuration, each with its client, and what to ask of which. */
import type { RequestedModel } from '../completion/request.js';
import type { UpstreamEntry } from '../config/upstream-entry.js';
import { createUpstream, type UpstreamConfig, type UpstreamHooks } from '../upstream/create-upstream.js';
import type { Upstream } from '../upstream/upstream.js';
import { getGroup, Pools } from './pools.js';
import type { RoutePlan, Router } from './route.js';

interface Member {
  readonly entry: UpstreamEntry;
  readonly upstream: Upstream;
}

export class Upstreams implements Router {
  readonly #members: readonly [Member, ...Member[]];
  readonly #pools: Pools;

  constructor(
    config: UpstreamConfig & { readonly upstreams: readonly UpstreamEntry[] },
    hooks: UpstreamHooks = {},
  ) {
    const { upstreams } = config;
    this.#members = upstreams.map((entry) => ({
      entry,
      upstream: createUpstream(entry, config, hooks),
    })) as unknown as [Member, ...Member[]];
    this.#pools = new Pools(upstreams);
  }

  /** The one whose models clients may name. */
  get source(): Upstream {
    return this.#members[0].upstream;
  }

  plan(model: RequestedModel): RoutePlan {
    const routes = this.#members.map(({ entry, upstream }) => ({
      entry: entry.name,
      upstream,
      model,
      group: getGroup(entry, model.id),
    }));
    return { pool: this.#pools.getPool(model.id), routes };
  }

  /** The configured slots of a pool's groups. */
  getGroups(pool: string): Record<string, UpstreamEntry['slots']> {
    return this.#pools.getGroups(pool);
  }

  /** Asks for a new guest of the web chat. Rejects with an ApiError. */
  mintGuestToken(): Promise<string> {
    const guests = this.#members.find(({ upstream }) => upstream.mintGuestToken !== undefined);
    return guests?.upstream.mintGuestToken?.() ?? Promise.reject(new Error('no upstream has guests'));
  }
}
