/** Small makers of what the document is full of: JSON Schemas (2020-12) and texts in both languages. */

export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * What becomes of a field: passed on as it is, passed on in another form, done by the gateway itself, without effect
 * there, or answered with a 400.
 */
export type Handling = 'forwarded' | 'translated' | 'gateway' | 'ignored' | 'refused';

/** For Z.ai's API and BigModel, for a self-hosted GLM, for the web chat. */
export type Handlings = readonly [zai: Handling, selfHosted: Handling, web: Handling];

export const FORWARDED: Handlings = ['forwarded', 'forwarded', 'forwarded'];
export const TRANSLATED: Handlings = ['translated', 'translated', 'translated'];
export const GATEWAY: Handlings = ['gateway', 'gateway', 'gateway'];
export const IGNORED: Handlings = ['ignored', 'ignored', 'ignored'];
export const REFUSED: Handlings = ['refused', 'refused', 'refused'];
export const SELF_HOSTED_ONLY: Handlings = ['ignored', 'forwarded', 'ignored'];

export function described(en: string, zh: string) {
  return { description: en, 'x-description-zh': zh };
}

/** Said of every request: real clients send many fields that nobody documents. */
export const UNLISTED_FIELDS = described(
  'Fields that are not listed are tolerated and have no effect.',
  '未列出的字段会被忽略，不会报错。',
);

/** What a request calls its model. */
export const MODEL_NAME = { type: 'string', minLength: 1, maxLength: 200 };

export function summarized(en: string, zh: string) {
  return { summary: en, 'x-summary-zh': zh };
}

/** A field of a request, with what becomes of it. */
export function field(schema: JsonSchema, [zai, selfHosted, web]: Handlings, en: string, zh: string) {
  return { ...schema, ...described(en, zh), 'x-handling': { zai, 'self-hosted': selfHosted, web } };
}

export function nullable(type: string, limits: JsonSchema = {}): JsonSchema {
  return { type: [type, 'null'], ...limits };
}

export function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** An object whose members are all there, but for the `optional` ones. */
export function object(properties: Record<string, unknown>, optional: readonly string[] = []): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
}

export function jsonContent(schema: JsonSchema, more: JsonSchema = {}) {
  return { 'application/json': { schema, ...more } };
}

/** A stream of server-sent events; OpenAPI 3.1 has no words for what stands behind each `data:`. */
export function eventContent(item: JsonSchema, example: string) {
  return { 'text/event-stream': { schema: { type: 'string' }, 'x-item-schema': item, example } };
}
