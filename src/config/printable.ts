/** Values of variables for people's eyes, without their secrets. */
import type { z } from 'zod';
import { proxyUrl, redisUrls } from './value-kinds.js';
import type { Variable } from './variables/variable.js';
import { VARIABLES, type VariableName } from './variables/variables.js';

/** Addresses that hold a password. One that does not parse is hidden whole: the password may be where the mistake is. */
const ADDRESSES: readonly z.ZodType[] = [redisUrls, proxyUrl];

/** `name` is one of the known names. @returns the value as JSON without anything before an `@`, or only its length for a secret. */
export function printValue(name: string, value: string): string {
  const variable: Variable | undefined = VARIABLES[name.toUpperCase() as VariableName];
  const { kind, isSecret = false } = variable ?? { kind: undefined, isSecret: name.endsWith('_HEADERS') };
  const isUnreadable = kind !== undefined && ADDRESSES.includes(kind) && !kind.safeParse(value).success;
  if (isSecret || isUnreadable) return `(hidden, ${value.length} characters)`;
  return JSON.stringify(value.replace(/^.*@/s, '***@'));
}
