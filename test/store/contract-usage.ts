/** The part of the contract that is about what each key used. */
import { expect } from 'chai';
import { DAY_MS, HOUR_MS } from '../../src/stats/batch.js';
import { MAX_USAGE_MODELS, toUsageDay, toUsageHour, type UsageSlot } from '../../src/stats/usage.js';
import { batchOf, manyRecords, recordOf } from '../stats/records.js';
import type { Subject } from './contract.js';

export function usageContract(subject: Subject): void {
  const read = async (id: string, ...slots: UsageSlot[]) =>
    (await subject.store.readUsage(slots.map((slot) => ({ id, slot })))).map((models) =>
      Object.fromEntries(models),
    );

  describe('the usage of keys', () => {
    it('is empty at first', async () => {
      expect(await read('env:alice', 'h1', 'd2026-11-28')).to.deep.equal([{}, {}]);
      expect(await subject.store.readUsage([])).to.deep.equal([]);
      expect(await subject.store.listUsageKeys(0)).to.deep.equal([]);
    });

    it('has tokens, cost, errors and kinds of price by model, by hour and by day, over replicas', async () => {
      const { store, clock } = subject;
      const finishedAt = clock.now;
      const usage = {
        promptTokens: 10,
        completionTokens: 5,
        totalTokens: 15,
        cachedTokens: 4,
        reasoningTokens: 2,
      };
      const records = [
        recordOf({ finishedAt, usage }),
        recordOf({ finishedAt, usage, cost: { USD: 30, CNY: 7 } }),
        recordOf({ finishedAt, usage, model: 'GLM-4.6', pricing: 'included', cost: undefined }),
        recordOf({
          finishedAt,
          usage: undefined,
          outcome: 'upstream_error',
          pricing: undefined,
          cost: undefined,
        }),
        recordOf({ finishedAt, keyId: undefined, keyName: undefined, outcome: 'caller_error' }),
      ];
      for (const replica of ['a', 'b']) {
        const batch = batchOf(replica, 1, records);
        await Promise.all([store.recordBatch(batch), store.recordBatch(batch)]);
      }
      const expected = {
        'GLM-4.5': { n: 6, e: 2, in: 40, cached: 16, out: 20, think: 8, USD: 300, CNY: 14 },
        'GLM-4.6': { n: 2, in: 20, cached: 8, out: 10, think: 4, included: 2 },
      };
      const day = toUsageDay(finishedAt, 'UTC');
      expect(await read('env:alice', toUsageHour(finishedAt), day)).to.deep.equal([expected, expected]);
      expect(await store.listUsageKeys(0)).to.deep.equal([
        { id: 'env:alice', name: 'alice', member: undefined, lastAt: finishedAt },
      ]);
    });

    it('belongs to the id: a new key of the same name begins at nothing', async () => {
      const { store, clock } = subject;
      const finishedAt = clock.now;
      const used = (keyId: string) => recordOf({ finishedAt, keyId, keyName: 'bob', member: 'bob' });
      await store.recordBatch(batchOf('a', 1, [used('aaaaaaaa'), used('aaaaaaaa')]));
      await store.recordBatch(batchOf('a', 2, [used('bbbbbbbb')]));
      const hour = toUsageHour(finishedAt);
      expect((await read('aaaaaaaa', hour))[0]?.['GLM-4.5']?.n).to.equal(2);
      expect((await read('bbbbbbbb', hour))[0]?.['GLM-4.5']?.n).to.equal(1);
      const ids = (await store.listUsageKeys(0)).map(({ id, member }) => `${id} ${member}`);
      expect(ids).to.have.members(['aaaaaaaa bob', 'bbbbbbbb bob']);
    });

    it('has every key apart, however many there are', async () => {
      const { store, clock } = subject;
      const finishedAt = clock.now;
      const records = manyRecords(700, (index) => ({
        finishedAt,
        keyId: `env:key-${index}`,
        keyName: `key-${index}`,
      }));
      await store.recordBatch(batchOf('a', 1, records));
      const slot = toUsageHour(finishedAt);
      const keys = await store.listUsageKeys(0);
      expect(keys).to.have.length(700);
      const all = await store.readUsage(keys.map(({ id }) => ({ id, slot })));
      expect(all.every((models) => models.get('GLM-4.5')?.n === 1)).to.equal(true);
    });

    it(`has ${MAX_USAGE_MODELS} models apart, and loses no token of the others`, async () => {
      const { store, clock } = subject;
      const finishedAt = clock.now;
      const records = (from: number) =>
        manyRecords(40, (index) => ({ finishedAt, model: `model-${from + index}` }));
      await store.recordBatch(batchOf('a', 1, records(0)));
      await store.recordBatch(batchOf('a', 2, records(20)));
      const [models = {}] = await read('env:alice', toUsageHour(finishedAt));
      expect(Object.keys(models)).to.have.length(MAX_USAGE_MODELS + 1);
      expect(models['model-20']?.n).to.equal(2);
      expect(models.other?.n).to.equal(10);
      expect(Object.values(models).reduce((sum, fields) => sum + (fields.in ?? 0), 0)).to.equal(800);
    });

    it('has names that contain separators', async () => {
      const { store, clock } = subject;
      const finishedAt = clock.now;
      const names = ['a:b', 'n:a', ':', '__proto__', '你好', '{stats}'];
      for (const [index, replica] of ['a', 'b'].entries())
        await store.recordBatch(
          batchOf(
            replica,
            index + 1,
            names.map((model) => recordOf({ finishedAt, model })),
          ),
        );
      const [models = {}] = await store.readUsage([{ id: 'env:alice', slot: toUsageHour(finishedAt) }]);
      expect([...(models as ReadonlyMap<string, unknown>).keys()]).to.have.members(names);
      for (const name of names)
        expect((models as ReadonlyMap<string, { n?: number }>).get(name)?.n, name).to.equal(2);
    });

    it('is in the day of the zone that held when it was counted', async () => {
      const { store } = subject;
      const records = ['2026-03-28T23:30Z', '2026-03-29T00:30Z', '2026-03-29T22:30Z'].map((at) =>
        recordOf({ finishedAt: Date.parse(at) }),
      );
      await store.recordBatch(batchOf('a', 1, records, 'Europe/Berlin'));
      await store.recordBatch(batchOf('b', 1, records, 'UTC'));
      const days = await read('env:alice', 'd2026-03-28', 'd2026-03-29', 'd2026-03-30');
      expect(days.map((models) => models['GLM-4.5']?.n)).to.deep.equal([1, 4, 1]);
    });

    it('keeps hours for 31 d, days for 400 d and keys as long as their days', async () => {
      const { store, clock } = subject;
      const start = clock.now;
      await store.recordBatch(batchOf('a', 1, [recordOf({ finishedAt: start })]));
      const kept = async () =>
        (await read('env:alice', toUsageHour(start), toUsageDay(start, 'UTC'))).map(
          (models) => models['GLM-4.5']?.n,
        );
      await clock.advance(33 * DAY_MS);
      await store.recordBatch(batchOf('a', 2, [recordOf({ finishedAt: clock.now, keyId: 'public' })]));
      expect(await kept()).to.deep.equal([undefined, 1]);
      await clock.advance(370 * DAY_MS + HOUR_MS);
      await store.recordBatch(batchOf('a', 3, [recordOf({ finishedAt: clock.now, keyId: 'public' })]));
      expect(await kept()).to.deep.equal([undefined, undefined]);
      expect((await store.listUsageKeys(0)).map(({ id }) => id)).to.deep.equal(['public']);
      expect(await store.listUsageKeys(clock.now + 1)).to.deep.equal([]);
    });
  });
}
