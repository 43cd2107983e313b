/** GET /v1/models and /v1/models/{id}, in OpenAI's shape, or in Anthropic's for its SDKs. */
import type { Request, Response } from 'express';
import type { UpstreamModel } from '../../completion/model-info.js';
import type { Config } from '../../config/config.js';
import { buildModel as anthropicBody } from '../../protocol/anthropic-messages/model-body.js';
import { buildModel as openaiBody } from '../../protocol/openai-chat/model-body.js';
import type { ModelCatalog } from '../../upstream/model-catalog.js';
import { NotFoundError } from '../../vocabulary/errors.js';
import { isAnthropicClient } from '../middleware/error-format.js';

type ModelsConfig = Pick<Config, 'enableThinking'>;

export function listModels(catalog: Pick<ModelCatalog, 'list'>, { enableThinking }: ModelsConfig) {
  return async (req: Request, res: Response): Promise<void> => {
    const models = await catalog.list();
    if (isAnthropicClient(req)) res.json(anthropicList(models));
    else
      res.json({
        object: 'list',
        data: models.map((model) => openaiBody(model.name, model, enableThinking)),
      });
  };
}

/** Finds a model by any listed name or alias, in any spelling. The answer names it as the client did. */
export function getModel(catalog: Pick<ModelCatalog, 'find' | 'list'>, { enableThinking }: ModelsConfig) {
  return async (req: Request, res: Response): Promise<void> => {
    // Ids of self-hosted models contain slashes; the wildcard returns the path's parts.
    const wanted = ([] as string[]).concat(req.params.id ?? []).join('/');
    const model = await catalog.find(wanted);
    if (model === undefined) throw notListed(wanted, await catalog.list());
    res.json(
      isAnthropicClient(req) ? anthropicBody(wanted, model) : openaiBody(wanted, model, enableThinking),
    );
  };
}

function notListed(wanted: string, models: readonly UpstreamModel[]): NotFoundError {
  const names = models.map(({ name }) => name).join(', ');
  return new NotFoundError(
    `The model ${JSON.stringify(wanted.slice(0, 200))} does not exist. There are: ${names}.`,
    { code: 'model_not_found', param: 'model' },
  );
}

/** All models on one page, whatever `limit` says: there are few. */
function anthropicList(models: readonly UpstreamModel[]): object {
  return {
    data: models.map((model) => anthropicBody(model.name, model)),
    has_more: false,
    first_id: models.at(0)?.name ?? null,
    last_id: models.at(-1)?.name ?? null,
  };
}
