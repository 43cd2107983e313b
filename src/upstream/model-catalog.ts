/** Which models clients may name, and what each name means to the upstream. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { UpstreamModel } from '../completion/model-info.js';
import type { Config } from '../config/config.js';
import { compileGlob } from '../glob.js';
import { ApiError, NotFoundError } from '../vocabulary/errors.js';
import { findCheapestTextModel } from './cheapest-model.js';
import {
  isGlmName,
  listAliasSpellings,
  NameIndex,
  normalizeSpelling,
  removeContextSuffix,
} from './model-names.js';
import type { Upstream } from './upstream.js';

/** Age after which the upstream's list is renewed in the background, in milliseconds. */
const LIST_TTL_MS = 60_000;
/** How long the first requests wait for the upstream's list when the table would do, in milliseconds. */
const FIRST_LIST_MS = 2_000;
const FALLBACK_MODEL = 'GLM-4.5';
/** The alias target that stands for the cheapest text model. */
export const CHEAPEST = 'cheapest';

export type CatalogOptions = Pick<Config, 'modelName' | 'upstreamModel' | 'modelAliases'>;

type Source = Pick<Upstream, 'models' | 'unlistedModels' | 'knownModels'>;

export class ModelCatalog {
  #list: ModelList | undefined;
  #asked: Promise<ModelList> | undefined;
  /** Settles when the upstream's list has arrived, or after FIRST_LIST_MS. */
  #firstList: Promise<unknown> | undefined;
  #staleAt = 0;
  readonly #aliases: readonly { matches: (name: string) => boolean; target: string }[];

  constructor(
    private upstream: Source,
    private readonly options: CatalogOptions,
  ) {
    if (upstream.knownModels) this.#list = this.#build(upstream.knownModels);
    this.#aliases = options.modelAliases.map(({ pattern, target }) => ({
      matches: compileGlob(pattern),
      target,
    }));
  }

  /** Offers the models of another source from now on. */
  replace(upstream: Source): void {
    this.upstream = upstream;
    this.#list = upstream.knownModels && this.#build(upstream.knownModels);
    this.#asked = undefined;
    this.#firstList = undefined;
    this.#staleAt = 0;
  }

  /** All listed models, the default one first. Rejects with an ApiError when the upstream is needed and fails. */
  async list(): Promise<readonly UpstreamModel[]> {
    const { standard, models } = await this.#fullList();
    return [standard, ...models.filter(({ name }) => name.toLowerCase() !== standard.name.toLowerCase())];
  }

  /** The model that a listed name, in any spelling, or an alias stands for. Rejects as `list` does. */
  async find(name: string): Promise<UpstreamModel | undefined> {
    return this.#find(name, await this.#fullList());
  }

  /** Like `find`, and for names that only the upstream can judge. Throws a NotFoundError that lists the models. */
  async resolve(name: string): Promise<UpstreamModel> {
    this.#renewIfStale();
    const known = this.#list?.byName.find(name);
    if (known) return known.model;
    const list = await this.#fullList().catch((error: unknown) => this.#withoutList(error));
    const found = this.#find(name, list);
    if (found) return found;
    if (this.#mayPass(name)) return this.#unlisted(name);
    throw unknownModelError(name, [list.standard, ...list.models]);
  }

  /** @returns the upstream's id of a model of any kind: that of an alias, otherwise the name itself. Sends no request. */
  findId(name: string): string {
    return this.#find(name, this.#list ?? this.#build([]))?.id ?? name;
  }

  /** @returns the public name of a model of any kind: that of an alias's model, otherwise the name itself. Sends no request. */
  findName(name: string): string {
    return this.#find(name, this.#list ?? this.#build([]))?.name ?? name;
  }

  /** The public name of what the upstream calls `id`; `id` itself where it is none of the listed models. */
  nameOf(id: string): string {
    return this.#list?.byId.find(id)?.model.name ?? id;
  }

  #find(name: string, list: ModelList): UpstreamModel | undefined {
    return list.byName.find(name)?.model ?? this.#byAlias(name, list);
  }

  #byAlias(name: string, list: ModelList): UpstreamModel | undefined {
    const spellings = listAliasSpellings(name);
    const alias = this.#aliases.find(({ matches }) => spellings.some(matches));
    if (alias === undefined) return undefined;
    const listed = list.byName.find(alias.target)?.model;
    if (listed !== undefined || alias.target !== CHEAPEST) return listed ?? this.#unlisted(alias.target);
    return findCheapestTextModel(list.models) ?? list.standard;
  }

  #build(models: readonly UpstreamModel[]): ModelList {
    const standard = this.#standardModel(models);
    const entries = models.map((model) => ({ name: model.name, model }));
    return {
      models,
      standard,
      byName: new NameIndex([{ name: standard.name, model: standard }, ...entries]),
      byId: new NameIndex(models.map((model) => ({ name: model.id, model }))),
    };
  }

  /** MODEL_NAME: stands for UPSTREAM_MODEL where that is set, else for itself, else for the upstream's usual model. */
  #standardModel(models: readonly UpstreamModel[]): UpstreamModel {
    const { modelName, upstreamModel } = this.options;
    const names = new NameIndex(models);
    if (upstreamModel !== undefined)
      return named(modelName, names.find(upstreamModel) ?? this.#unlisted(upstreamModel));
    const listed = names.find(modelName);
    if (listed) return named(modelName, listed);
    if (this.upstream.unlistedModels === 'any')
      return named(modelName, models[0] ?? this.#unlisted(modelName));
    if (this.#mayPass(modelName)) return named(modelName, this.#unlisted(modelName));
    return named(modelName, names.find(FALLBACK_MODEL) ?? this.#unlisted(modelName));
  }

  #mayPass(name: string): boolean {
    const { unlistedModels } = this.upstream;
    return unlistedModels === 'any' || (unlistedModels === 'glm' && isGlmName(name));
  }

  #unlisted(name: string): UpstreamModel {
    const isGlm = this.upstream.unlistedModels === 'glm' && isGlmName(name);
    const id = isGlm ? normalizeSpelling(name) : removeContextSuffix(name);
    return { name: id, id, created: 0, ownedBy: isGlm ? 'z.ai' : 'unknown' };
  }

  /** A self-hosted upstream that does not list its models can still be asked by name. */
  #withoutList(error: unknown): ModelList {
    if (error instanceof ApiError && this.upstream.unlistedModels === 'any') return this.#build([]);
    throw error;
  }

  /** Where models are known without asking, the first requests wait a moment for the upstream's own list, later ones never. */
  async #fullList(): Promise<ModelList> {
    this.#renewIfStale();
    const asked = this.#asked;
    if (asked === undefined || this.#staleAt > 0) return this.#list ?? this.#build([]);
    if (this.#list === undefined) return asked;
    this.#firstList ??= Promise.race([asked, sleep(FIRST_LIST_MS, undefined, { ref: false })]);
    await this.#firstList;
    return this.#list;
  }

  #renewIfStale(): void {
    if (Date.now() >= this.#staleAt) this.#asked ??= this.#ask();
  }

  async #ask(): Promise<ModelList> {
    const { upstream } = this;
    try {
      const models = await upstream.models();
      if (upstream !== this.upstream) return this.#fullList();
      this.#list = this.#build(models);
      return this.#list;
    } catch (error) {
      if (this.#list) return this.#list;
      throw error;
    } finally {
      if (upstream === this.upstream) {
        this.#asked = undefined;
        this.#staleAt = this.#list ? Date.now() + LIST_TTL_MS : 0;
      }
    }
  }
}

interface ModelList {
  readonly models: readonly UpstreamModel[];
  /** What MODEL_NAME stands for. */
  readonly standard: UpstreamModel;
  readonly byName: NameIndex<Entry>;
  readonly byId: NameIndex<Entry>;
}

interface Entry {
  readonly name: string;
  readonly model: UpstreamModel;
}

function named(name: string, model: UpstreamModel): UpstreamModel {
  return model.name === name ? model : { ...model, name };
}

function unknownModelError(name: string, models: readonly UpstreamModel[]): NotFoundError {
  const names = new Set(models.map((model) => model.name));
  return new NotFoundError(
    `The model ${JSON.stringify(name)} does not exist. There are: ${[...names].join(', ')}.`,
    { code: 'model_not_found', param: 'model' },
  );
}
