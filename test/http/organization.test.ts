/** OpenAI's usage and costs of an organization. */
import { expect } from 'chai';
import OpenAI from 'openai';
import supertest from 'supertest';
import type { RequestRecord } from '../../src/stats/request-record.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { batchOf, recordOf } from '../stats/records.js';
import { composedApp } from '../support/app.js';
import { type Json, jsonOf, useGateway } from '../support/gateway.js';
import { ADMIN, newKey } from '../support/team.js';

const at = (iso: string) => Date.parse(iso);
const seconds = (iso: string) => String(at(iso) / 1000);
const usage = (promptTokens: number) => ({
  promptTokens,
  completionTokens: 1,
  totalTokens: promptTokens + 1,
});

describe('The usage of the organization', () => {
  const RECORDS: RequestRecord[] = [
    recordOf({ finishedAt: at('2026-10-24T21:59:59Z'), usage: usage(1) }),
    recordOf({
      finishedAt: at('2026-10-24T22:00:00Z'),
      usage: usage(10),
      keyId: 'aaaaaaaa',
      keyName: 'x',
      member: 'bob',
    }),
    recordOf({
      finishedAt: at('2026-10-25T22:59:59Z'),
      usage: usage(100),
      model: 'GLM-4.6',
      cost: { CNY: 2_500_000, USD: 1 },
    }),
    recordOf({
      finishedAt: at('2026-10-25T23:00:00Z'),
      usage: usage(1_000),
      outcome: 'cancelled',
      pricing: 'free',
      cost: undefined,
    }),
  ];
  const get = async (zone: string, path: string, query: Record<string, string>): Promise<Json> => {
    const store = new MemoryStore(() => at('2026-10-27T00:00Z'));
    await store.recordBatch(batchOf('a', 1, RECORDS, zone));
    const adminPassword = { isRight: async (given: string) => given === ADMIN };
    const app = composedApp({ store, adminPassword, env: { TIME_ZONE: zone } });
    const { body } = await supertest(app)
      .get(`/v1/organization${path}?${new URLSearchParams(query)}`)
      .set('authorization', `Bearer ${ADMIN}`);
    return body;
  };
  const whole = { start_time: seconds('2026-10-24T12:00Z'), end_time: seconds('2026-10-27T00:00Z') };

  it('has days of TIME_ZONE, that of 25 hours included', async () => {
    const { data, ...page } = await get('Europe/Berlin', '/usage/completions', whole);
    expect(page).to.deep.equal({ object: 'page', has_more: false, next_page: null });
    expect(data.map(({ start_time, end_time }: Json) => (end_time - start_time) / 3600)).to.deep.equal([
      24, 25, 24, 24,
    ]);
    expect(data.map(({ results }: Json) => results[0]?.input_tokens)).to.deep.equal([
      1,
      110,
      1_000,
      undefined,
    ]);
    const utc = await get('UTC', '/usage/completions', whole);
    expect(utc.data.map(({ results }: Json) => results[0]?.input_tokens)).to.deep.equal([
      11,
      1_100,
      undefined,
    ]);
  });

  it('is grouped by key, member and model, however the list is written', async () => {
    const grouped = await get('Europe/Berlin', '/usage/completions', {
      ...whole,
      group_by: 'api_key_id,model',
    });
    expect(grouped.data[1].results).to.have.deep.members([
      { ...RESULT, input_tokens: 10, api_key_id: 'aaaaaaaa', model: 'GLM-4.5' },
      { ...RESULT, input_tokens: 100, api_key_id: 'env:alice', model: 'GLM-4.6' },
    ]);
    const members = await get('UTC', '/usage/completions', {
      ...whole,
      'group_by[]': 'user_id',
      user_ids: 'bob',
    });
    expect(members.data[0].results).to.deep.equal([{ ...RESULT, input_tokens: 10, user_id: 'bob' }]);
  });

  it('is turned in pages', async () => {
    const first = await get('UTC', '/usage/completions', { ...whole, limit: '2' });
    expect([first.data.length, first.has_more]).to.deep.equal([2, true]);
    const second = await get('UTC', '/usage/completions', { ...whole, limit: '2', page: first.next_page });
    expect(second.data.map(({ start_time }: Json) => start_time)).to.deep.equal([
      Number(seconds('2026-10-26T00:00Z')),
    ]);
    expect(second).to.include({ has_more: false, next_page: null });
  });

  it('has costs by currency, which are never added', async () => {
    const { data } = await get('Europe/Berlin', '/costs', { ...whole, group_by: 'line_item' });
    const amounts = data.map(({ results }: Json) =>
      results.map(({ amount, line_item }: Json) => [amount.value, amount.currency, line_item]),
    );
    expect(amounts[0]).to.deep.equal([[0.00012, 'usd', 'GLM-4.5']]);
    expect(amounts[1]).to.have.deep.members([
      [0.00012, 'usd', 'GLM-4.5'],
      [0.000001, 'usd', 'GLM-4.6'],
      [2.5, 'cny', 'GLM-4.6'],
    ]);
    expect(amounts.slice(2)).to.deep.equal([[], []]);
  });

  const wrong: [string, Record<string, string>][] = [
    ['start_time', {}],
    ['start_time', { start_time: 'yesterday' }],
    ['end_time', { start_time: '20', end_time: '10' }],
    ['bucket_width', { start_time: '10', bucket_width: '1h' }],
    ['group_by', { start_time: '10', group_by: 'key' }],
    ['limit', { start_time: '10', limit: '32' }],
    ['page', { start_time: '10', page: '2' }],
  ];
  for (const [param, query] of wrong) {
    it(`refuses ${JSON.stringify(query)}`, async () => {
      const { error } = await get('UTC', '/usage/completions', query);
      expect(error).to.include({ code: 'invalid_value', param });
    });
  }
});

const RESULT = {
  object: 'organization.usage.completions.result',
  input_tokens: 0,
  output_tokens: 1,
  input_cached_tokens: 0,
  input_audio_tokens: 0,
  output_audio_tokens: 0,
  num_model_requests: 1,
  project_id: null,
  user_id: null,
  api_key_id: null,
  model: null,
  batch: null,
  service_tier: null,
};

describe('The organization of OpenAI’s SDK', () => {
  const rig = useGateway({ form: 'zai', env: { ADMIN_PASSWORD: ADMIN, API_KEYS: 'ann:key-of-ann' } });

  it('reads what the answers have told, to the token', async () => {
    const { id, key } = await newKey(rig.url, { member: 'bob' });
    const told = { input: 0, output: 0 };
    for (const secret of ['key-of-ann', key]) {
      const headers = { authorization: `Bearer ${secret}` };
      for (const question of ['sim:say(hello)', 'sim:say(a longer answer of several words)']) {
        const body = await jsonOf(await rig.ask(question, { stream: false, headers }));
        told.input += body.usage.prompt_tokens;
        told.output += body.usage.completion_tokens;
      }
    }
    const admin = new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: 'none', adminAPIKey: ADMIN, maxRetries: 0 });
    const start_time = Math.floor(Date.now() / 1000) - 60;
    const read = async () => {
      const { data } = await admin.admin.organization.usage.completions({
        start_time,
        group_by: ['api_key_id', 'model'],
      });
      return data.flatMap(({ results }) => results as Json[]);
    };
    let results = await read();
    while (results.reduce((sum, { num_model_requests: n }) => sum + n, 0) < 4) results = await read();
    expect(new Set(results.map(({ api_key_id }) => api_key_id))).to.deep.equal(new Set(['env:ann', id]));
    const sum = (member: string) => results.reduce((all, result) => all + result[member], 0);
    expect([sum('input_tokens'), sum('output_tokens')]).to.deep.equal([told.input, told.output]);
    const costs = await admin.admin.organization.usage.costs({ start_time });
    const dollars = costs.data
      .flatMap((bucket) => bucket.results as Json[])
      .reduce((all, { amount }) => all + amount.value, 0);
    const recorded = rig.records.reduce((all, { cost }) => all + (cost?.USD ?? 0), 0);
    expect(Math.round(dollars * 1e6)).to.equal(recorded);
  });

  it('is for the admin only, and for no page of another origin', async () => {
    const url = `${rig.url}/v1/organization/costs?start_time=1`;
    for (const authorization of ['', 'Bearer key-of-ann', 'Bearer wrong'])
      expect((await fetch(url, { headers: { authorization } })).status).to.equal(401);
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${ADMIN}`, origin: 'https://other.example' },
    });
    expect(response.status).to.equal(200);
    expect(response.headers.get('access-control-allow-origin')).to.equal(null);
    expect(response.headers.get('cache-control')).to.equal('no-store');
    const preflight = await fetch(url, { method: 'OPTIONS', headers: { origin: 'https://other.example' } });
    expect(preflight.headers.get('access-control-allow-origin')).to.equal(null);
  });
});
