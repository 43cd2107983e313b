/** Looks at DATA_DIR without using it, beside a gateway that does: for the doctor. */
import { open, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { describeFailure } from './describe-failure.js';
import { DiskFile } from './disk-file.js';
import type { DurableState } from './durable-state.js';
import { DataFolderError, FILE, readState } from './open-state.js';

export interface FolderFindings {
  /** Absolute. */
  readonly folder: string;
  readonly isThere: boolean;
  /** Why nothing can be written there, `undefined` if it can. */
  readonly problem: string | undefined;
  /** Whether a running gateway has it. */
  readonly isInUse: boolean;
  /** Of the state and its log. */
  readonly bytes: number;
  /** What is in it; a message if that cannot be read. */
  readonly state: DurableState | string;
}

export async function inspectState(dataDir: string): Promise<FolderFindings> {
  const folder = resolve(dataDir);
  const isThere = (await sizeOf(folder)) !== undefined;
  const file = join(folder, FILE);
  const sizes = await Promise.all([file, `${file}-wal`].map(sizeOf));
  return {
    folder,
    isThere,
    problem: await tryWriting(isThere ? folder : await findParent(folder)),
    isInUse: sizes[0] !== undefined && (await isLocked(file)),
    bytes: sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0),
    state: await readState(folder).catch((error: Error) => {
      if (error instanceof DataFolderError) return error.message;
      throw error;
    }),
  };
}

async function sizeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}

/** The nearest folder above that exists: the start makes the ones below it. */
async function findParent(folder: string): Promise<string> {
  const parent = dirname(folder);
  return parent === folder || (await sizeOf(parent)) !== undefined ? parent : findParent(parent);
}

async function tryWriting(folder: string): Promise<string | undefined> {
  const file = join(folder, `.doctor-${process.pid}`);
  try {
    const made = await open(file, 'wx', 0o600);
    await made.writeFile('x');
    await made.sync();
    await made.close();
    return undefined;
  } catch (error) {
    return describeFailure(error as NodeJS.ErrnoException & { code: string });
  } finally {
    await rm(file, { force: true }).catch(() => undefined);
  }
}

/** A gateway holds the lock for as long as it runs. */
async function isLocked(file: string): Promise<boolean> {
  try {
    await DiskFile.open({ file, readOnce: true });
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'SQLITE_BUSY';
  }
}
