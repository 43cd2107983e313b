// Content hashes and the stamp files that remember them: how the scripts know what is out of date.
// Contents, not times: git and Docker change times without changing anything.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * SHA-256 (hex) over files and folders (with everything inside), given relative to root. What is missing counts
 * as missing, so that its appearance changes the hash.
 * @param {string} root
 * @param {string[]} names
 */
export function hashFiles(root, names) {
  const hash = createHash('sha256');
  for (const name of names.flatMap((each) => listFiles(root, each))) {
    const content = readOrUndefined(path.join(root, name));
    // The lengths keep "ab" + "c" and "a" + "bc" apart.
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

/** Paths with "/", sorted, so that every system computes the same hash. */
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
