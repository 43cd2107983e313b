/**
 * A request for a new admin password, as a file in DATA_DIR: whoever may write there owns the gateway's state. It holds the
 * hash of the password, not the password.
 */
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = 'reset-admin';
const MAX_LENGTH = 1_000;

export async function requestReset(folder: string, hash: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, FILE);
  await writeFile(`${file}.new`, hash, { mode: 0o600 });
  // The gateway never reads half of it.
  await rename(`${file}.new`, file);
}

/** @returns the hash, `undefined` if nobody asked */
export async function readReset(folder: string): Promise<string | undefined> {
  const hash = await readFile(join(folder, FILE), 'utf8').catch(() => '');
  return hash === '' || hash.length > MAX_LENGTH ? undefined : hash;
}

/** Removes the request once the hash is stored. */
export async function endReset(folder: string): Promise<void> {
  await rm(join(folder, FILE), { force: true });
}

export async function isResetTaken(folder: string): Promise<boolean> {
  return !(await stat(join(folder, FILE)).catch(() => undefined));
}
