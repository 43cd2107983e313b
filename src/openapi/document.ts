/** The whole OpenAPI 3.1 document of this gateway. Texts are English, with Chinese beside them as `x-…-zh`. */
import { VERSION } from '../version.js';
import type { Endpoint, Site } from './endpoint.js';
import { ENDPOINTS } from './endpoints.js';
import { ERROR_SCHEMA, LISTED_ERROR_CODES } from './errors.js';
import { described, type JsonSchema } from './schema.js';
import { HEADERS, SECURITY_SCHEMES } from './shared.js';

export interface OpenapiDocument {
  readonly openapi: string;
  readonly info: JsonSchema;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
  readonly components: { readonly schemas: Record<string, JsonSchema> } & JsonSchema;
  readonly 'x-error-codes': typeof LISTED_ERROR_CODES;
}

export function openapiDocument(site: Site, endpoints: readonly Endpoint[] = ENDPOINTS): OpenapiDocument {
  return {
    openapi: '3.1.1',
    info: {
      title: 'ZtoApi',
      version: VERSION,
      license: { name: 'MIT', identifier: 'MIT' },
      ...described('Z.ai’s GLM models behind the OpenAI API.', '用 OpenAI API 调用 Z.ai 的 GLM 模型。'),
    },
    servers: [{ url: site.origin }],
    paths: pathsOf(endpoints, site),
    components: {
      schemas: Object.assign({ Error: ERROR_SCHEMA }, ...endpoints.map(({ schemas }) => schemas)),
      headers: HEADERS,
      securitySchemes: SECURITY_SCHEMES,
    },
    'x-error-codes': LISTED_ERROR_CODES,
  };
}

function pathsOf(endpoints: readonly Endpoint[], site: Site): OpenapiDocument['paths'] {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const { path, method, operation, samples } of endpoints) {
    const withSamples = { ...operation, ...(samples ? { 'x-codeSamples': samples(site) } : {}) };
    paths[path] = { ...paths[path], [method]: withSamples };
  }
  return paths;
}
