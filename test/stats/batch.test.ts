import { expect } from 'chai';
import {
  BatchBuilder,
  DAY_MS,
  HOUR_MS,
  MAX_ADDRESSES,
  MINUTE_MS,
  type StatsBatch,
  toDaySlot,
  toHourSlot,
  toMinuteSlot,
} from '../../src/stats/batch.js';
import type { RequestRecord } from '../../src/stats/request-record.js';
import { batchOf, manyRecords, recordOf } from './records.js';

const START = recordOf().finishedAt;

describe('BatchBuilder', () => {
  it('is empty until a record is added', () => {
    const builder = new BatchBuilder('UTC');
    expect(builder.isEmpty).to.equal(true);
    builder.add(recordOf());
    expect(builder.isEmpty).to.equal(false);
  });

  it('counts a request in the total, its minute and hour, and under its labels', () => {
    const record = recordOf({
      status: 429,
      outcome: 'rate_limited',
      code: 'rate_limit_exceeded',
      durationMs: 12.6,
      firstTokenMs: undefined,
    });
    const batch = batchOf('a', 7, [record]);
    const fields = { rate_limited: 1, 429: 1, last: START, ms: 13, in: 10, out: 20 };
    expect(batch).to.include({ replica: 'a', number: 7 });
    expect(batch.requests).to.deep.equal([record]);
    expect([...batch.counters.keys()]).to.deep.equal(['total', toMinuteSlot(START), toHourSlot(START)]);
    for (const counted of batch.counters.values()) expect(counted).to.deep.equal({ ...fields, d27: 1 });
    const labels = [
      batch.labels.model.get('GLM-4.5'),
      batch.labels.key.get('alice'),
      batch.labels.error.get('rate_limit_exceeded'),
    ];
    for (const slots of labels) {
      expect([...(slots ?? [])]).to.deep.equal([
        ['total', fields],
        [toHourSlot(START), fields],
        [toDaySlot(START), fields],
      ]);
    }
    expect(batch.addresses.get(toHourSlot(START))?.get('192.0.2.1')).to.deep.equal({ n: 1, 429: 1 });
  });

  it('counts requests without a key as `none`, and unknown or malformed model names as `unknown`', () => {
    const models: Partial<RequestRecord>[] = [
      { model: undefined },
      { model: 'my secret', code: 'model_not_found' },
      { model: 'GLM-5', code: 'model_not_found' },
      { model: 'Write me a poem about spring' },
      { model: 'half a character \ud83d' },
      { model: '\ud83d' },
      { model: 'a\u0000b' },
      { model: 'x'.repeat(201) },
      { model: '' },
    ];
    const batch = batchOf('a', 1, [
      ...models.map((one) => recordOf({ ...one, keyName: undefined })),
      recordOf({ model: '智谱/GLM-4.5:fp8@v1' }),
    ]);
    expect([...batch.labels.model.keys()]).to.deep.equal(['unknown', '智谱/GLM-4.5:fp8@v1']);
    expect(batch.labels.model.get('unknown')?.get('total')?.ok).to.equal(models.length);
    expect([...batch.labels.key.keys()]).to.deep.equal(['none', 'alice']);
  });

  it('counts errors by code, else by outcome, and malformed codes as `unknown`', () => {
    const batch = batchOf('a', 1, [
      recordOf(),
      recordOf({ outcome: 'caller_error', code: 'invalid_value' }),
      recordOf({ outcome: 'gateway_error', code: undefined }),
      ...['Some words', '', '<b>', 'x'.repeat(65)].map((code) =>
        recordOf({ outcome: 'upstream_error', code }),
      ),
    ]);
    expect([...batch.labels.error.keys()]).to.deep.equal(['invalid_value', 'gateway_error', 'unknown']);
    expect(batch.labels.error.get('unknown')?.get('total')?.upstream_error).to.equal(4);
  });

  it('adds up slot time and waits by slot group, and slot time by key', () => {
    const slots = { slotGroup: 'team/glm-4.6', slotMs: 1_500.4 };
    const batch = batchOf('a', 1, [
      recordOf({ ...slots, queueMs: 12 }),
      recordOf({ ...slots, keyName: 'bob' }),
      recordOf({ ...slots, slotMs: undefined, queueMs: 12, outcome: 'rate_limited', status: 429 }),
      recordOf(),
    ]);
    const group = batch.labels.group.get('team/glm-4.6');
    expect([...(group?.keys() ?? [])]).to.deep.equal(['total', toHourSlot(START), toDaySlot(START)]);
    expect(group?.get(toHourSlot(START))).to.include({ ok: 2, rate_limited: 1, sms: 3_000, w27: 2 });
    expect(batch.labels.group).to.have.property('size', 1);
    expect(batch.labels.key.get('alice')?.get('total')).to.include({ sms: 1_500 });
    expect(batch.labels.key.get('bob')?.get('total')).to.include({ sms: 1_500 }).and.not.have.key('w27');
    for (const counted of batch.counters.values()) expect(counted).to.include({ sms: 3_000, w27: 2 });
  });

  it('measures the speed of complete answers only, from their first token on', () => {
    const speeds = (more: Partial<RequestRecord>) => {
      const { gms, gout } = batchOf('a', 1, [recordOf(more)]).counters.get('total') ?? {};
      return [gms, gout];
    };
    expect(speeds({ durationMs: 1_000, firstTokenMs: 200 })).to.deep.equal([800, 20]);
    const none = [undefined, undefined];
    expect(speeds({ firstTokenMs: undefined })).to.deep.equal(none);
    expect(speeds({ usage: undefined })).to.deep.equal(none);
    expect(speeds({ outcome: 'cancelled' })).to.deep.equal(none);
    expect(speeds({ outcome: 'upstream_truncated' })).to.deep.equal(none);
  });

  it('ignores impossible figures of an upstream', () => {
    for (const tokens of [Number.NaN, Number.MAX_VALUE, Number.POSITIVE_INFINITY]) {
      const usage = { promptTokens: tokens, completionTokens: tokens, totalTokens: tokens };
      const total = batchOf(
        'a',
        1,
        manyRecords(1_000, () => ({ usage })),
      ).counters.get('total');
      expect(total?.in).to.be.at.most(1e12).and.satisfy(Number.isSafeInteger);
      expect(total?.out).to.satisfy(Number.isSafeInteger);
    }
  });

  it('keeps user agents, paths and request ids out of the counters', () => {
    // Whatever is in a record besides what is counted stays in the list of requests, whose fields are known.
    const more = { prompt: 'canary', key: 'canary' } as Partial<RequestRecord>;
    const { counters, labels, addresses } = batchOf('a', 1, [
      recordOf({ ...more, userAgent: 'canary', path: '/canary', requestId: 'canary', code: 'canary' }),
    ]);
    expect(textOf([counters, labels, addresses])).not.to.contain('canary');
  });

  describe('while the store is away', () => {
    const MINUTES = 10_000;
    let batch: StatsBatch;

    before(() => {
      const builder = new BatchBuilder('UTC');
      for (let minute = 0; minute < MINUTES; minute += 1) {
        const finishedAt = START + minute * MINUTE_MS;
        for (let index = 0; index < 3; index += 1) {
          builder.add(
            recordOf({
              finishedAt,
              requestId: `${minute}-${index}`,
              model: `model-${(minute * 3 + index) % 80}`,
              keyName: `key-${(minute * 3 + index) % 700}`,
              clientAddress: `${'host-'.repeat(20)}${minute}-${index}`,
              durationMs: 1 + ((minute * 7 + index) % 5_000),
            }),
          );
        }
      }
      batch = builder.build('a', 1);
    });

    const end = START + (MINUTES - 1) * MINUTE_MS;
    const sum = (slots: Iterable<Readonly<Record<string, number>> | undefined>) =>
      [...slots].reduce((total, fields) => total + (fields?.ok ?? 0), 0);

    it('keeps minutes for 2 h; older requests stay counted in their hour and in the total', () => {
      const kinds = (kind: string) => [...batch.counters.keys()].filter((slot) => slot.startsWith(kind));
      expect(kinds('m')).to.have.length.within(120, 121);
      expect(batch.counters.get(toMinuteSlot(end))?.ok).to.equal(3);
      expect(batch.counters.get(toMinuteSlot(end - 119 * MINUTE_MS))?.ok).to.equal(3);
      expect(batch.counters.get(toMinuteSlot(end - 122 * MINUTE_MS))).to.equal(undefined);
      expect(kinds('h')).to.have.length.within(167, 168);
      expect(sum(kinds('h').map((slot) => batch.counters.get(slot as 'total')))).to.equal(3 * MINUTES);
      expect(batch.counters.get('total')?.ok).to.equal(3 * MINUTES);
    });

    it('keeps the newest requests only', () => {
      expect(batch.requests).to.have.length(100);
      expect(batch.requests.at(-1)?.requestId).to.equal(`${MINUTES - 1}-2`);
      expect(batch.requests[0]?.requestId).to.equal(`${MINUTES - 34}-2`);
    });

    it('counts 50 models and 500 keys separately, and the rest as `other`', () => {
      for (const [kind, most] of [
        ['model', 50],
        ['key', 500],
      ] as const) {
        const labels = batch.labels[kind];
        expect(labels.size).to.equal(most + 1);
        expect(sum([...labels.values()].map((slots) => slots.get('total')))).to.equal(3 * MINUTES);
        expect(labels.get('other')?.get('total')?.ok).to.be.greaterThan(MINUTES / 2);
      }
    });

    it('keeps the addresses of the current hour, clipped', () => {
      const [hour, ...more] = [...batch.addresses.keys()];
      expect(more).to.deep.equal([]);
      expect(hour).to.equal(toHourSlot(end));
      for (const address of batch.addresses.get(toHourSlot(end))?.keys() ?? [])
        expect(address.length).to.be.at.most(64);
    });

    it('stays bounded however many addresses there are in an hour, and however long it lasts', () => {
      const builder = new BatchBuilder('UTC');
      for (const record of manyRecords(3_000, (index) => ({ clientAddress: `host-${index}` })))
        builder.add(record);
      expect(builder.build('a', 1).addresses.get(toHourSlot(START))?.size).to.equal(MAX_ADDRESSES);
      const later = (hour: number) => builder.add(recordOf({ finishedAt: START + hour * HOUR_MS }));
      // Half a day at a time, then each hour for longer than hours are kept.
      for (let hour = 12; hour < 500 * 24; hour += 12) later(hour);
      for (let hour = 500 * 24; hour < 532 * 24; hour += 1) later(hour);
      const { counters, labels } = builder.build('a', 1);
      expect(counters.size).to.be.at.most(1 + 121 + 31 * 24 + 1);
      expect(labels.key.get('alice')?.size).to.be.at.most(1 + 31 * 24 + 1 + 401);
      expect(labels.key.get('alice')?.get(toDaySlot(START + 200 * DAY_MS))?.ok).to.equal(2);
    });
  });
});

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => (one instanceof Map ? [...one] : one));
}
