/** A request for a new admin password, as a file in DATA_DIR. It holds the hash of the password, not the password. */
import { RequestFile } from './request-file.js';

const fileIn = (folder: string) => new RequestFile(folder, 'reset-admin');

export async function requestReset(folder: string, hash: string): Promise<void> {
  await fileIn(folder).write(hash);
}

/** @returns the hash, `undefined` if nobody asked */
export async function readReset(folder: string): Promise<string | undefined> {
  return fileIn(folder).read();
}

/** Removes the request once the hash is stored. */
export async function endReset(folder: string): Promise<void> {
  await fileIn(folder).end();
}

export async function isResetTaken(folder: string): Promise<boolean> {
  return !(await fileIn(folder).isThere());
}
