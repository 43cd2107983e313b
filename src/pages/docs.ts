/** GET /docs and GET /openapi.json: the OpenAPI document as a page and as JSON. */
import type { Request, Response } from 'express';
import type { Config } from '../config/config.js';
import { getOrigin } from '../http/base-url.js';
import { FAILED_AUTHENTICATIONS, type LimitConfig } from '../http/middleware/limit-rate.js';
import { type OpenapiDocument, openapiDocument } from '../openapi/document.js';
import type { Site } from '../openapi/endpoint.js';
import { ENDPOINTS, WITHOUT_DASHBOARD } from '../openapi/endpoints.js';
import type { ModelCatalog } from '../upstream/model-catalog.js';
import { appSetups } from './apps/apps.js';
import { demoKey, PLACEHOLDER_KEY } from './demo-key.js';
import { endpointsOf, textOf } from './docs-endpoints.js';
import { languageOf } from './language.js';
import { showPage } from './page.js';
import { richText } from './rich-text.js';

export interface DocsDeps {
  readonly config: LimitConfig & Pick<Config, 'modelName' | 'publicKey' | 'namedKeys' | 'dashboardEnabled'>;
  readonly demo: boolean;
  readonly catalog: Pick<ModelCatalog, 'list'>;
}

/** How long the page waits for the list of models. */
const MODELS_MS = 2_000;

export function openapiJson(deps: DocsDeps) {
  return (req: Request, res: Response): void => {
    res.setHeader('cache-control', 'no-cache');
    res.json(documentOf(siteOf(req, deps), deps));
  };
}

export function docsPage(deps: DocsDeps) {
  return async (req: Request, res: Response): Promise<void> => {
    const language = languageOf(req);
    const site = siteOf(req, deps);
    const document = documentOf(site, deps);
    showPage(req, res, 'docs', {
      site,
      richText,
      baseUrl: `${site.origin}/v1`,
      key: demoKey(deps.config, deps.demo),
      endpoints: endpointsOf(document, language),
      errors: document['x-error-codes'].map((error) => ({
        ...error,
        text: textOf(error, 'description', language),
      })),
      apps: appSetups(site).filter(({ needs }) => needs === undefined || needs in document.paths),
      models: await modelNames(deps.catalog),
      limits: limitsOf(deps.config),
    });
  };
}

type Limit = readonly [
  who: 'publicAddress' | 'publicTotal' | 'named' | 'all' | 'wrongKeys',
  perMinute: number,
];

/** The limits that apply to this gateway; 0 means no limit. */
function limitsOf(config: DocsDeps['config']): Limit[] {
  const limits: Limit[] = [['wrongKeys', FAILED_AUTHENTICATIONS]];
  if (config.rateLimitTotal > 0) limits.unshift(['all', config.rateLimitTotal]);
  if (config.namedKeys.length > 0) limits.unshift(['named', config.rateLimit]);
  if (config.publicKey !== undefined) {
    limits.unshift(['publicAddress', config.publicRateLimit], ['publicTotal', config.publicRateLimitTotal]);
  }
  return limits;
}

function documentOf(site: Site, { config }: DocsDeps): OpenapiDocument {
  return openapiDocument(site, config.dashboardEnabled ? ENDPOINTS : WITHOUT_DASHBOARD);
}

function siteOf(req: Request, { config, demo }: DocsDeps): Site {
  return { origin: getOrigin(req), model: config.modelName, key: demoKey(config, demo) ?? PLACEHOLDER_KEY };
}

/** @returns undefined if the upstream cannot be asked; the page is shown without the list then. */
async function modelNames(catalog: DocsDeps['catalog']): Promise<string[] | undefined> {
  const names = catalog.list().then(
    (models) => models.map(({ name }) => name),
    () => undefined,
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, MODELS_MS, undefined);
  });
  try {
    return await Promise.race([names, late]);
  } finally {
    clearTimeout(timer);
  }
}
