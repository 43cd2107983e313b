/** One endpoint of the OpenAPI document. Each has a file, which `endpoints.ts` lists. */
import type { z } from 'zod';
import type { JsonSchema } from './schema.js';

export interface Endpoint {
  /** In OpenAPI's form: `/v1/models/{id}`. */
  readonly path: string;
  readonly method: 'get' | 'post' | 'delete';
  /** OpenAPI's Operation Object, with texts from `summarize` and `described`. */
  readonly operation: Readonly<Record<string, unknown>>;
  /** Entries of `components.schemas`. A zod schema is converted to the JSON Schema of its input. */
  readonly schemas?: Readonly<Record<string, JsonSchema | z.ZodType>>;
  /** Shown with the endpoint, ready to be copied. */
  readonly samples?: (site: Site) => readonly Sample[];
}

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

/** Writes a curl command, with the key and a JSON body if `body` is given. Apostrophes are escaped for the shell. */
export function curl({ origin, key }: Site, path: string, body?: object, options = ''): Sample {
  const lines = [`curl ${options}${origin}${path}`];
  if (body !== undefined) {
    lines.push(`  -H "Authorization: Bearer ${key}"`, '  -H "Content-Type: application/json"');
    lines.push(`  -d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`);
  }
  return { lang: 'shell', label: 'curl', source: lines.join(' \\\n') };
}
