/** The whole OpenAPI 3.1 document of this gateway. Texts are English, with Chinese beside them as `x-…-zh`. */
import { z } from 'zod';
import { VERSION } from '../version.js';
import { buildOperation, type Endpoint, type Site } from './endpoint.js';
import { ENDPOINTS } from './endpoints.js';
import { ERROR_SCHEMA, LISTED_ERROR_CODES } from './errors.js';
import { toJsonSchema } from './request-schema.js';
import { buildSamples } from './samples.js';
import { describe, type JsonSchema } from './schema.js';
import { HEADERS, SECURITY_SCHEMES } from './shared.js';

export interface OpenapiDocument {
  readonly openapi: string;
  readonly info: JsonSchema;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> } & JsonSchema;
  readonly 'x-error-codes': typeof LISTED_ERROR_CODES;
}

/** The document of `endpoints`. Only what depends on the site is built for each call. */
export function openapiDocument(site: Site, endpoints: readonly Endpoint[] = ENDPOINTS): OpenapiDocument {
  return {
    openapi: '3.1.1',
    info: {
      title: 'ZtoApi',
      version: VERSION,
      license: { name: 'MIT', identifier: 'MIT' },
      ...describe('Z.ai’s GLM models behind the OpenAI API.', '用 OpenAI API 调用 Z.ai 的 GLM 模型。'),
    },
    servers: [{ url: site.origin }],
    paths: buildPaths(endpoints, site),
    components: { schemas: componentsOf(endpoints), headers: HEADERS, securitySchemes: SECURITY_SCHEMES },
    'x-error-codes': LISTED_ERROR_CODES,
  };
}

function buildPaths(endpoints: readonly Endpoint[], site: Site): OpenapiDocument['paths'] {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const endpoint of endpoints) {
    const { path, method } = endpoint;
    const operation = { ...buildOperation(endpoint), 'x-codeSamples': buildSamples(endpoint, site) };
    paths[path] = { ...paths[path], [method]: operation };
  }
  return paths;
}

type Schemas = OpenapiDocument['components']['schemas'];

/** Built for the first document that is asked for: most processes that start serve none. */
const built = new WeakMap<readonly Endpoint[], Schemas>();

function componentsOf(endpoints: readonly Endpoint[]): Schemas {
  const known = built.get(endpoints);
  if (known !== undefined) return known;
  const schemas = buildComponents(endpoints);
  built.set(endpoints, schemas);
  return schemas;
}

function buildComponents(endpoints: readonly Endpoint[]): Schemas {
  const named = endpoints.flatMap(({ schemas = {} }) => Object.entries(schemas));
  const converted = named.map(([name, schema]) => [
    name,
    schema instanceof z.ZodType ? toJsonSchema(schema) : schema,
  ]);
  return { Error: ERROR_SCHEMA, ...Object.fromEntries(converted) };
}
