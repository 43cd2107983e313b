/** The upstream entries of the configuration, each with its client: which of them answers a request. */
import type { RequestedModel } from '../completion/request.js';
import type { UpstreamEntry } from '../config/upstream-entry.js';
import { createUpstream, type UpstreamConfig, type UpstreamHooks } from '../upstream/create-upstream.js';
import { isGlmName, normalizeSpelling } from '../upstream/model-names.js';
import type { Upstream } from '../upstream/upstream.js';
import { PermissionDeniedError } from '../vocabulary/errors.js';
import type { PlanQuota } from '../vocabulary/plan-quota.js';
import { type Member, ModelSource } from './model-source.js';
import { getGroup, Pools } from './pools.js';
import { type Candidate, chooseRoutes } from './preference.js';
import type { Asker, Route, RoutePlan, Router } from './route.js';

export interface Entries {
  readonly upstreams: readonly UpstreamEntry[];
  /** `undefined` without UPSTREAMS_FILE. */
  readonly upstreamsDigest: string | undefined;
}

type Source = Pick<Upstream, 'models' | 'unlistedModels' | 'knownModels'>;

export class Upstreams implements Router {
  #members: readonly Member[] = [];
  /** `undefined` without UPSTREAMS_FILE. */
  #models: ModelSource | undefined;
  #pools = new Pools([]);
  #digest: string | undefined;
  /** Since the start: requests to entries that were replaced may still run. */
  readonly #tokens = new Set<string>();
  readonly #listeners = new Set<() => void>();
  #generation = 0;

  constructor(
    private readonly config: UpstreamConfig & Entries,
    private readonly hooks: UpstreamHooks = {},
  ) {
    this.replace(config);
  }

  /** See `Router`. */
  get generation(): number {
    return this.#generation;
  }

  onReplaced(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells those who wait that the entries were replaced. */
  tellReplaced(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Takes other entries over. The clients of those that stay go on, with their sockets and what they have learnt. */
  replace({ upstreams, upstreamsDigest }: Entries): void {
    const before = this.#members;
    this.#generation += 1;
    this.#members = upstreams.map((entry) => ({ entry, upstream: this.#createClient(entry, before) }));
    this.#pools = new Pools(upstreams);
    this.#models = upstreamsDigest === undefined ? undefined : new ModelSource(this.#members);
    this.#digest = upstreamsDigest;
    for (const { token } of upstreams) if (token !== undefined) this.#tokens.add(token);
  }

  /** Whose models clients may name; changes with the entries. */
  get source(): Source {
    return this.#models ?? (this.#members[0] as Member).upstream;
  }

  get names(): string[] {
    return this.#members.map(({ entry }) => entry.name);
  }

  /** See `Config`. */
  get digest(): string | undefined {
    return this.#digest;
  }

  get tokens(): Iterable<string> {
    return this.#tokens;
  }

  #createClient(entry: UpstreamEntry, before: readonly Member[]): Upstream {
    const same = before.find(
      ({ entry: { url, protocol, token } }) =>
        url === entry.url && protocol === entry.protocol && token === entry.token,
    );
    return same?.upstream ?? createUpstream(entry, this.config, this.hooks);
  }

  plan(model: RequestedModel, asker: Asker): RoutePlan {
    const pool = this.#pools.getPool(model.id);
    if (this.#models === undefined)
      return { pool, routes: this.#members.map((one) => toRoute(one, model)), isTold: false };
    const routes = this.#findRoutes(model, this.#models, asker);
    const [first] = routes;
    if (first === undefined) throw notForCaller(model);
    const ofFirst = this.#pools.getPool(first.model.id);
    // A pool has one queue: what the configuration does not join to it cannot be waited for at the same time.
    return {
      pool: ofFirst,
      routes: routes.filter((route) => this.#pools.getPool(route.model.id) === ofFirst),
      isTold: true,
    };
  }

  serves(model: RequestedModel, asker: Omit<Asker, 'conversation'>): boolean {
    if (this.#models === undefined) return true;
    return this.#findRoutes(model, this.#models, { ...asker, conversation: () => '' }).length > 0;
  }

  #findRoutes(model: RequestedModel, models: ModelSource, asker: Asker): Route[] {
    const candidates = [...this.#findServing(model, models, asker), ...this.#findFallbacks(model, models)];
    return chooseRoutes(candidates, asker);
  }

  /** The configured slots of a pool's groups. */
  getGroups(pool: string): Record<string, UpstreamEntry['slots']> {
    return this.#pools.getGroups(pool);
  }

  /** The pool that a group belongs to. */
  getPoolOf(group: string): string {
    return this.#pools.getPoolOf(group);
  }

  /** The entries that are coding plans, by name: each reads its quota, which may be unknown. */
  get planQuotas(): ReadonlyMap<string, () => Promise<PlanQuota | undefined>> {
    return new Map(
      this.#members.flatMap(({ entry, upstream }) => {
        const read = upstream.readPlanQuota?.bind(upstream);
        return read === undefined ? [] : [[entry.name, read] as const];
      }),
    );
  }

  /** Asks for a new guest of the web chat. Rejects with an ApiError. */
  mintGuestToken(): Promise<string> {
    const guests = this.#members.find(
      ({ entry, upstream }) => entry.token === undefined && upstream.mintGuestToken !== undefined,
    );
    return guests?.upstream.mintGuestToken?.() ?? Promise.reject(new Error('no upstream has guests'));
  }

  /** The caller's entries that list the model. Where none does: those that may know it anyway. */
  #findServing(model: RequestedModel, models: ModelSource, asker: Asker): Candidate[] {
    const mine = this.#members.filter(({ entry: { owner } }) => owner === undefined || owner === asker.owner);
    const listing = (find: (member: Member) => RequestedModel | undefined) =>
      mine.flatMap((member) => {
        const found = find(member);
        return found === undefined ? [] : [toCandidate(member, { info: model.info, ...found })];
      });
    const named = listing((member) => models.findByName(member, model.name));
    if (named.length > 0) return named;
    // MODEL_NAME may be a name of its own, and stand for a model that is listed under another.
    const withId = listing((member) => models.findById(member, model.id));
    if (withId.length > 0) return withId;
    const open = mine.filter(({ entry }) => entry.models === undefined);
    const knowing = open.filter(
      ({ upstream: { unlistedModels } }) =>
        unlistedModels === 'any' || (unlistedModels === 'glm' && isGlmName(model.id)),
    );
    const isOfOthers = this.#members.some((member) => models.findByName(member, model.name) !== undefined);
    return (knowing.length > 0 || isOfOthers ? knowing : open).map((member) => {
      const isGlm = member.upstream.unlistedModels === 'glm' && isGlmName(model.id);
      return toCandidate(member, isGlm ? { ...model, id: normalizeSpelling(model.id) } : model);
    });
  }

  #findFallbacks(model: RequestedModel, models: ModelSource): Candidate[] {
    return this.#members.flatMap((member) => {
      const wanted = normalizeSpelling(model.name);
      const pair = Object.entries(member.entry.fallback).find(([name]) => normalizeSpelling(name) === wanted);
      if (pair === undefined) return [];
      const name = pair[1];
      const found = models.findByName(member, name) ?? { name, id: name };
      return [toCandidate(member, found, true)];
    });
  }
}

function toCandidate(member: Member, model: RequestedModel, isFallback = false): Candidate {
  return { entry: member.entry, route: toRoute(member, model, isFallback) };
}

function toRoute({ entry, upstream }: Member, model: RequestedModel, isFallback = false): Route {
  return { entry: entry.name, upstream, model, group: getGroup(entry, model.id), isFallback };
}

function notForCaller({ name }: RequestedModel): PermissionDeniedError {
  return new PermissionDeniedError(
    `No upstream of this gateway serves ${JSON.stringify(name)} for your key.`,
    {
      code: 'model_not_available',
      param: 'model',
    },
  );
}
