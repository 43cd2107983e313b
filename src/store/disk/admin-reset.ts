/**
 * A request for a new admin password, as a file in DATA_DIR: whoever may write there owns the gateway's state. It holds the
 * hash of the password, not the password.
 */
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = 'reset-admin';
const MAX_LENGTH = 1_000;

export async function requestReset(folder: string, hash: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, FILE);
  await rm(`${file}.new`, { force: true });
  // Made anew, so that root follows no link that the folder's owner has put there.
  const made = await open(`${file}.new`, 'wx', 0o600);
  try {
    await made.writeFile(hash);
    // Whoever asks may be root, and the gateway a user who owns the folder.
    const { uid, gid } = await stat(folder);
    await made.chown(uid, gid).catch(() => undefined);
  } finally {
    await made.close();
  }
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
