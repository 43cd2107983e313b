/** The endpoints of the OpenAPI document as /docs shows them, in one language. Pure. */
import type { OpenapiDocument } from '../openapi/document.js';
import type { Sample } from '../openapi/endpoint.js';
import type { Handling, JsonSchema } from '../protocol/field-docs.js';
import type { Language } from './language.js';

export interface ShownEndpoint {
  /** Anchor of the endpoint: `post-v1-chat-completions`. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string | undefined;
  /** The credential that the endpoint needs; `open` for none. */
  readonly needs: 'key' | 'password' | 'admin' | 'session' | 'open';
  readonly fields: readonly ShownField[];
  readonly samples: readonly Sample[];
  readonly answers: readonly { readonly type: string; readonly code: string }[];
}

export interface ShownField {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
  /** One entry if all upstreams have the same handling, otherwise one for each upstream. */
  readonly handling: readonly { readonly upstream: string | undefined; readonly word: Handling }[];
}

// biome-ignore lint/suspicious/noExplicitAny: the document's parts have many shapes; tests check it against OpenAPI
type Part = any;

export function endpointsOf(document: OpenapiDocument, language: Language): ShownEndpoint[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]: [string, Part]) => ({
      id: `${method}${path.replace(/[^a-z\d]+/gi, '-').replace(/-$/, '')}`,
      method: method.toUpperCase(),
      path,
      summary: textOf(operation, 'summary', language),
      description: textOf(operation, 'description', language) || undefined,
      needs: needsOf(operation),
      fields: fieldsOf(operation, document, language),
      samples: operation['x-codeSamples'] ?? [],
      answers: answersOf(operation),
    })),
  );
}

function needsOf({ security }: Part): ShownEndpoint['needs'] {
  if (security.length === 0) return 'open';
  if (security.some((one: object) => 'admin' in one)) return 'admin';
  if (security.some((one: object) => 'session' in one)) return 'session';
  return security.some((one: object) => 'dashboard' in one) ? 'password' : 'key';
}

/** Reads `description` or `summary` in one language; Chinese texts are in `x-…-zh`. */
export function textOf(part: JsonSchema, name: 'summary' | 'description', language: Language): string {
  const text = (language === 'zh' ? part[`x-${name}-zh`] : undefined) ?? part[name];
  return typeof text === 'string' ? text : '';
}

function fieldsOf(operation: Part, document: OpenapiDocument, language: Language): ShownField[] {
  const schema = resolve(operation.requestBody?.content['application/json']?.schema ?? {}, document);
  return Object.entries(schema.properties ?? {}).map(([name, field]: [string, Part]) => ({
    name,
    type: typeOf(field),
    required: schema.required?.includes(name) ?? false,
    description: textOf(field, 'description', language),
    handling: handlingOf(field['x-handling'] ?? {}),
  }));
}

function handlingOf(handling: Record<string, Handling>): ShownField['handling'] {
  const entries = Object.entries(handling).map(([upstream, word]) => ({ upstream, word }));
  const [first] = entries;
  const same = first !== undefined && entries.every(({ word }) => word === first.word);
  return same ? [{ upstream: undefined, word: first.word }] : entries;
}

function answersOf(operation: Part): ShownEndpoint['answers'] {
  const content: Record<string, Part> =
    (operation.responses['200'] ?? operation.responses['201'])?.content ?? {};
  return Object.entries(content).flatMap(([type, { example }]) => {
    if (example === undefined) return [];
    return [{ type, code: typeof example === 'string' ? example : JSON.stringify(example, null, 2) }];
  });
}

/** Writes a type such as `string`, `number 0…2`, `"a" | "b"`, `Message[]`. Null is left out: every optional field may be null. */
function typeOf(schema: Part): string {
  if (schema.$ref) return String(schema.$ref).split('/').at(-1) ?? '';
  if (schema.enum) return withoutNull(schema.enum).map(literal).join(' | ');
  if ('const' in schema) return literal(schema.const);
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return withoutNull(options.map(typeOf)).filter(Boolean).join(' | ');
  const types = withoutNull([schema.type ?? []].flat());
  if (types[0] === 'null') return '';
  if (schema.prefixItems) return `[${schema.prefixItems.map(typeOf).join(', ')}]`;
  if (types[0] === 'array') return `${typeOf(schema.items ?? {}) || 'any'}[]`;
  return [types.join(' | '), rangeOf(schema)].filter(Boolean).join(' ');
}

function rangeOf({ minimum, maximum }: Part): string {
  if (minimum === undefined) return '';
  return maximum === undefined ? `≥ ${minimum}` : `${minimum}…${maximum}`;
}

function withoutNull(values: unknown[]): string[] {
  const left = values.filter((value) => value !== null && value !== 'null') as string[];
  return left.length > 0 ? left : (values as string[]);
}

function literal(value: unknown): string {
  return JSON.stringify(value);
}

function resolve(schema: Part, document: OpenapiDocument): Part {
  return schema.$ref ? document.components.schemas[typeOf(schema)] : schema;
}
