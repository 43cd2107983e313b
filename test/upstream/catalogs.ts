/** Catalogs of models, made for tests. */
import type { UpstreamModel } from '../../src/completion/model-info.js';
import { loadConfig } from '../../src/config/config.js';
import { type CatalogOptions, ModelCatalog } from '../../src/upstream/model-catalog.js';
import { modelsOf, officialModels } from '../../src/upstream/models.js';
import type { Upstream } from '../../src/upstream/upstream.js';
import { ApiError } from '../../src/vocabulary/errors.js';

export const DEFAULT_ALIASES = loadConfig({}).modelAliases;

export function options(more: Partial<CatalogOptions> = {}): CatalogOptions {
  return { modelName: 'GLM-4.5', upstreamModel: undefined, modelAliases: DEFAULT_ALIASES, ...more };
}

export function catalog(more: Partial<CatalogOptions> = {}, kind: 'web' | 'api' = 'web'): ModelCatalog {
  return new ModelCatalog(zai(kind), options(more));
}

/** An upstream with a table; the official API lists `listed`. */
export function zai(kind: 'web' | 'api', listed: () => Promise<UpstreamModel[]> = async () => []) {
  const table = modelsOf(kind);
  const unlistedModels: Upstream['unlistedModels'] = kind === 'web' ? 'none' : 'glm';
  const models = async () => (kind === 'web' ? table : officialModels(await listed()));
  return { unlistedModels, knownModels: table, models };
}

export const model = (name: string): UpstreamModel => ({ name, id: name, created: 7, ownedBy: 'vllm' });

/** An upstream that tells its models itself; `answers` are taken one after the other. */
export function selfHosted(...answers: (UpstreamModel[] | ApiError)[]) {
  let asked = 0;
  const upstream = {
    unlistedModels: 'any' as const,
    models: async () => {
      const answer = answers[Math.min(asked++, answers.length - 1)] ?? [];
      if (answer instanceof ApiError) throw answer;
      return answer;
    },
  };
  return { upstream, asked: () => asked };
}

export async function resolved(models: ModelCatalog, name: string): Promise<[name: string, id: string]> {
  const found = await models.resolve(name);
  return [found.name, found.id];
}
