/**
 * Documentation of a request's fields, attached to the schemas that parse them. `src/openapi/` turns the schemas and these
 * notes into JSON Schema.
 */
import { z } from 'zod';

/** JSON Schema (2020-12) as a plain object. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * What happens to a field: forwarded unchanged, translated for the upstream, handled by the gateway itself, ignored, or
 * refused with a 400.
 */
export type Handling = 'forwarded' | 'translated' | 'gateway' | 'ignored' | 'refused';

/** For Z.ai's API and BigModel, for a self-hosted GLM, for the web chat. */
export type Handlings = readonly [zai: Handling, selfHosted: Handling, web: Handling];

export const FORWARDED: Handlings = ['forwarded', 'forwarded', 'forwarded'];
export const TRANSLATED: Handlings = ['translated', 'translated', 'translated'];
/** Forwarded to self-hosted servers; the others have a smaller range. */
export const CLAMPED: Handlings = ['translated', 'forwarded', 'translated'];
export const GATEWAY: Handlings = ['gateway', 'gateway', 'gateway'];
export const IGNORED: Handlings = ['ignored', 'ignored', 'ignored'];
export const REFUSED: Handlings = ['refused', 'refused', 'refused'];
export const SELF_HOSTED_ONLY: Handlings = ['ignored', 'forwarded', 'ignored'];
/** Used by the gateway to recognize conversations; only the web chat has any. */
export const WEB_ONLY: Handlings = ['ignored', 'ignored', 'gateway'];

/** A text of the OpenAPI document: English, with Chinese beside it. */
export function describe(en: string, zh: string) {
  return { description: en, 'x-description-zh': zh };
}

/**
 * Attaches a description in both languages, and what happens to the field with each kind of upstream.
 * @example temperature: describeField(number(0, 2), CLAMPED, 'Sampling temperature.', '采样温度。')
 */
export function describeField<Schema extends z.ZodType>(
  schema: Schema,
  [zai, selfHosted, web]: Handlings,
  en: string,
  zh: string,
): Schema {
  return schema.meta({ ...describe(en, zh), 'x-handling': { zai, 'self-hosted': selfHosted, web } });
}

/**
 * The schema of a whole body, for the document: the required fields first, then those that zod checks, then those that the
 * parser checks itself.
 */
export function describeBody(
  checked: z.ZodObject,
  byHand: Readonly<Record<string, z.ZodType>>,
  required: readonly string[],
  text = UNLISTED_FIELDS,
): z.ZodObject {
  const fields: Record<string, z.ZodType> = { ...checked.shape, ...byHand };
  const first = Object.fromEntries(required.map((name) => [name, fields[name] as z.ZodType]));
  return z.object({ ...first, ...fields }).meta({ required, ...text });
}

/** True of every body: real clients send many fields that have no documentation. */
const UNLISTED_FIELDS = describe(
  'Fields that are not listed are tolerated and have no effect.',
  '未列出的字段会被忽略，不会报错。',
);

/** A field that its parser checks without zod. The document shows `shape`; `test/openapi/limits.test.ts` compares the two. */
export function parsedByHand(shape: JsonSchema) {
  return z.unknown().optional().meta(shape);
}

/** A JSON Schema of `type` or null. */
export function nullable(type: string, limits: JsonSchema = {}): JsonSchema {
  return { type: [type, 'null'], ...limits };
}

/** A reference to a component. */
export function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}
