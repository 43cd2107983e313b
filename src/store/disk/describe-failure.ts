/** Failures of the file system and of SQLite, in words. They name no path, since /readyz shows them to everyone. */
import type { Failure } from './disk-thread.js';

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^(ENOSPC|EDQUOT|SQLITE_FULL)$/, 'the disk is full'],
  [/^(EACCES|EPERM|SQLITE_PERM)$/, 'no permission'],
  [/^(EROFS|SQLITE_READONLY.*)$/, 'it is read-only'],
  [/^(ENOTDIR|EEXIST|EISDIR)$/, 'it is not a folder'],
  [/^(ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND)$/, 'the package libsql is not installed for this platform'],
  [/^(EIO|SQLITE_IOERR.*)$/, 'input/output error'],
];

export function describeFailure({ code }: Failure): string {
  const reason = REASONS.find(([pattern]) => pattern.test(code))?.[1] ?? 'it cannot be opened';
  return `DATA_DIR cannot be written: ${reason}${code === '' ? '' : ` (${code})`}`;
}
