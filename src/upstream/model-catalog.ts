/** Which models clients may name, and what each name means to the upstream. */
import type { Config } from '../config.js';
import { ApiError, NotFoundError } from '../errors.js';
import { compileGlob } from '../glob.js';
import type { Upstream, UpstreamModel } from './upstream.js';

/** A list that had to be asked for is believed this long, in milliseconds; then it is renewed in the background. */
const LIST_TTL_MS = 60_000;
const FALLBACK_MODEL = 'GLM-4.5';

export type CatalogOptions = Pick<Config, 'modelName' | 'upstreamModel' | 'modelAliases'>;

export class ModelCatalog {
  #models: readonly UpstreamModel[] | undefined;
  #asked: Promise<readonly UpstreamModel[]> | undefined;
  #staleAt = 0;
  readonly #aliases: readonly { matches: (name: string) => boolean; target: string }[];

  constructor(
    private readonly upstream: Pick<Upstream, 'models' | 'acceptsUnlistedModels'>,
    private readonly options: CatalogOptions,
  ) {
    this.#aliases = options.modelAliases.map(({ pattern, target }) => ({
      matches: compileGlob(pattern),
      target,
    }));
  }

  /** All listed models, the default one first. Rejects with an ApiError when the upstream had to be asked in vain. */
  async list(): Promise<readonly UpstreamModel[]> {
    const models = await this.#upstreamModels();
    const standard = this.#standardModel(models);
    return [standard, ...models.filter((model) => !sameName(model.name, standard.name))];
  }

  /** Throws a NotFoundError that names the models there are. */
  async resolve(name: string): Promise<UpstreamModel> {
    const models = await this.#upstreamModels().catch((error: unknown) => this.#withoutList(error));
    const found = this.#find(name, models) ?? this.#byAlias(name, models);
    if (found) return found;
    if (this.upstream.acceptsUnlistedModels) return unlisted(name);
    const names = [this.options.modelName, ...models.map((model) => model.name)];
    throw new NotFoundError(
      `The model ${JSON.stringify(name)} does not exist. There are: ${[...new Set(names)].join(', ')}. ` +
        'MODEL_ALIASES can map other names to these.',
      { code: 'model_not_found', param: 'model' },
    );
  }

  #find(name: string, models: readonly UpstreamModel[]): UpstreamModel | undefined {
    if (sameName(name, this.options.modelName)) return this.#standardModel(models);
    return models.find((model) => sameName(model.name, name));
  }

  #byAlias(name: string, models: readonly UpstreamModel[]): UpstreamModel | undefined {
    const alias = this.#aliases.find(({ matches }) => matches(name));
    return alias && (this.#find(alias.target, models) ?? unlisted(alias.target));
  }

  /** MODEL_NAME: stands for UPSTREAM_MODEL where that is set, else for itself, else for the upstream's usual model. */
  #standardModel(models: readonly UpstreamModel[]): UpstreamModel {
    const { modelName, upstreamModel } = this.options;
    const listed = (name: string) => models.find((model) => sameName(model.name, name));
    if (upstreamModel !== undefined)
      return named(modelName, listed(upstreamModel) ?? unlisted(upstreamModel));
    const standard =
      listed(modelName) ?? (this.upstream.acceptsUnlistedModels ? models[0] : listed(FALLBACK_MODEL));
    return named(modelName, standard ?? unlisted(modelName));
  }

  /** Without its list a self-hosted upstream can still be asked by name. */
  #withoutList(error: unknown): readonly UpstreamModel[] {
    if (error instanceof ApiError && this.upstream.acceptsUnlistedModels) return [];
    throw error;
  }

  async #upstreamModels(): Promise<readonly UpstreamModel[]> {
    if (Date.now() >= this.#staleAt) this.#asked ??= this.#ask();
    return this.#models ?? this.#asked ?? [];
  }

  async #ask(): Promise<readonly UpstreamModel[]> {
    try {
      this.#models = await this.upstream.models();
      return this.#models;
    } catch (error) {
      if (this.#models) return this.#models;
      throw error;
    } finally {
      this.#asked = undefined;
      this.#staleAt = this.#models ? Date.now() + LIST_TTL_MS : 0;
    }
  }
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function named(name: string, model: UpstreamModel): UpstreamModel {
  return model.name === name ? model : { ...model, name };
}

function unlisted(id: string): UpstreamModel {
  return { name: id, id, created: 0, ownedBy: 'unknown' };
}
