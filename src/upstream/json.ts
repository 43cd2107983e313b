/** Reads JSON of other programs without trusting its shape. */

export type JsonObject = Readonly<Record<string, unknown>>;

export { parseJson } from '../json.js';

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** An `error` member: an object as it is, a bare text as its `message`. */
export function asError(value: unknown): JsonObject | undefined {
  return typeof value === 'string' && value !== '' ? { message: value } : asObject(value);
}

/** Larger counts are mistakes, and would lose precision in counters. */
const MOST = 1e12;

/** @returns a whole number from 0 to the maximum, `undefined` for anything else */
export function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= MOST ? Math.trunc(value) : undefined;
}
