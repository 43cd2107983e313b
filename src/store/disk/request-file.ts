/** Requests to a running gateway as files in DATA_DIR: whoever may write there owns the gateway's state. */
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const MAX_LENGTH = 1_000;

export class RequestFile {
  constructor(
    private readonly folder: string,
    private readonly name: string,
  ) {}

  get path(): string {
    return join(this.folder, this.name);
  }

  async write(text: string): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await rm(`${this.path}.new`, { force: true });
    // Made anew, so that root follows no link that the folder's owner has put there.
    const made = await open(`${this.path}.new`, 'wx', 0o600);
    try {
      await made.writeFile(text);
      // Whoever asks may be root, and the gateway a user who owns the folder.
      const { uid, gid } = await stat(this.folder);
      await made.chown(uid, gid).catch(() => undefined);
    } finally {
      await made.close();
    }
    // The gateway never reads half of it.
    await rename(`${this.path}.new`, this.path);
  }

  /** @returns `undefined` if nobody asked */
  async read(): Promise<string | undefined> {
    const text = await readFile(this.path, 'utf8').catch(() => '');
    return text === '' || text.length > MAX_LENGTH ? undefined : text;
  }

  /** Removes the request once it is done. */
  async end(): Promise<void> {
    await rm(this.path, { force: true });
  }

  async isThere(): Promise<boolean> {
    return (await stat(this.path).catch(() => undefined)) !== undefined;
  }
}
