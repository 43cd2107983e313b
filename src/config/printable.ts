/** Values of variables for people's eyes, without their secrets. */
import type { z } from 'zod';
import { proxyUrl, redisUrls } from './value-kinds.js';
import { VARIABLES, type VariableName } from './variables/variables.js';

/** Addresses that hold a password. One that does not parse is hidden whole: the password may be where the mistake is. */
const ADDRESSES: readonly z.ZodType[] = [redisUrls, proxyUrl];

/** @returns the value as JSON without anything before an `@`, or only its length for a secret. */
export function printValue(name: string, value: string): string {
  const { kind, isSecret } = VARIABLES[name.toUpperCase() as VariableName];
  const isUnreadable = ADDRESSES.includes(kind) && !kind.safeParse(value).success;
  if (isSecret || isUnreadable) return `(hidden, ${value.length} characters)`;
  return JSON.stringify(value.replace(/^.*@/s, '***@'));
}
