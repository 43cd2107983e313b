// Content hashes and the stamp files that keep them, by which the scripts know what is out of date. Times are not used: git
// and Docker change them without changing contents.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * SHA-256 (hex) of files and folders (with everything inside), relative to root. A missing file changes the hash when it
 * appears.
 * @param {string} root
 * @param {string[]} names
 */
export function hashFiles(root, names) {
  const hash = createHash('sha256');
  for (const name of names.flatMap((each) => listFiles(root, each))) {
    const content = readOrUndefined(path.join(root, name));
    // A length prefix prevents ambiguous concatenation.
    hash.update(`${name}\0${content?.length ?? 'missing'}\0`).update(content ?? '');
  }
  return hash.digest('hex');
}

/** @param {string} file */
export function readStamp(file) {
  return readOrUndefined(file)?.toString().trim();
}

/** @param {string} file @param {string} hash */
export function writeStamp(file, hash) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${hash}\n`);
}

/** Sorted paths with "/", so that every system computes the same hash. */
function listFiles(root, name) {
  const stats = statSync(path.join(root, name), { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return [name];
  const entries = readdirSync(path.join(root, name)).sort();
  return entries.flatMap((entry) => listFiles(root, `${name}/${entry}`));
}

function readOrUndefined(file) {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
