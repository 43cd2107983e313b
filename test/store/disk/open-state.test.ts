import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { DurableState } from '../../../src/store/disk/durable-state.js';
import { DataFolderError, openState } from '../../../src/store/disk/open-state.js';
import { StoreUnavailableError } from '../../../src/store/store.js';
import { linesLog, rejection } from './support.js';

const put = (key: string, value: string) => ({ namespace: 'test', key, value });

describe('The state in DATA_DIR', () => {
  const { log, lines } = linesLog();
  const open: DurableState[] = [];
  let folder: string;

  async function openFolder(): Promise<DurableState> {
    const state = await openState(folder, log);
    open.push(state);
    return state;
  }

  async function reopen(): Promise<ReadonlyMap<string, string>> {
    await closeAll();
    const entries = (await openFolder()).readEntries('test');
    return new Map([...entries].map(([key, value]) => [key, String(value)]));
  }

  async function closeAll(): Promise<void> {
    for (const state of open.splice(0)) await state.close();
  }

  beforeEach(() => {
    lines.length = 0;
    folder = join(mkdtempSync(join(tmpdir(), 'state-')), 'data');
  });
  afterEach(closeAll);

  it('is what was written last, when it is opened again', async () => {
    const state = await openFolder();
    await state.write([put('a', 'one'), put('b', 'two'), put('c', 'drei 三 🙂')]);
    await state.write([put('a', 'changed'), { ...put('b', ''), value: undefined }]);
    expect([...(await reopen())]).to.deep.equal([
      ['a', 'changed'],
      ['c', 'drei 三 🙂'],
    ]);
    expect(lines).to.deep.equal([]);
  });

  it('keeps bytes as they are', async () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
    await (await openFolder()).write([{ namespace: 'test', key: 'bytes', value: bytes }]);
    await closeAll();
    expect(new Uint8Array((await openFolder()).readEntries('test').get('bytes') ?? [])).to.deep.equal(bytes);
  });

  it('writes what may be later when it is closed, the latest value only', async () => {
    const state = await openFolder();
    const encoded: string[] = [];
    for (const value of ['one', 'two']) {
      state.writeLater('test', 'a', () => {
        encoded.push(value);
        return value;
      });
    }
    expect(encoded).to.deep.equal([]);
    expect([...(await reopen())]).to.deep.equal([['a', 'two']]);
    expect(encoded).to.deep.equal(['two']);
  });

  it('does not replace a durable value by an older one that waited', async () => {
    const state = await openFolder();
    state.writeLater('test', 'a', () => 'old');
    await state.write([put('a', 'new')]);
    expect([...(await reopen())]).to.deep.equal([['a', 'new']]);
  });

  it('can be read by its owner only', async () => {
    await (await openFolder()).write([put('a', 'secret')]);
    expect(statSync(folder).mode & 0o777).to.equal(0o700);
    for (const file of ['state.db', 'state.db-wal'])
      expect(statSync(join(folder, file)).mode & 0o077).to.equal(0);
  });

  it('refuses a folder that is in use, in one clear line', async () => {
    await (await openFolder()).write([put('a', 'one')]);
    const error = await rejection(openFolder());
    expect(error).to.be.instanceOf(DataFolderError);
    expect(error.message).to.match(/^The folder .*data \(DATA_DIR\) is in use by another gateway\. [^\n]+$/);
  });

  it('refuses a damaged file instead of beginning anew', async () => {
    const values = Array.from({ length: 200 }, (_, index) => put(`key-${index}`, 'x'.repeat(500)));
    await (await openFolder()).write(values);
    await closeAll();
    const whole = readFileSync(join(folder, 'state.db'));
    const damages: [string, (file: string) => void][] = [
      ['cut', (file) => truncateSync(file, 20_000)],
      ['another file', (file) => writeFileSync(file, 'x'.repeat(20_000))],
      ['changed value', (file) => writeFileSync(file, flip(whole, whole.lastIndexOf('xxxxx')))],
    ];
    for (const [name, damage] of damages) {
      writeFileSync(join(folder, 'state.db'), whole);
      damage(join(folder, 'state.db'));
      const error = await rejection(openFolder());
      expect(error, name).to.be.instanceOf(DataFolderError);
      expect(error.message, name).to.match(/is damaged \((SQLITE|STATE)_\w+\)/);
    }
  });

  it('refuses what a later version has written', async () => {
    await (await openFolder()).write([put('a', 'one')]);
    await closeAll();
    const file = join(folder, 'state.db');
    const bytes = readFileSync(file);
    bytes.writeUInt32BE(99, 60); // SQLite's user_version
    writeFileSync(file, bytes);
    expect((await rejection(openFolder())).message).to.contain('was written by a later version');
  });

  it('has the last whole state if the end of its log is cut off', async () => {
    const state = await openFolder();
    await state.write([put('a', 'one')]);
    await state.write([put('a', 'two')]);
    const copies = [join(folder, 'copy.db'), join(folder, 'copy.db-wal')];
    copyFileSync(join(folder, 'state.db'), `${copies[0]}`);
    copyFileSync(join(folder, 'state.db-wal'), `${copies[1]}`);
    await closeAll();
    copyFileSync(`${copies[0]}`, join(folder, 'state.db'));
    copyFileSync(`${copies[1]}`, join(folder, 'state.db-wal'));
    truncateSync(join(folder, 'state.db-wal'), statSync(`${copies[1]}`).size - 100);
    expect([...(await reopen())]).to.deep.equal([['a', 'one']]);
  });

  it('lets a gateway run where the folder cannot be made, and says so once', async () => {
    writeFileSync(join(folder, '..', 'file'), '');
    folder = join(folder, '..', 'file', 'data');
    const state = await openFolder();
    expect(state.problem).to.equal('DATA_DIR cannot be written: it is not a folder (ENOTDIR)');
    expect(lines.join('')).to.match(/^[^\n]*cannot be written[^\n]*\n$/);
    expect(state.readEntries('test').size).to.equal(0);
    expect(await rejection(state.write([put('a', 'one')]))).to.be.instanceOf(StoreUnavailableError);
    state.writeLater('test', 'a', () => 'one');
  });

  it('keeps nothing where DATA_DIR is none', async () => {
    const state = await openState(undefined, log);
    await state.write([put('a', 'one')]);
    expect(state.problem).to.equal(undefined);
    expect(existsSync(folder)).to.equal(false);
  });
});

function flip(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
