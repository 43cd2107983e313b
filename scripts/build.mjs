// Compiles src/ to dist/ when something that goes into it has changed.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { runQuietly } from './run-command.mjs';
import { hashFiles, readStamp, writeStamp } from './stamp.mjs';

/** @param {string} root */
export async function buildIfStale(root) {
  const hash = buildHash(root); // taken before compiling: an edit made meanwhile is built next time
  const stampFile = path.join(root, 'dist', '.build-stamp');
  if (readStamp(stampFile) === hash) return;
  // Start with an empty dist/, so that files whose source was deleted disappear.
  rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const tsc = { command: process.execPath, args: [compiler, '-p', 'tsconfig.json'], name: 'tsc' };
  await runQuietly(tsc, { cwd: root, announce: 'Building…' });
  writeStamp(stampFile, hash);
}

/** The lock file is part of it because types come from packages. @param {string} root */
export function buildHash(root) {
  return hashFiles(root, ['src', 'tsconfig.json', 'package-lock.json']);
}
