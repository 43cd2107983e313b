/**
 * GET /v1/models and /v1/models/{id}, in OpenAI's shape, or in Anthropic's for its SDKs. No key is needed; with one
 * they show only what it may use and an upstream serves to it.
 */
import type { Request, Response } from 'express';
import type { UpstreamModel } from '../../completion/model-info.js';
import type { Config } from '../../config/config.js';
import { buildModel as anthropicBody } from '../../protocol/anthropic-messages/model-body.js';
import { buildModel as openaiBody } from '../../protocol/openai-chat/model-body.js';
import type { Router } from '../../routing/route.js';
import type { ModelCatalog } from '../../upstream/model-catalog.js';
import { ApiError, NotFoundError } from '../../vocabulary/errors.js';
import type { FindCaller } from '../find-caller.js';
import { isAnthropicClient } from '../middleware/error-format.js';
import type { Caller } from '../request-context.js';
import { describeAsker } from '../request-slot.js';

type Serving = Pick<Router, 'serves'>;
type ModelsConfig = Pick<Config, 'enableThinking'>;

export function listModels(
  catalog: Pick<ModelCatalog, 'list'>,
  { enableThinking }: ModelsConfig,
  findCaller: FindCaller,
  router: Serving,
) {
  return async (req: Request, res: Response): Promise<void> => {
    const models = filterModels(await catalog.list(), await findCaller(req, res), router);
    if (isAnthropicClient(req)) res.json(anthropicList(models));
    else
      res.json({
        object: 'list',
        data: models.map((model) => openaiBody(model.name, model, enableThinking)),
      });
  };
}

/** Finds a model by any listed name or alias, in any spelling. The answer names it as the client did. */
export function getModel(
  catalog: Pick<ModelCatalog, 'find' | 'list'>,
  { enableThinking }: ModelsConfig,
  findCaller: FindCaller,
  router: Serving,
) {
  return async (req: Request, res: Response): Promise<void> => {
    // Ids of self-hosted models contain slashes; the wildcard returns the path's parts.
    const wanted = ([] as string[]).concat(req.params.id ?? []).join('/');
    const model = await catalog.find(wanted);
    const caller = await findCaller(req, res);
    if (model === undefined || filterModels([model], caller, router).length === 0)
      throw notListed(wanted, filterModels(await catalog.list(), caller, router));
    res.json(
      isAnthropicClient(req) ? anthropicBody(wanted, model) : openaiBody(wanted, model, enableThinking),
    );
  };
}

/** All models for requests without a key, with a wrong one, or with one that cannot be checked now. */
function filterModels(
  models: readonly UpstreamModel[],
  caller: Caller | ApiError,
  router: Serving,
): UpstreamModel[] {
  if (caller instanceof ApiError) return [...models];
  const asker = describeAsker(caller);
  return models.filter((model) => asker.mayUse(model.name) && router.serves(model, asker));
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
