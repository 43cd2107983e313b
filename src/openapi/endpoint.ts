/** One endpoint of the OpenAPI document. Each has a file, which `endpoints.ts` lists. */
import type { z } from 'zod';
import { describe, type JsonSchema, jsonContent, ref } from './schema.js';

export interface Endpoint {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** In OpenAPI's form: `/v1/models/{id}`. */
  readonly path: string;
  /** OpenAPI's `operationId`. */
  readonly id: string;
  readonly summary: Texts;
  readonly description?: Texts;
  readonly access: Access;
  readonly parameters?: readonly JsonSchema[];
  /** Component with the schema of the JSON body. */
  readonly body?: string;
  /** The response when all is well. */
  readonly answer: JsonSchema;
  /** Its status; 200 unless given. */
  readonly status?: 201;
  /** Responses with other statuses. */
  readonly others?: Readonly<Record<string, JsonSchema>>;
  /** Entries of `components.schemas`. A zod schema is converted to the JSON Schema of its input. */
  readonly schemas?: Readonly<Record<string, JsonSchema | z.ZodType>>;
  /** The body that the code samples send. */
  readonly sampleBody?: (model: string) => object;
  /** Path and query of the curl command, unless they are `path`. */
  readonly samplePath?: (model: string) => string;
  /** Shown after the curl command, ready to be copied. */
  readonly samples?: (site: Site) => readonly Sample[];
}

/** A text in English and in Chinese. */
export type Texts = readonly [en: string, zh: string];

/** Who may call an endpoint: those with a key, with the dashboard's password, with the admin's, with a session, or everybody. */
export type Access = 'key' | 'password' | 'admin' | 'session' | 'open';

/** The gateway that the document describes; code samples use these values. */
export interface Site {
  /** `https://gateway.example.com`, without a path. */
  readonly origin: string;
  readonly model: string;
  /** The demo's key, or a placeholder. */
  readonly key: string;
}

/** An entry of `x-codeSamples`, which Redoc and others show too. */
export interface Sample {
  readonly lang: string;
  readonly label: string;
  readonly source: string;
}

const SECURITY: Readonly<Record<Access, readonly JsonSchema[]>> = {
  // Either scheme is accepted.
  key: [{ bearer: [] }, { apiKey: [] }],
  password: [{ dashboard: [] }],
  admin: [{ admin: [] }],
  session: [{ session: [] }],
  open: [],
};

/** OpenAPI's Operation Object, without code samples. */
export function buildOperation(endpoint: Endpoint): JsonSchema {
  const { id, summary, description, access, parameters, body, answer, status = 200, others } = endpoint;
  return {
    operationId: id,
    summary: summary[0],
    'x-summary-zh': summary[1],
    ...(description && describe(...description)),
    security: SECURITY[access],
    ...(parameters && { parameters }),
    ...(body && { requestBody: { required: true, content: jsonContent(ref(body)) } }),
    responses: { [status]: answer, ...others },
  };
}

/** A parameter of the query. */
export function query(name: string, schema: JsonSchema, en: string, zh: string): JsonSchema {
  return { name, in: 'query', schema, ...describe(en, zh) };
}
