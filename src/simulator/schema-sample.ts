/** Generates a value that fits a JSON Schema, for tool calls and JSON answers of the simulated model. */
import type { AnyBody } from './conversation.js';

/** Below this depth only required properties are filled in, so that recursive schemas terminate. */
const OPTIONAL_DEPTH = 4;
const MAX_DEPTH = 16;
/** Limits for untrusted schemas: beyond them values are null, and lists and texts are shorter. */
const MAX_VALUES = 10_000;
const MAX_ITEMS = 1_000;
const MAX_TEXT_LENGTH = 10_000;

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-02-03T04:05:06Z',
  date: '2026-02-03',
  time: '04:05:06Z',
  email: 'guest@example.com',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  uuid: '123e4567-e89b-42d3-a456-426614174000',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  hostname: 'example.com',
};

interface Place {
  root: AnyBody;
  depth: number;
  /** Which item of its array: items differ. */
  nth: number;
  /** Remaining budget of values and subschemas for the whole sample. */
  room: { left: number };
}

function beginning(root: AnyBody): Place {
  return { root, depth: 0, nth: 0, room: { left: MAX_VALUES } };
}

/** Supports types, constants, bounds, nesting, `anyOf` (the first), `allOf` and local `$ref`. Ignores patterns. */
export function makeSample(schema: AnyBody, place: Place = beginning(schema)): unknown {
  const { nth, depth, room } = place;
  if (depth > MAX_DEPTH || room.left <= 0) return null;
  const plain = simplified(schema, place);
  if (plain.const !== undefined) return plain.const;
  if (Array.isArray(plain.enum)) return plain.enum[nth % plain.enum.length];
  switch (typeOf(plain)) {
    case 'object':
      return sampleObject(plain, place);
    case 'array':
      return sampleArray(plain, place);
    case 'integer':
    case 'number':
      return sampleNumber(plain, nth);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return sampleText(plain, nth);
  }
}

/** Without references and alternatives. */
function simplified(schema: AnyBody, place: Place, hops = 0): AnyBody {
  place.room.left -= 1;
  if (typeof schema !== 'object' || schema === null || hops > MAX_DEPTH || place.room.left < 0) return {};
  const { $ref, anyOf, oneOf, allOf, ...own } = schema;
  const parts = [
    ...(typeof $ref === 'string' ? [referred($ref, place.root)] : []),
    ...[anyOf, oneOf].flatMap((choices) => (Array.isArray(choices) ? choices.slice(0, 1) : [])),
    ...(Array.isArray(allOf) ? allOf : []),
  ];
  return parts.map((part) => simplified(part, place, hops + 1)).reduce(merged, own);
}

function merged(one: AnyBody, other: AnyBody): AnyBody {
  const both = { ...one, ...other };
  if (one.properties && other.properties) both.properties = { ...one.properties, ...other.properties };
  if (one.required && other.required) both.required = [...listOf(one.required), ...listOf(other.required)];
  return both;
}

/** `#/$defs/name` and the like. */
function referred(ref: string, root: AnyBody): AnyBody {
  const steps = ref.replace(/^#\/?/, '').split('/').filter(Boolean);
  try {
    const names = steps.map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'));
    return names.reduce((schema, name) => schema?.[name], root);
  } catch {
    return undefined;
  }
}

function listOf(value: unknown): AnyBody[] {
  return Array.isArray(value) ? value : [];
}

function typeOf(schema: AnyBody): string {
  if (typeof schema.type === 'string') return schema.type;
  if (Array.isArray(schema.type)) return schema.type[0];
  if (schema.properties) return 'object';
  if (schema.items || schema.prefixItems) return 'array';
  return schema.minimum !== undefined || schema.maximum !== undefined ? 'number' : 'string';
}

/** The required properties, or all properties if none is required. */
function sampleObject(schema: AnyBody, { root, depth, room }: Place): object {
  const properties: AnyBody = schema.properties ?? {};
  const all = depth > OPTIONAL_DEPTH ? [] : Object.keys(properties);
  const names: string[] = Array.isArray(schema.required) ? schema.required : all;
  const place = { root, depth: depth + 1, nth: 0, room };
  return Object.fromEntries(names.map((name) => [name, makeSample(properties[name], place)]));
}

function sampleArray(schema: AnyBody, { root, depth, room }: Place): unknown[] {
  const first = listOf(schema.prefixItems);
  const usual = depth > OPTIONAL_DEPTH || schema.maxItems === 0 || !(schema.items || first.length) ? 0 : 1;
  const length = Math.min(Math.max(schema.minItems ?? usual, first.length), MAX_ITEMS);
  return Array.from({ length }, (_, nth) =>
    makeSample(first[nth] ?? schema.items, { root, depth: depth + 1, nth, room }),
  );
}

function sampleNumber(schema: AnyBody, nth: number): number {
  const step = schema.multipleOf ?? 1;
  const least = schema.minimum ?? belowOf(schema.exclusiveMinimum, step);
  const most = schema.maximum ?? belowOf(schema.exclusiveMaximum, -step);
  if (least === undefined) return Math.min(1 + nth, most ?? Number.POSITIVE_INFINITY);
  const lowest = Math.ceil(least / step) * step;
  return most !== undefined && lowest > most ? (least + most) / 2 : lowest + nth * step;
}

function belowOf(bound: number | undefined, step: number): number | undefined {
  return bound === undefined ? undefined : bound + step;
}

/** Contains Chinese: ASCII alone hides mistakes. */
function sampleText(schema: AnyBody, nth: number): string {
  if (Object.hasOwn(FORMATS, schema.format)) return FORMATS[schema.format] ?? '';
  const text = nth === 0 ? 'Oslo 奥斯陆' : `Oslo ${nth} 奥斯陆`;
  return text.padEnd(Math.min(schema.minLength ?? 0, MAX_TEXT_LENGTH), '.').slice(0, schema.maxLength);
}
