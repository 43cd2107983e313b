/**
 * The file of the durable state: SQLite with a write-ahead log, one table. Calls wait for the disk, so they run in a
 * thread of their own (disk-thread.ts). One connection holds the file; its lock ends with the process, however it ends.
 */
import { closeSync, openSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Change } from './durable-state.js';

/** Raised with every change of the table that older versions cannot read. */
const SCHEMA_VERSION = 1;
/** Unused pages (of 4 KiB) that a file may have, and their part of all. */
const MAX_UNUSED_PAGES = 1_000;
const MAX_UNUSED_PART = 0.25;
const COMPACT_EVERY_MS = 10 * 60_000;

/** What is used of the package's interface. */
export interface Engine {
  new (file: string): Connection;
}

interface Connection {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

interface Statement {
  run(...values: readonly unknown[]): unknown;
  get(): unknown;
  all(): unknown[];
  raw(): this;
}

/** `code` tells what is wrong: `STATE_CORRUPT`, `STATE_NEWER`, or SQLite's own code. */
export class DatabaseError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export type Entry = readonly [namespace: string, key: string, value: Uint8Array];

export class Database {
  readonly #connection: Connection;
  readonly #put: Statement;
  readonly #delete: Statement;
  #compactedAt = 0;

  /** @throws what the file system or SQLite throws, `SQLITE_BUSY` if another process has the file */
  constructor(engine: Engine, file: string) {
    // SQLite gives the log the mode of the file.
    closeSync(openSync(file, 'a', 0o600));
    this.#connection = new engine(file);
    try {
      this.#prepareFile();
    } catch (error) {
      this.#connection.close();
      throw error;
    }
    this.#put = this.#connection.prepare('REPLACE INTO state VALUES (?, ?, ?, ?)');
    this.#delete = this.#connection.prepare('DELETE FROM state WHERE namespace = ? AND key = ?');
  }

  /** @throws DatabaseError `STATE_CORRUPT` if an entry is not what was written */
  readAll(): Entry[] {
    const rows = this.#connection.prepare('SELECT * FROM state ORDER BY namespace, key').raw().all();
    return rows.map((row) => {
      const [namespace, key, value, checksum] = row as [Buffer, Buffer, Buffer, number];
      if (computeChecksum(namespace, key, value) !== checksum)
        throw new DatabaseError('STATE_CORRUPT', 'an entry has a wrong checksum');
      return [String(namespace), String(key), value];
    });
  }

  /** One transaction, on the disk when this returns. */
  apply(changes: readonly Change[]): void {
    this.#connection.exec('BEGIN IMMEDIATE');
    try {
      for (const change of changes) this.#applyOne(change);
      this.#connection.exec('COMMIT');
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /** Gives unused pages back to the file system, if there are many and the last time is long ago. */
  compact(): void {
    if (Date.now() - this.#compactedAt < COMPACT_EVERY_MS) return;
    this.#compactedAt = Date.now();
    const unused = this.#readNumber('freelist_count');
    if (unused < MAX_UNUSED_PAGES || unused < MAX_UNUSED_PART * this.#readNumber('page_count')) return;
    this.#connection.prepare('PRAGMA incremental_vacuum').all();
    this.#connection.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
  }

  /** A new file with all that is in this one. @throws if the file is there already, or there is no room */
  copyTo(file: string): void {
    this.#connection.prepare('VACUUM INTO ?').run(file);
  }

  close(): void {
    this.#connection.close();
  }

  #prepareFile(): void {
    const connection = this.#connection;
    const set = (setting: string) => connection.prepare(`PRAGMA ${setting}`).all();
    set('locking_mode = EXCLUSIVE');
    set('auto_vacuum = INCREMENTAL');
    set('journal_mode = WAL');
    set('synchronous = FULL');
    set(`journal_size_limit = ${8 * 1024 * 1024}`);
    connection.exec('BEGIN EXCLUSIVE; COMMIT'); // takes the lock
    const version = this.#readNumber('user_version');
    if (version > SCHEMA_VERSION) throw new DatabaseError('STATE_NEWER', 'a later version has written it');
    const check = connection.prepare('PRAGMA quick_check(1)').raw().all()[0] as [unknown];
    if (check[0] !== 'ok') throw new DatabaseError('STATE_CORRUPT', 'its pages do not fit together');
    if (version === SCHEMA_VERSION) return;
    connection.exec(`BEGIN IMMEDIATE;
      CREATE TABLE IF NOT EXISTS state (
        namespace BLOB NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, checksum INTEGER NOT NULL,
        PRIMARY KEY (namespace, key));
      PRAGMA user_version = ${SCHEMA_VERSION};
      COMMIT`);
  }

  #applyOne({ namespace, key, value }: Change): void {
    const bytes = [namespace, key].map((text) => Buffer.from(text)) as [Buffer, Buffer];
    if (value === undefined) {
      this.#delete.run(...bytes);
      return;
    }
    const content = Buffer.from(value as Uint8Array); // a string, too
    this.#put.run(...bytes, content, computeChecksum(...bytes, content));
  }

  #rollBack(): void {
    try {
      this.#connection.exec('ROLLBACK');
    } catch {
      // A full disk has ended the transaction already.
    }
  }

  #readNumber(pragma: string): number {
    const row = this.#connection.prepare(`PRAGMA ${pragma}`).raw().get() as [number];
    return row[0];
  }
}

function computeChecksum(namespace: Buffer, key: Buffer, value: Buffer): number {
  return crc32(value, crc32(key, crc32(namespace)));
}
