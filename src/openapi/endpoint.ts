/** One endpoint of the API as the OpenAPI document tells it: a file each, listed in `endpoints.ts`. */
import type { z } from 'zod';
import type { JsonSchema } from './schema.js';

export interface Endpoint {
  /** As OpenAPI writes it: `/v1/models/{id}`. */
  readonly path: string;
  readonly method: 'get' | 'post';
  /** OpenAPI's Operation Object, its texts made by `summarized` and `described`. */
  readonly operation: Readonly<Record<string, unknown>>;
  /** What it adds to `components.schemas`; of a zod schema the input. */
  readonly schemas?: Readonly<Record<string, JsonSchema | z.ZodType>>;
  /** Shown with the endpoint, ready to be copied. */
  readonly samples?: (site: Site) => readonly Sample[];
}

/** Whose document it is: what samples fill in. */
export interface Site {
  /** `https://gateway.example.com`, without a path. */
  readonly origin: string;
  readonly model: string;
  /** The demo's, or a placeholder. */
  readonly key: string;
}

/** In the document `x-codeSamples`, which other renderers know as well. */
export interface Sample {
  readonly lang: string;
  readonly label: string;
  readonly source: string;
}

/** A curl line with a JSON body; its strings hold no apostrophe that would end the shell's quotes. */
export function curl({ origin, key }: Site, path: string, body?: object, options = ''): Sample {
  const lines = [`curl ${options}${origin}${path}`];
  if (body !== undefined) {
    lines.push(`  -H "Authorization: Bearer ${key}"`, '  -H "Content-Type: application/json"');
    lines.push(`  -d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`);
  }
  return { lang: 'shell', label: 'curl', source: lines.join(' \\\n') };
}
