import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Database, type Engine } from '../../../src/store/disk/database.js';

describe('The file of the durable state', () => {
  let file: string;
  let engine: Engine;

  before(async () => {
    engine = ((await import('libsql')) as unknown as { default: Engine }).default;
  });
  beforeEach(() => {
    file = join(mkdtempSync(join(tmpdir(), 'database-')), 'state.db');
  });

  const entries = (from: number, to: number, value: string | undefined) =>
    Array.from({ length: to - from }, (_, index) => ({ namespace: 'test', key: `${from + index}`, value }));

  it('gets smaller when much of it is unused, and keeps the rest', () => {
    const database = new Database(engine, file);
    database.apply(entries(0, 2_000, 'x'.repeat(10_000)));
    database.apply(entries(100, 2_000, undefined));
    database.compact();
    expect(statSync(file).size).to.be.within(1_000_000, 3_000_000);
    expect(database.readAll()).to.have.length(100);
    database.close();
  });

  it('does not grow when the same entries are written again and again', () => {
    const database = new Database(engine, file);
    for (let round = 0; round < 200; round += 1) database.apply(entries(0, 100, `${round}`.repeat(1_000)));
    database.close();
    expect(statSync(file).size).to.be.below(1_000_000);
  });

  it('undoes a transaction of which one change cannot be written', () => {
    const database = new Database(engine, file);
    database.apply([{ namespace: 'test', key: 'a', value: 'one' }]);
    const broken = { namespace: 'test', key: 'b', value: Symbol('broken') as unknown as string };
    expect(() => database.apply([{ namespace: 'test', key: 'a', value: 'two' }, broken])).to.throw();
    expect(database.readAll().map(([, key, value]) => [key, String(value)])).to.deep.equal([['a', 'one']]);
    database.apply([{ namespace: 'test', key: 'a', value: 'three' }]);
    expect(database.readAll().map(([, key, value]) => [key, String(value)])).to.deep.equal([['a', 'three']]);
    database.close();
  });
});
