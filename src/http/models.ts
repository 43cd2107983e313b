/** GET /v1/models and /v1/models/{id}, in OpenAI's shape, or in Anthropic's for its SDKs. */
import type { Request, Response } from 'express';
import { NotFoundError } from '../errors.js';
import type { ModelCatalog } from '../upstream/model-catalog.js';
import type { UpstreamModel } from '../upstream/upstream.js';
import { asksForAnthropic } from './middleware/speak-anthropic.js';

export function listModels(catalog: Pick<ModelCatalog, 'list'>) {
  return async (req: Request, res: Response): Promise<void> => {
    const models = await catalog.list();
    res.json(asksForAnthropic(req) ? anthropicList(models) : { object: 'list', data: models.map(modelBody) });
  };
}

export function getModel(catalog: Pick<ModelCatalog, 'list'>) {
  return async (req: Request, res: Response): Promise<void> => {
    // Ids of self-hosted models hold slashes; the wildcard gives the path's parts.
    const wanted = ([] as string[]).concat(req.params.id ?? []).join('/');
    const models = await catalog.list();
    const model = models.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
    if (model === undefined) {
      const names = models.map(({ name }) => name).join(', ');
      throw new NotFoundError(
        `The model ${JSON.stringify(wanted.slice(0, 200))} does not exist. There are: ${names}.`,
        {
          code: 'model_not_found',
          param: 'model',
        },
      );
    }
    res.json(asksForAnthropic(req) ? anthropicModel(model) : modelBody(model));
  };
}

function modelBody({ name, created, ownedBy }: UpstreamModel): object {
  return { id: name, object: 'model', created, owned_by: ownedBy };
}

/** One page of all: they are few, whatever `limit` says. */
function anthropicList(models: readonly UpstreamModel[]): object {
  return {
    data: models.map(anthropicModel),
    has_more: false,
    first_id: models.at(0)?.name ?? null,
    last_id: models.at(-1)?.name ?? null,
  };
}

/** A date that is not known is the epoch, as at Anthropic. */
function anthropicModel({ name, created }: UpstreamModel): object {
  return {
    type: 'model',
    id: name,
    display_name: name,
    created_at: new Date(created * 1000).toISOString(),
    capabilities: null,
    deprecated_at: null,
    lifecycle: 'active',
    line: null,
    max_input_tokens: null,
    max_tokens: null,
    retires_at: null,
  };
}
