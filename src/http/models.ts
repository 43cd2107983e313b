/** GET /v1/models and /v1/models/{id}. */
import type { Request, Response } from 'express';
import { NotFoundError } from '../errors.js';
import type { ModelCatalog } from '../upstream/model-catalog.js';
import type { UpstreamModel } from '../upstream/upstream.js';

export function listModels(catalog: Pick<ModelCatalog, 'list'>) {
  return async (_req: Request, res: Response): Promise<void> => {
    const models = await catalog.list();
    res.json({ object: 'list', data: models.map(modelBody) });
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
    res.json(modelBody(model));
  };
}

function modelBody({ name, created, ownedBy }: UpstreamModel): object {
  return { id: name, object: 'model', created, owned_by: ownedBy };
}
