/** Usage and cost in a period: page, JSON, CSV and OpenAI's form have the same figures, at the same price of reading. */
import { expect } from 'chai';
import supertest from 'supertest';
import { parseUsagePeriod } from '../../src/dashboard/usage-period.js';
import type { Fields, StatsBatch } from '../../src/stats/batch.js';
import type { RequestRecord } from '../../src/stats/request-record.js';
import type { UsageByModel, UsagePart } from '../../src/stats/usage.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { batchOf, recordOf } from '../stats/records.js';
import { composedApp } from '../support/app.js';
import type { Json } from '../support/gateway.js';
import { ADMIN } from '../support/team.js';

const at = (iso: string) => Date.parse(iso);
const NOW = at('2026-10-26T12:00Z');
/** Times that each record counts for ten million requests. */
const MANY = 625_000;

describe('The period of the usage', () => {
  const period = (query: string, zone = 'UTC', now = NOW) => {
    const { from, to, days } = parseUsagePeriod(new URLSearchParams(query), now, zone);
    return `${from} ${to} ${days.length}`;
  };

  it('is one of five ranges, or dates', () => {
    expect(period('')).to.equal('2026-10-26 2026-10-26 1');
    expect(period('range=7d')).to.equal('2026-10-20 2026-10-26 7');
    expect(period('range=30d')).to.equal('2026-09-27 2026-10-26 30');
    expect(period('range=month')).to.equal('2026-10-01 2026-10-26 26');
    expect(period('range=last-month')).to.equal('2026-09-01 2026-09-30 30');
    expect(period('from=2026-10-01&to=2026-10-03')).to.equal('2026-10-01 2026-10-03 3');
    expect(period('from=2026-10-25&to=2026-12-03')).to.equal('2026-10-25 2026-10-26 2');
  });

  it('is in days of the zone, over both changes of the clock', () => {
    for (const [zone, now, days] of [
      ['Europe/Berlin', '2026-10-25T23:30Z', '2026-10-20 2026-10-26 7'],
      ['Europe/Berlin', '2026-03-29T22:30Z', '2026-03-24 2026-03-30 7'],
      ['Asia/Shanghai', '2026-10-26T16:30Z', '2026-10-21 2026-10-27 7'],
      ['America/New_York', '2026-11-01T04:30Z', '2026-10-26 2026-11-01 7'],
    ] as const)
      expect(period('range=7d', zone, at(now)), zone).to.equal(days);
  });

  it('of another zone is read by hours', () => {
    const { days } = parseUsagePeriod(new URLSearchParams('from=2026-10-25&zone=Europe/Berlin'), NOW, 'UTC');
    expect(days.map(({ slots }) => slots.length)).to.deep.equal([25, 14]);
    const own = parseUsagePeriod(new URLSearchParams('from=2026-10-25'), NOW, 'Europe/Berlin');
    expect(own.days.map(({ slots }) => slots)).to.deep.equal([['d2026-10-25'], ['d2026-10-26']]);
  });

  const wrong: [string, string][] = [
    ['range', 'range=yesterday'],
    ['range', 'range=7d&from=2026-10-01'],
    ['range', 'range=7d&range=30d'],
    ['from', 'from=2026-02-30'],
    ['from', 'to=2026-10-01'],
    ['from', 'from=2026-10-27'],
    ['from', 'from=2025-09-01'],
    ['to', 'from=2026-10-02&to=2026-10-01'],
    ['zone', 'zone=Mars/Olympus'],
    ['zone', 'zone=Asia/Kolkata'],
    ['zone', 'zone=Asia/Shanghai&range=last-month'],
  ];
  for (const [param, query] of wrong) {
    it(`is refused as ${query}`, () => {
      expect(() => period(query))
        .to.throw()
        .with.property('param', param);
    });
  }
});

/** Two replicas' records around both midnights, the same month for two zones. */
const RECORDS: RequestRecord[] = [
  '2026-10-24T21:30Z',
  '2026-10-24T23:30Z',
  '2026-10-25T15:30Z',
  '2026-10-25T23:30Z',
].flatMap((iso, index) => [
  recordOf({
    finishedAt: at(iso),
    usage: { promptTokens: 10 ** index, completionTokens: 1, totalTokens: 2 },
  }),
  recordOf({
    finishedAt: at(iso),
    keyId: 'aaaaaaaa',
    keyName: 'bob',
    member: 'bob',
    model: 'GLM-4.6',
    pricing: 'unpriced',
    cost: undefined,
  }),
]);

/** The batch as if each of its requests had come so many times. */
function multiply(batch: StatsBatch, times: number): StatsBatch {
  const multiplyFields = (fields: Fields): Fields =>
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value * times]));
  const multiplyModels = (models: UsageByModel) =>
    new Map([...models].map(([model, fields]) => [model, multiplyFields(fields)]));
  return {
    ...batch,
    usage: batch.usage.map((key) => ({
      ...key,
      slots: new Map([...key.slots].map(([slot, models]) => [slot, multiplyModels(models)])),
    })),
  };
}

/** Counts what is read. */
class CountingStore extends MemoryStore {
  calls = 0;
  parts = 0;

  override readUsage(parts: readonly UsagePart[]) {
    this.calls += 1;
    this.parts += parts.length;
    return super.readUsage(parts);
  }
}

describe('Usage and cost', () => {
  const rigOf = async (zone: string, times = 1, store = new CountingStore(() => NOW)) => {
    for (const replica of ['a', 'b'])
      await store.recordBatch(multiply(batchOf(replica, 1, RECORDS, zone), times));
    return openRig(store, zone);
  };
  const openRig = (store: CountingStore, zone: string) => {
    const adminPassword = { isRight: async (given: string) => given === ADMIN };
    const app = composedApp({ store, adminPassword, env: { TIME_ZONE: zone } });
    const get = (path: string, accept = 'application/json') =>
      supertest(app).get(path).set('accept', accept).set('authorization', `Bearer ${ADMIN}`);
    return { store, get };
  };

  for (const [zone, days] of [
    ['UTC', { '2026-10-24': 2 * 11, '2026-10-25': 2 * 1_100 }],
    ['Europe/Berlin', { '2026-10-24': 2 * 1, '2026-10-25': 2 * 110, '2026-10-26': 2 * 1_000 }],
    ['Asia/Shanghai', { '2026-10-25': 2 * 111, '2026-10-26': 2 * 1_000 }],
  ] as const) {
    it(`is the same to the token as page, JSON, CSV and in OpenAI's form, over midnight in ${zone}`, async () => {
      const { get } = await rigOf(zone);
      for (const [day, tokens] of Object.entries(days)) {
        const query = `from=${day}&to=${day}`;
        const { body } = await get(`/dashboard/usage?${query}`);
        const ofAlice = body.rows.find(({ key_id }: Json) => key_id === 'env:alice');
        expect([body.from, body.to, body.zone]).to.deep.equal([day, day, zone]);
        expect(ofAlice.tokens_in, day).to.equal(tokens);
        const csv = await get(`/dashboard/usage.csv?${query}`);
        expect(csv.headers['content-disposition']).to.include(`ztoapi-usage-${day}.csv`);
        const line =
          csv.text
            .split('\r\n')
            .find((one) => one.startsWith('env:alice'))
            ?.split(',') ?? [];
        expect(Number(line[6]), day).to.equal(tokens);
        const page = await get(`/dashboard/usage?${query}`, 'text/html');
        expect(page.text).to.include(`<td class="number">${tokens.toLocaleString('en')}</td>`);
        const start = at(`${day}T12:00Z`) / 1000;
        const organization = await get(
          `/v1/organization/usage/completions?start_time=${start}&limit=1&api_key_ids=env:alice`,
        );
        expect(organization.body.data[0].results[0].input_tokens, day).to.equal(tokens);
      }
    });
  }

  it('tells currencies, plans, free models and unknown prices apart', async () => {
    const { get } = await rigOf('UTC');
    const { text } = await get('/dashboard/usage?from=2026-10-24&by=model', 'text/html');
    expect(text).to.include('0.00096 USD').and.include('8 without a price');
  });

  it('belongs to the member on the page by member', async () => {
    const { get } = await rigOf('UTC');
    const { text } = await get('/dashboard/usage?from=2026-10-24&by=member', 'text/html');
    expect(text).to.match(/<span class="clip">bob<\/span>/);
  });

  it('costs as much to read after ten million requests as after a few', async () => {
    const [few, many] = [await rigOf('UTC'), await rigOf('UTC', MANY)];
    const { body } = await many.get('/dashboard/usage?from=2026-10-01');
    const requests = body.rows.reduce((sum: number, row: Json) => sum + row.requests, 0);
    expect(requests)
      .to.equal(2 * RECORDS.length * MANY)
      .and.be.at.least(1e7);
    many.store.calls = 0;
    many.store.parts = 0;
    for (const { get } of [few, many]) {
      for (const path of ['/dashboard/usage?from=2026-10-01', '/dashboard/usage.csv?from=2026-10-01'])
        expect((await get(path)).status).to.equal(200);
      await get(
        `/v1/organization/costs?start_time=${at('2026-10-01') / 1000}&end_time=${NOW / 1000}&limit=31`,
      );
    }
    expect([many.store.calls, many.store.parts]).to.deep.equal([few.store.calls, few.store.parts]);
    expect(few.store.calls).to.equal(3);
  });

  it('keeps the days of the old zone and counts new ones in the new zone after a change of TIME_ZONE', async () => {
    const { store } = await rigOf('UTC');
    const { get } = openRig(store, 'Asia/Shanghai');
    const finishedAt = at('2026-10-26T17:00Z');
    await store.recordBatch(batchOf('c', 1, [recordOf({ finishedAt })], 'Asia/Shanghai'));
    const days = await store.readUsage(
      ['2026-10-24', '2026-10-25', '2026-10-26', '2026-10-27'].map(
        (day) => ({ id: 'env:alice', slot: `d${day}` }) as const,
      ),
    );
    expect(days.map((models) => models.get('GLM-4.5')?.n)).to.deep.equal([4, 4, undefined, 1]);
    for (const [day, tokens] of [
      ['2026-10-24', 2 * 11],
      ['2026-10-25', 2 * 1_100],
    ] as const) {
      const { body } = await get(`/dashboard/usage?from=${day}&to=${day}`);
      expect(body.rows.find(({ key_id }: Json) => key_id === 'env:alice').tokens_in, day).to.equal(tokens);
    }
  });
});
