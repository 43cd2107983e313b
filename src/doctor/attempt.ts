/** One thing that the doctor tries. */
import { findOperatorCure } from '../vocabulary/error-codes.js';
import { ApiError } from '../vocabulary/errors.js';
import type { Report } from './report.js';

/**
 * Reports how long `action` took, or why it failed and what to do.
 * @param entry See `findOperatorCure`.
 * @returns its value, `undefined` if it failed
 */
export async function attempt<T>(
  report: Report,
  what: string,
  action: () => Promise<T>,
  entry?: string,
): Promise<T | undefined> {
  const startedAt = performance.now();
  try {
    const value = await action();
    report.good(`${what} (${Math.round(performance.now() - startedAt)} ms)`);
    return value;
  } catch (error) {
    report.bad(`${what}: no. ${describeError(error)}`, findCure(error, entry));
    return undefined;
  }
}

export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What the operator can do about it. */
export function findCure(error: unknown, entry?: string): string {
  const code = error instanceof ApiError ? error.code : null;
  return (
    findOperatorCure(code, entry) ?? 'Read the message; docs/operations.md has a section on troubleshooting.'
  );
}
