/** The part of the contract that is about statistics. */
import { expect } from 'chai';
import { DAY_MS, HOUR_MS, MINUTE_MS, toDaySlot, toHourSlot, toMinuteSlot } from '../../src/stats/batch.js';
import { computeFigures } from '../../src/stats/figures.js';
import type { RequestRecord } from '../../src/stats/request-record.js';
import type { Outcome } from '../../src/vocabulary/outcomes.js';
import { OUTCOME_NAMES } from '../../src/vocabulary/outcomes.js';
import { batchOf, manyRecords, recordOf } from '../stats/records.js';
import type { Subject } from './contract.js';

export function statsContract(subject: Subject): void {
  const total = async () => computeFigures((await subject.store.readCounters(['total']))[0] ?? {});

  describe('the statistics', () => {
    it('are empty at first', async () => {
      const { store } = subject;
      expect(await store.readCounters(['total', 'm1', 'h1', 'd1'])).to.deep.equal([{}, {}, {}, {}]);
      expect(await store.readCounters([])).to.deep.equal([]);
      expect(await store.readLabels('model', ['total', 'h1'])).to.deep.equal([new Map(), new Map()]);
      expect(await store.readAddresses('h1', 20)).to.deep.equal([]);
      expect(await store.readRequests(100)).to.deep.equal([]);
    });

    it('add up outcomes, durations, tokens and histograms over replicas', async () => {
      const { store } = subject;
      const outcomes = OUTCOME_NAMES.flatMap((outcome, index) =>
        Array.from({ length: index + 1 }, (): Outcome => outcome),
      );
      for (const replica of ['a', 'b', 'c']) {
        const records = outcomes.map((outcome, index) => recordOf({ outcome, durationMs: 10 * index + 1.4 }));
        await store.recordBatch(batchOf(replica, 1, records));
      }
      const [fields = {}] = await store.readCounters(['total']);
      for (const [index, outcome] of OUTCOME_NAMES.entries())
        expect(fields[outcome]).to.equal(3 * (index + 1));
      const figures = await total();
      expect(figures.total).to.equal(3 * outcomes.length);
      expect(figures.tokensIn).to.equal(3 * outcomes.length * 10);
      expect(figures.tokensOut).to.equal(3 * outcomes.length * 20);
      expect(fields.ms).to.equal(3 * outcomes.reduce((sum, _, index) => sum + 10 * index + 1, 0));
      const buckets = (kind: string) =>
        Object.entries(fields)
          .filter(([field]) => new RegExp(`^${kind}\\d+$`).test(field))
          .reduce((sum, [, count]) => sum + count, 0);
      expect(buckets('d')).to.equal(3 * outcomes.length);
      expect(buckets('f')).to.equal(3 * outcomes.length);
    });

    it('are the same for the minute and the hour, with the time of the last request', async () => {
      const { store, clock } = subject;
      const now = clock.now;
      const times = [now - MINUTE_MS, now, now];
      await store.recordBatch(
        batchOf(
          'a',
          1,
          times.map((finishedAt) => recordOf({ finishedAt })),
        ),
      );
      await store.recordBatch(batchOf('b', 1, [recordOf({ finishedAt: now - 5 })]));
      const slots = [
        toMinuteSlot(now - MINUTE_MS),
        toMinuteSlot(now),
        toHourSlot(now),
        toDaySlot(now),
      ] as const;
      const [before, present, hour, day] = await store.readCounters(slots);
      expect([before?.ok, present?.ok, hour?.ok]).to.deep.equal([1, 3, 4]);
      // Whole days are kept by label only.
      expect(day).to.deep.equal({});
      const [fields] = await store.readCounters(['total']);
      expect(fields).to.deep.equal(hour);
      expect([before?.last, present?.last, fields?.last]).to.deep.equal([now - MINUTE_MS, now, now]);
    });

    it('count a batch once, even if it is sent several times concurrently', async () => {
      const { store } = subject;
      const batch = batchOf('a', 1, manyRecords(7));
      await Promise.all(Array.from({ length: 20 }, () => store.recordBatch(batch)));
      await store.recordBatch(batch);
      expect((await total()).total).to.equal(7);
      expect(await store.readRequests(100)).to.have.length(7);
      const [labels] = await store.readLabels('key', ['total']);
      expect(labels?.get('alice')?.ok).to.equal(7);
      expect((await store.readAddresses(toHourSlot(recordOf().finishedAt), 1))[0]?.requests).to.equal(7);
    });

    it('count a batch once when it is sent again after later ones', async () => {
      const { store } = subject;
      const [first, second] = [batchOf('a', 1, manyRecords(1)), batchOf('a', 2, manyRecords(2))];
      for (const batch of [first, second, first, second, first]) await store.recordBatch(batch);
      expect((await total()).total).to.equal(3);
    });

    it('count equal numbers of different replicas', async () => {
      const batches = Array.from({ length: 200 }, (_, index) =>
        batchOf(`replica-${index % 10}`, 1 + Math.floor(index / 10), manyRecords(3)),
      );
      await Promise.all(batches.slice(0, 10).map((batch) => subject.store.recordBatch(batch)));
      for (const batch of batches.slice(10)) await subject.store.recordBatch(batch);
      expect((await total()).total).to.equal(600);
    });

    it('keep minutes for 2 h and hours for 31 d', async () => {
      const { store, clock } = subject;
      const start = clock.now;
      await store.recordBatch(batchOf('a', 1, [recordOf({ finishedAt: start })]));
      const slots = [toMinuteSlot(start), toHourSlot(start)] as const;
      const counts = async () => (await store.readCounters(slots)).map((fields) => fields.ok);
      let number = 1;
      const later = async (ms: number) => {
        await clock.advance(ms);
        number += 1;
        await store.recordBatch(batchOf('a', number, [recordOf({ finishedAt: clock.now })]));
      };
      await later(119 * MINUTE_MS);
      expect(await counts()).to.deep.equal([1, clock.now - start < HOUR_MS ? 2 : 1]);
      await later(3 * MINUTE_MS);
      expect(await counts()).to.deep.equal([undefined, 1]);
      await later(30 * DAY_MS);
      expect(await counts()).to.deep.equal([undefined, 1]);
      await later(DAY_MS);
      expect(await counts()).to.deep.equal([undefined, undefined]);
      expect((await total()).total).to.equal(5);
    });
  });

  describe('the statistics by label', () => {
    it('are counted by model and key in total, by hour and by day, without histograms', async () => {
      const { store, clock } = subject;
      const now = clock.now;
      const records = [
        recordOf({ finishedAt: now, keyName: 'bob', outcome: 'upstream_error' }),
        recordOf({ finishedAt: now, keyName: 'bob', model: 'GLM-4.6' }),
        recordOf({ finishedAt: now }),
      ];
      for (const replica of ['a', 'b']) await store.recordBatch(batchOf(replica, 1, records));
      const slots = ['total', toHourSlot(now), toDaySlot(now)] as const;
      const fields = { ok: 2, last: now, ms: 2_000, in: 20, out: 40, gms: 1_600, gout: 40 };
      for (const keys of await store.readLabels('key', slots)) {
        expect([...keys.keys()]).to.have.members(['alice', 'bob']);
        expect(keys.get('alice')).to.deep.equal(fields);
        expect(keys.get('bob')).to.deep.equal({
          ...fields,
          upstream_error: 2,
          ms: 4_000,
          in: 40,
          out: 80,
        });
      }
      for (const models of await store.readLabels('model', slots)) {
        expect([...models.keys()]).to.have.members(['GLM-4.5', 'GLM-4.6']);
        expect(models.get('GLM-4.6')).to.deep.equal(fields);
      }
      expect(await store.readLabels('model', [toMinuteSlot(now)])).to.deep.equal([new Map()]);
    });

    it('are counted by error, with who is responsible and the time of the last one', async () => {
      const { store, clock } = subject;
      const now = clock.now;
      const failed = (outcome: Outcome, code: string | undefined, finishedAt: number) =>
        recordOf({ outcome, code, finishedAt });
      const records = [
        failed('upstream_error', 'upstream_timeout', now),
        failed('upstream_error', 'upstream_timeout', now - 9),
        failed('caller_error', 'invalid_value', now - 5),
        failed('gateway_error', undefined, now - 7),
        recordOf({ finishedAt: now }),
      ];
      await store.recordBatch(batchOf('a', 1, records));
      // Older, though it comes later.
      await store.recordBatch(batchOf('b', 1, [failed('upstream_error', 'upstream_timeout', now - 20)]));
      const [total, hour] = await store.readLabels('error', ['total', toHourSlot(now)]);
      expect([...(total?.keys() ?? [])]).to.have.members([
        'upstream_timeout',
        'invalid_value',
        'gateway_error',
      ]);
      expect(total?.get('upstream_timeout')).to.include({ upstream_error: 3, last: now });
      expect(total?.get('invalid_value')).to.include({ caller_error: 1, last: now - 5 });
      expect(total?.get('gateway_error')).to.include({ gateway_error: 1, last: now - 7 });
      expect(hour?.get('upstream_timeout')).to.deep.equal(total?.get('upstream_timeout'));
    });

    it('are counted by slot group, with their waits', async () => {
      const { store, clock } = subject;
      const now = clock.now;
      const record = recordOf({ finishedAt: now, slotGroup: 'team/glm-4.6', slotMs: 700, queueMs: 12 });
      await store.recordBatch(batchOf('a', 1, [record]));
      await store.recordBatch(batchOf('b', 1, [record, recordOf({ finishedAt: now })]));
      const [hour] = await store.readLabels('group', [toHourSlot(now)]);
      expect([...(hour?.keys() ?? [])]).to.deep.equal(['team/glm-4.6']);
      expect(hour?.get('team/glm-4.6')).to.include({ ok: 2, sms: 1_400, w27: 2 });
      const [keys] = await store.readLabels('key', [toHourSlot(now)]);
      expect(keys?.get('alice')).to.include({ ok: 3, sms: 1_400 });
    });

    it('distinguish names that contain separators', async () => {
      const names = ['a:b', 'a', ':', 'other:', '__proto__', '你好', '"\\', '{stats}'];
      const records = names.map((model) => recordOf({ model }));
      for (const replica of ['a', 'b']) await subject.store.recordBatch(batchOf(replica, 1, records));
      const [models] = await subject.store.readLabels('model', ['total']);
      expect([...(models?.keys() ?? [])]).to.have.members(names);
      for (const name of names) expect(models?.get(name)?.ok, name).to.equal(2);
    });

    for (const [kind, most] of [
      ['model', 50],
      ['key', 500],
      ['error', 100],
    ] as const) {
      it(`distinguish up to ${most} labels of the kind ${kind}`, async () => {
        const { store } = subject;
        const half = most / 2;
        const named = (index: number): Partial<RequestRecord> =>
          kind === 'error'
            ? { outcome: 'caller_error', code: `error_${index}` }
            : { model: `model-${index}`, keyName: `key-${index}` };
        const count = (label: string) => {
          const fields = labels?.get(label) ?? {};
          return fields.ok ?? fields.caller_error;
        };
        const nameOf = (index: number) => (kind === 'error' ? `error_${index}` : `${kind}-${index}`);
        // The halves overlap: what is known stays known when there is no more room.
        for (const [number, from] of [0, half, most, half].entries()) {
          await store.recordBatch(
            batchOf(
              'a',
              number + 1,
              manyRecords(half, (index) => named(from + index)),
            ),
          );
        }
        const [labels] = await store.readLabels(kind, ['total']);
        expect(labels?.size).to.equal(most + 1);
        expect(count('other')).to.equal(half);
        expect(count(nameOf(0))).to.equal(1);
        expect(count(nameOf(half))).to.equal(2);
      });
    }

    it('keep hours for 31 d and days for 400 d', async () => {
      const { store, clock } = subject;
      const start = clock.now;
      await store.recordBatch(batchOf('a', 1, [recordOf({ finishedAt: start })]));
      const known = async () =>
        (await store.readLabels('key', [toHourSlot(start), toDaySlot(start), 'total'])).map(
          (labels) => labels.get('alice')?.ok,
        );
      await clock.advance(32 * DAY_MS);
      await store.recordBatch(batchOf('a', 2, [recordOf({ finishedAt: clock.now })]));
      expect(await known()).to.deep.equal([undefined, 1, 2]);
      await clock.advance(370 * DAY_MS);
      await store.recordBatch(batchOf('a', 3, [recordOf({ finishedAt: clock.now })]));
      expect(await known()).to.deep.equal([undefined, undefined, 3]);
    });
  });

  describe('the busiest addresses', () => {
    it('are those of one hour in descending order, with their 401s and 429s', async () => {
      const { store, clock } = subject;
      const at = (clientAddress: string, status = 200) =>
        recordOf({ clientAddress, status, finishedAt: clock.now });
      for (const replica of ['a', 'b']) {
        const records = [at('192.0.2.1'), at('192.0.2.2', 401), at('192.0.2.2', 429), at('192.0.2.2', 429)];
        await store.recordBatch(batchOf(replica, 1, [...records, at('2001:db8::1', 500), at('192.0.2.1')]));
      }
      const hour = toHourSlot(clock.now);
      expect(await store.readAddresses(hour, 2)).to.deep.equal([
        { address: '192.0.2.2', requests: 6, unauthorized: 2, limited: 4 },
        { address: '192.0.2.1', requests: 4, unauthorized: 0, limited: 0 },
      ]);
      expect(await store.readAddresses(hour, 20)).to.have.length(3);
      expect(await store.readAddresses(toHourSlot(clock.now + HOUR_MS), 20)).to.deep.equal([]);
    });

    it('are limited to 1,000, and include one that becomes busy late', async () => {
      const { store, clock } = subject;
      const crowd = (from: number) =>
        manyRecords(600, (index) => ({ clientAddress: `host-${from + index}`, finishedAt: clock.now }));
      await store.recordBatch(batchOf('a', 1, crowd(0)));
      await store.recordBatch(batchOf('a', 2, crowd(600)));
      const late = manyRecords(3, () => ({ clientAddress: 'late', finishedAt: clock.now }));
      await store.recordBatch(batchOf('a', 3, late));
      const all = await store.readAddresses(toHourSlot(clock.now), 5_000);
      expect(all).to.have.length(1_000);
      expect(all[0]).to.include({ address: 'late', requests: 3 });
    });
  });

  describe('the newest requests', () => {
    it('are returned as they were recorded, with their replica', async () => {
      const full = recordOf({
        code: 'model_not_found',
        keyName: undefined,
        usage: undefined,
        servedModel: 'GLM-5.3',
      });
      await subject.store.recordBatch(batchOf('a', 1, [full]));
      await subject.store.recordBatch(batchOf('b', 1, [recordOf({ finishedAt: full.finishedAt + 1 })]));
      const plain = (value: unknown) => JSON.parse(JSON.stringify(value));
      const [newest, before] = plain(await subject.store.readRequests(100));
      expect(before).to.deep.equal(plain({ ...full, replica: 'a' }));
      expect(newest).to.deep.equal(plain({ ...recordOf({ finishedAt: full.finishedAt + 1 }), replica: 'b' }));
    });

    it('come from all replicas, in the order in which they finished', async () => {
      const { store } = subject;
      const records = manyRecords(900);
      // Three replicas, three batches each, which arrive in no order.
      const batches = [0, 1, 2].flatMap((replica) =>
        [0, 1, 2].map((part) =>
          batchOf(
            `replica-${replica}`,
            part + 1,
            records.slice(300 * part, 300 * part + 300).filter((_, index) => index % 3 === replica),
          ),
        ),
      );
      for (const index of [3, 0, 6, 1, 4, 7, 8, 5, 2]) {
        const batch = batches[index];
        if (batch) await store.recordBatch(batch);
      }
      const newest = (await store.readRequests(100)).map(({ requestId }) => requestId);
      expect(newest).to.deep.equal(
        records
          .slice(-100)
          .reverse()
          .map(({ requestId }) => requestId),
      );
    });

    it('are the latest of all replicas after an outage, when replicas write one after the other', async () => {
      const records = manyRecords(8_000);
      for (let replica = 0; replica < 8; replica += 1) {
        const own = records.filter((_, index) => index % 8 === replica);
        await subject.store.recordBatch(batchOf(`replica-${replica}`, 1, own));
      }
      const newest = (await subject.store.readRequests(100)).map(({ requestId }) => requestId);
      expect(newest).to.deep.equal(
        records
          .slice(-100)
          .reverse()
          .map(({ requestId }) => requestId),
      );
      expect((await total()).total).to.equal(8_000);
    });

    it('are limited to 1,000', async () => {
      for (let number = 1; number <= 12; number += 1) {
        const records = manyRecords(100, (index) => ({ finishedAt: 100 * number + index }));
        await subject.store.recordBatch(batchOf('a', number, records));
      }
      const kept = await subject.store.readRequests(5_000);
      expect(kept).to.have.length(1_000);
      expect([kept[0]?.finishedAt, kept.at(-1)?.finishedAt]).to.deep.equal([1_299, 300]);
    });
  });
}
