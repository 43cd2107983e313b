import { expect } from 'chai';
import { READ_EVERY_MS, SharedReadings } from '../../src/replica/shared-readings.js';
import { MemoryReadings } from '../../src/store/memory-readings.js';

describe('What one replica reads for all', () => {
  let now: number;
  let store: MemoryReadings;
  let reads: number;

  const replica = (read = async () => `reading ${reads}`) =>
    new SharedReadings(
      store,
      new Map([
        [
          'quota',
          () => {
            reads += 1;
            return read();
          },
        ],
      ]),
    );

  beforeEach(() => {
    now = 1_000_000;
    reads = 0;
    store = new MemoryReadings(() => now);
  });

  it('is read at most once a minute, whoever looks', async () => {
    const replicas = [replica(), replica(), replica()];
    for (let second = 0; second < 180; second += 15) {
      for (const one of replicas) one.noteUse();
      await Promise.all(replicas.map((one) => one.look()));
      now += 15_000;
    }
    expect(reads).to.equal(3);
    for (const one of replicas) expect(await one.find('quota')).to.equal('reading 3');
  });

  it('is not read while nobody uses the gateway', async () => {
    const one = replica();
    await one.look();
    now += READ_EVERY_MS;
    await one.look();
    expect(reads).to.equal(1);
    one.noteUse();
    await one.look();
    expect(reads).to.equal(2);
  });

  it('is unknown after ten minutes, and while the store is away', async () => {
    const one = replica();
    await one.look();
    now += 10 * 60_000;
    expect(await one.find('quota')).to.equal(undefined);
    const away = new SharedReadings(
      { ...store, findReading: () => Promise.reject(new Error('away')) } as never,
      new Map(),
    );
    expect(await away.find('quota')).to.equal(undefined);
  });

  it('is not waited for by the next look when the source fails', async () => {
    const one = replica(() => Promise.reject(new Error('broken')));
    await one.look();
    expect([reads, await one.find('quota')]).to.deep.equal([1, undefined]);
    one.noteUse();
    await one.look();
    expect(reads).to.equal(1);
  });
});
