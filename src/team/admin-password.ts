/** The admin's password: configured, or made once for the whole team and stored as a salted hash. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { sha256 } from './secrets.js';
import type { TeamStore } from './team-store.js';

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);
const COST = 2 ** 15;
const BLOCK_SIZE = 8;
const HASH_BYTES = 32;
const SALT_BYTES = 16;
const PASSWORD_BYTES = 18;
const MAX_LENGTH = 500;

export class AdminPassword {
  /** The digest of the last right password and the hash that it fits: scrypt takes 100 ms. */
  #accepted: { readonly hash: string; readonly digest: string } | undefined;
  #running: Promise<unknown> = Promise.resolve();
  /** The hash that the store had last. */
  #known: string | undefined;
  /** Made by this process, but not stored yet. */
  #made: { readonly password: string; readonly hash: string } | undefined;

  constructor(
    private readonly configured: string | undefined,
    private readonly store: Pick<TeamStore, 'readAdminHash' | 'writeAdminHash'>,
  ) {}

  /** Rejects with a StoreUnavailableError while the store is away. */
  async isRight(given: string): Promise<boolean> {
    if (given.length > MAX_LENGTH) return false;
    if (this.configured !== undefined) return isSame(sha256(given), sha256(this.configured));
    const hash = await this.store.readAdminHash();
    if (hash === undefined) return false;
    const digest = sha256(given);
    if (this.#accepted?.hash === hash) return isSame(this.#accepted.digest, digest);
    // One at a time: each takes 32 MB.
    const check = this.#running.then(() => verifyHash(given, hash));
    this.#running = check.catch(() => undefined);
    const isRight = await check;
    if (isRight) this.#accepted = { hash, digest };
    return isRight;
  }

  /** Whether somebody has a password that is accepted, as far as this process knows. */
  get exists(): boolean {
    return this.configured !== undefined || this.#known !== undefined;
  }

  /**
   * Makes a password unless one is configured or the store has one. It is called repeatedly: a store that has lost its data
   * gets the hash back. Rejects with a StoreUnavailableError while the store is away.
   * @returns the new password, to be shown once
   */
  async ensure(): Promise<string | undefined> {
    if (this.configured !== undefined) return undefined;
    const stored = await this.store.readAdminHash();
    this.#known = stored ?? this.#known;
    if (stored !== undefined) return undefined;
    if (this.#known === undefined) return this.#storeFirst();
    await this.store.writeAdminHash(this.#known, true);
    return undefined;
  }

  /** Replaces the password that was made before by one whose hash somebody else has made. */
  async replace(hash: string): Promise<void> {
    await this.store.writeAdminHash(hash, false);
  }

  async #storeFirst(): Promise<string | undefined> {
    if (this.#made === undefined) {
      const password = makePassword();
      this.#made = { password, hash: await hashPassword(password) };
    }
    const { password, hash } = this.#made;
    const isFirst = await this.store.writeAdminHash(hash, true);
    // Another replica that started at the same time was first: its password is in use.
    this.#known = isFirst ? hash : await this.store.readAdminHash();
    return isFirst ? password : undefined;
  }

  /** Replaces the password that was made before. @returns the new one, to be shown once */
  async reset(): Promise<string> {
    const password = makePassword();
    await this.store.writeAdminHash(await hashPassword(password), false);
    return password;
  }
}

export function makePassword(): string {
  return randomBytes(PASSWORD_BYTES).toString('base64url');
}

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await deriveHash(password, salt);
  return ['scrypt', salt.toString('hex'), hash.toString('hex')].join(':');
}

async function verifyHash(password: string, stored: string): Promise<boolean> {
  const [kind, salt, hash] = stored.split(':');
  if (kind !== 'scrypt' || salt === undefined || hash === undefined) return false;
  return isSame((await deriveHash(password, Buffer.from(salt, 'hex'))).toString('hex'), hash);
}

function deriveHash(password: string, salt: Buffer): Promise<Buffer> {
  const options = { N: COST, r: BLOCK_SIZE, p: 1, maxmem: 256 * COST * BLOCK_SIZE };
  return derive(password.normalize('NFC'), salt, HASH_BYTES, options);
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
