/** Reads the files that variables name. */
import { readFileSync, statSync } from 'node:fs';

class FileTooLargeError extends Error {
  override readonly name = 'FileTooLargeError';
}

/** @throws if it is larger, or not in UTF-8 */
export function readUtf8(path: string, maxBytes: number): string {
  if (statSync(path).size > maxBytes) throw new FileTooLargeError();
  return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
}

/** @returns why a file cannot be read: `ENOENT` */
export function describeReadError(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).name;
}
