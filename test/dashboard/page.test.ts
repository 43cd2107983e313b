import { expect } from 'chai';
import supertest from 'supertest';
import { formatPeriod, parsePeriod } from '../../src/dashboard/period.js';
import { DAY_MS, MINUTE_MS } from '../../src/stats/batch.js';
import type { RequestRecord } from '../../src/stats/request-record.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { OwnFigures } from '../../src/store/own-figures.js';
import { StoreUnavailableError } from '../../src/store/store.js';
import { OUTCOME_NAMES } from '../../src/vocabulary/outcomes.js';
import { batchOf, manyRecords } from '../stats/records.js';
import { announcementOf } from '../store/contract-replicas.js';
import { composedApp } from '../support/app.js';
import { type Json, jsonOf, KEY, Rig, useGateway } from '../support/gateway.js';
import { until } from '../support/redis.js';

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>&amp;';
const SIZE_LIMIT = 150_000;

/** A store that all replicas have written into, now. */
async function storeOf(records: readonly RequestRecord[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.recordBatch(batchOf('one', 1, records));
  await store.announce({ ...announcementOf('one'), drainingSince: undefined, degradedAt: undefined });
  return store;
}

describe('The dashboard as a page', () => {
  it('explains how to send the first request while there was none', async () => {
    const app = composedApp({ env: { MODEL_NAME: 'GLM-4.6' } });
    const { text, status, headers } = await supertest(app).get('/dashboard').set(BROWSER);
    expect(status).to.equal(200);
    expect(headers['cache-control']).to.equal('no-store');
    expect(headers['content-type']).to.equal('text/html; charset=utf-8');
    expect(headers['content-security-policy']).to.contain("default-src 'self'").and.not.contain('unsafe');
    expect(text).to.contain('No request yet').and.contain('<strong>Waiting for the first request</strong>');
    expect(text).not.to.contain('Healthy').and.not.to.contain('for more than an hour');
    expect(text).to.match(/curl -N http:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions/);
    expect(text).to.contain('GLM-4.6');
  });

  it('has every figure, in the requested language', async () => {
    const now = Date.now();
    const records = manyRecords(1_300, (index) => ({ finishedAt: now - index * 40 }));
    const app = composedApp({ store: await storeOf(records) });
    for (const [path, parts] of [
      ['/dashboard', ['1,300', '100%', '1 s', 'alice', 'GLM-4.5']],
      ['/dashboard/requests', ['200 ms', 'alice', 'GLM-4.5', '192.0.2.1', 'test/1.0']],
    ] as const) {
      const { text, headers } = await supertest(app).get(path).set(BROWSER);
      for (const part of parts) expect(text, part).to.contain(`>${part}<`);
      expect(headers['content-language']).to.equal('en');
      expect(text).not.to.contain('No request yet');
    }
    const chinese = await supertest(app)
      .get('/dashboard')
      .set({ ...BROWSER, 'accept-language': 'zh-CN,zh;q=0.9' });
    expect(chinese.text).to.contain('<html lang="zh-CN">').and.contain('首字延迟').and.contain('1 秒');
  });

  it('has no inline script or style, whatever callers wrote into their requests', async () => {
    const hostile = {
      userAgent: HOSTILE,
      model: HOSTILE,
      path: HOSTILE,
      keyName: HOSTILE,
      clientAddress: HOSTILE,
    };
    const records = manyRecords(3, () => ({
      ...hostile,
      code: HOSTILE,
      method: HOSTILE,
      finishedAt: Date.now(),
    }));
    const store = await storeOf(records);
    await store.announce(announcementOf(HOSTILE));
    const app = composedApp({ store });
    for (const path of [
      '/dashboard',
      `/dashboard/requests?q=${encodeURIComponent(HOSTILE)}&key=${encodeURIComponent(HOSTILE)}`,
      '/dashboard/live',
      '/dashboard/requests/live',
    ]) {
      const { text } = await supertest(app).get(path).set(BROWSER);
      expect(text).to.contain('&lt;script&gt;alert(2)');
      expect(text).not.to.match(/<img src=x|<script>|<style/);
      // Of the tags, without the values of their attributes.
      expect(text.replaceAll(/"[^"]*"/g, '""')).not.to.match(/<[^>]*\s(?:style|on\w+)=/);
    }
  });

  it('shows what the filter matches, without JavaScript as well', async () => {
    const now = Date.now();
    const records = manyRecords(45, (index) => ({
      finishedAt: now - index,
      keyName: index < 3 ? 'bob' : 'ann',
    }));
    const app = composedApp({ store: await storeOf(records) });
    const rows = async (search: string) => {
      const { text } = await supertest(app).get(`/dashboard/requests?${search}`).set(BROWSER);
      const list = text.slice(text.indexOf('id="request-list"'));
      return (list.slice(0, list.indexOf('</table>')).match(/<tr>/g) ?? []).length - 1;
    };
    expect(await rows('')).to.equal(20);
    expect(await rows('page=3')).to.equal(5);
    expect(await rows('key=bob')).to.equal(3);
    expect(await rows('outcome=ok&key=bob&q=glm')).to.equal(3);
    expect(await rows('q=nothing-like-it')).to.equal(1);
  });

  it('has a line for the public key only if there is one', async () => {
    const store = await storeOf(manyRecords(2, () => ({ finishedAt: Date.now() })));
    const first = async (env: Record<string, string>) => {
      const { text } = await supertest(composedApp({ store, env })).get('/dashboard').set(BROWSER);
      return /class="clip">([^<]+)</.exec(text.slice(text.indexOf('id="scroll-keys"')))?.[1];
    };
    expect(await first({})).to.equal('public');
    expect(await first({ API_KEYS: 'alice:key-of-alice' })).to.equal('alice');
  });

  it('shows keys whose names have a meaning in JavaScript', async () => {
    const records = manyRecords(2, () => ({
      keyName: 'constructor',
      model: '__proto__',
      finishedAt: Date.now(),
    }));
    const { text } = await supertest(composedApp({ store: await storeOf(records) }))
      .get('/dashboard')
      .set(BROWSER);
    expect(text).to.contain('<th scope="row"><span class="clip">constructor</span>');
    expect(text).to.contain('<th scope="row"><span class="clip">__proto__</span>');
    expect(text).not.to.contain('native code');
  });

  it('sorts by links, which show the current order', async () => {
    const records = manyRecords(5, (index) => ({
      finishedAt: Date.now(),
      keyName: index < 2 ? 'zoe' : 'ann',
    }));
    const app = composedApp({ store: await storeOf(records) });
    const { text } = await supertest(app).get('/dashboard?keys=name&range=24h').set(BROWSER);
    expect(text).to.contain(
      'aria-sort="ascending"><a id="keys-by-name" href="/dashboard?range=24h&amp;keys=-name#keys"',
    );
    const order = text
      .slice(text.indexOf('id="scroll-keys"'))
      .match(/class="clip">(\w+)</g)
      ?.slice(0, 3);
    expect(order).to.deep.equal(['class="clip">public<', 'class="clip">ann<', 'class="clip">zoe<']);
  });

  it('is smaller than 150 kB with its styles and scripts, however many figures it shows', async () => {
    const now = Date.now();
    const long = (name: string, index: number) => `${name}-${index}-${'x'.repeat(180)}`;
    const records = manyRecords(3_000, (index) => ({
      requestId: long('id', index),
      finishedAt: now - (index % 120) * MINUTE_MS,
      keyName: long('key', index % 600).slice(0, 60),
      model: long('model', index % 60),
      userAgent: long('agent', index),
      clientAddress: `2001:db8:1111:2222:3333:4444:5555:${(index % 2_000).toString(16)}`,
      outcome: OUTCOME_NAMES[index % OUTCOME_NAMES.length] ?? 'ok',
      code: `error_${index % 120}`,
      queueMs: index,
      slotMs: 123_456_789 + index,
      slotGroup: long('group', index % 40),
      usage: { promptTokens: 123_456_789, completionTokens: 987_654_321, totalTokens: 1 },
    }));
    const store = await storeOf([]);
    await store.recordBatch(batchOf('two', 1, records));
    for (let index = 0; index < 10; index += 1) await store.announce(announcementOf(`replica-${index}`));
    const app = composedApp({ store });
    const upstreams = '/dashboard/upstreams?range=7d';
    for (const path of [
      ...['1h', '24h', '7d'].map((range) => `/dashboard?range=${range}`),
      '/dashboard/requests',
      '/dashboard/team',
      upstreams,
    ]) {
      const { text } = await supertest(app).get(path).set(BROWSER);
      const files = [...text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, file = '']) => file);
      expect(files.length).to.be.at.least(4);
      let bytes = Buffer.byteLength(text);
      for (const file of new Set(files))
        bytes += (await supertest(app).get(file).buffer()).text?.length ?? 300;
      expect(bytes, path).to.be.below(SIZE_LIMIT);
    }
  });
});

describe('The dashboard in its first seconds', () => {
  const rig = useGateway();

  it('does not report healthy when both requests failed', async () => {
    for (let turn = 0; turn < 2; turn += 1) await (await rig.ask('sim:status=500')).text();
    await until(async () => (await jsonOf(await fetch(`${rig.url}/dashboard/stats`))).total_requests === 2);
    const page = async (language: string) =>
      (await fetch(`${rig.url}/dashboard`, { headers: { ...BROWSER, 'accept-language': language } })).text();
    const english = await page('en');
    expect(english)
      .to.contain('<strong>Degraded</strong>')
      .and.contain('The upstream failed 2 of 2 requests');
    expect(english).not.to.contain('Healthy').and.not.to.contain('for more than an hour');
    expect(await page('zh'))
      .to.contain('<strong>部分异常</strong>')
      .and.not.contain('已超过一小时');
    const { status, replicas } = await jsonOf(await fetch(`${rig.url}/dashboard/stats`));
    expect(status.state).to.equal('degraded');
    expect(Date.parse(status.since)).to.be.at.least(Date.parse(replicas[0].started_at));
  });
});

describe('The sections alone', () => {
  it('are those of the page, without its frame', async () => {
    const app = composedApp({ store: await storeOf(manyRecords(4, () => ({ finishedAt: Date.now() }))) });
    const ids = (html: string) => [...html.matchAll(/id="([^"]+)"[^>]* data-live/g)].map(([, id]) => id);
    for (const [path, sections] of [
      ['/dashboard', ['status', 'keys', 'replicas']],
      ['/dashboard/requests', ['status', 'request-list', 'addresses']],
      ['/dashboard/upstreams', ['status', 'queue', 'guests']],
    ] as const) {
      const { text, headers } = await supertest(app).get(`${path}/live?range=7d`).set(BROWSER);
      expect(text).not.to.contain('<html');
      expect(headers['cache-control']).to.equal('no-store');
      const page = await supertest(app).get(`${path}?range=7d`).set(BROWSER);
      expect(page.text).to.contain(`data-source="${path}/live"`);
      expect(ids(text))
        .to.deep.equal(ids(page.text))
        .and.include.members([...sections]);
    }
  });
});

describe('The dashboard’s navigation', () => {
  const app = composedApp({});
  const PAGES = [
    '/dashboard',
    '/dashboard/requests',
    '/dashboard/team',
    '/dashboard/usage',
    '/dashboard/upstreams',
    '/dashboard/events',
  ];

  it('leads from each page to all others, and marks the one that is shown', async () => {
    for (const path of PAGES) {
      const { text } = await supertest(app).get(path).set(BROWSER);
      const [, tabs = ''] = /<nav class="tabs"[^>]*>([\s\S]*?)<\/nav>/.exec(text) ?? [];
      const links = [...tabs.matchAll(/href="([^"]+)"( aria-current="page")?/g)];
      expect(links.map(([, href]) => href)).to.deep.equal(PAGES);
      expect(links.filter(([, , current]) => current).map(([, href]) => href)).to.deep.equal([path]);
      expect(text).to.match(/<a href="\/dashboard" aria-current="(page|true)">Dashboard/);
    }
  });

  it('keeps old addresses of filtered requests', async () => {
    const { status, headers } = await supertest(app)
      .get('/dashboard?outcome=ok&q=a%20%26b&range=7d')
      .set(BROWSER);
    expect(status).to.equal(302);
    expect(headers.location).to.equal('/dashboard/requests?outcome=ok&q=a+%26b&range=7d');
    expect((await supertest(app).get('/dashboard?range=7d&keys=name').set(BROWSER)).status).to.equal(200);
  });

  it('gives programs JSON at the address of the page of requests', async () => {
    for (const accept of ['*/*', 'application/json']) {
      const { body, headers } = await supertest(app).get('/dashboard/requests').set({ accept });
      expect(body).to.deep.equal([]);
      expect(headers.vary).to.match(/\bAccept\b(?!-)/);
    }
  });
});

describe('The table per key as CSV', () => {
  it('is a file of the requested period', async () => {
    const now = Date.now();
    const old = { finishedAt: now - 3 * DAY_MS, keyName: 'old' };
    const records = [
      ...manyRecords(2, () => old),
      ...manyRecords(3, () => ({ finishedAt: now, keyName: '=cmd' })),
    ];
    const app = composedApp({ store: await storeOf(records) });
    const { text, headers } = await supertest(app).get('/dashboard/keys.csv?range=7d');
    expect(headers['content-type']).to.equal('text/csv; charset=utf-8');
    const name = formatPeriod(parsePeriod(new URLSearchParams('range=7d'), now));
    expect(headers['content-disposition']).to.equal(`attachment; filename=ztoapi-keys-${name}.csv`);
    expect(headers['cache-control']).to.equal('no-store');
    expect(text.split('\r\n').map((line) => line.split(',').slice(0, 5).join())).to.deep.equal([
      'key,requests,share,tokens_in,tokens_out',
      "'=cmd,3,0.6000,30,60",
      'old,2,0.4000,20,40',
      '',
    ]);
    expect((await supertest(app).get('/dashboard/keys.csv?range=1h')).text).not.to.contain('old');
  });

  it('adds up the days of a month, requested by name or by dates', async () => {
    const noon = (day: string) => Date.parse(`${day}T12:00:00Z`);
    const now = new Date();
    const iso = (ms: number) => new Date(ms).toISOString().slice(0, 10);
    const first = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1);
    const last = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1) - DAY_MS;
    const days = [iso(first - DAY_MS), iso(first), iso(last), iso(last + DAY_MS)];
    const records = days.flatMap((day, index) =>
      manyRecords(10 ** index, () => ({ finishedAt: noon(day), keyName: 'ann' })),
    );
    const app = composedApp({ store: await storeOf(records) });
    for (const search of [`from=${iso(first)}&to=${iso(last)}`, 'range=last-month']) {
      const { text, headers } = await supertest(app).get(`/dashboard/keys.csv?${search}`);
      expect(headers['content-disposition']).to.contain(`ztoapi-keys-${iso(first)}_${iso(last)}.csv`);
      expect(text.split('\r\n')[1])
        .to.match(/^ann,110,/)
        .and.match(new RegExp(`,${iso(first)}T00:00:00\\.000Z,${iso(last)}T23:59:59\\.999Z$`));
    }
    const all = await supertest(app).get(`/dashboard/keys.csv?from=${days[0]}`);
    expect(all.text.split('\r\n')[1]).to.match(/^ann,(?:111|1111),/);
  });

  it('refuses unknown periods, and lists the known ones', async () => {
    const app = composedApp({ store: await storeOf([]) });
    for (const [search, param, words] of [
      ['range=30d', 'range', /"30d"; allowed: 1h, 24h, 7d, month, last-month, or from=YYYY-MM-DD&to=/],
      ['from=2026-02-30', 'from', /2026-02-30.*YYYY-MM-DD/],
      ['to=2026-11-30', 'from', /needs `from`/],
    ] as const) {
      const { status, body } = await supertest(app).get(`/dashboard/keys.csv?${search}`);
      expect(status, search).to.equal(400);
      expect(body.error).to.include({ code: 'invalid_value', param });
      expect(body.error.message).to.match(words);
    }
    for (const path of ['', '/live', '/usage', '/upstreams', '/events']) {
      const { status, text, headers } = await supertest(app)
        .get(`/dashboard${path}?range=%3C1y`)
        .set(BROWSER);
      expect(status, path).to.equal(400);
      expect(headers['content-type'], path).to.contain('text/html');
      expect(text, path).to.match(/<h1>This address cannot be shown.*&#34;&lt;1y&#34;; allowed: .*7d/s);
    }
    for (const path of ['stats', 'requests']) {
      const { status, body } = await supertest(app).get(`/dashboard/${path}?range=7d`);
      expect(status).to.equal(400);
      expect(body.error).to.include({ code: 'unsupported_parameter', param: 'range' });
    }
  });
});

describe('The dashboard’s pages where something is wrong', () => {
  class AwayStore extends MemoryStore {
    override readCounters = () => Promise.reject(new StoreUnavailableError('secret reason'));
    override readLabels = () => Promise.reject(new StoreUnavailableError('secret reason'));
  }
  const app = composedApp({ store: new AwayStore() });

  it('are shown with a 503 while the store is unavailable', async () => {
    const { status, text, headers } = await supertest(app).get('/dashboard').set(BROWSER);
    expect(status).to.equal(503);
    expect(text).to.contain('No figures right now').and.contain('dashboard.js').and.not.contain('secret');
    expect(headers['cache-control']).to.equal('no-store');
    const live = await supertest(app).get('/dashboard/live').set(BROWSER);
    expect(live.status).to.equal(503);
    const chinese = await supertest(app)
      .get('/dashboard/keys.csv')
      .set({ ...BROWSER, 'accept-language': 'zh' });
    expect(chinese.status).to.equal(503);
    expect(chinese.text).to.contain('Redis 没有响应');
  });

  it('show what this replica alone has counted since then, and say so', async () => {
    const ownFigures = new OwnFigures(() => 'the connection to Redis is lost', 'UTC');
    for (const record of manyRecords(3, () => ({ finishedAt: Date.now(), keyName: 'own-key' })))
      ownFigures.record(record);
    const away = composedApp({ store: new AwayStore(), ownFigures });
    for (const [path, figure] of [
      ['/dashboard', '<dd class="value">3</dd>'],
      ['/dashboard/live', '<dd class="value">3</dd>'],
      ['/dashboard/requests', '3 of 3'],
    ] as const) {
      const { status, text } = await supertest(away).get(path).set(BROWSER);
      expect(status, path).to.equal(503);
      expect(text, path)
        .to.contain('<strong>This replica only</strong>')
        .and.contain(figure)
        .and.contain('own-key')
        .and.not.contain('All time')
        .and.not.contain('No request yet');
    }
    const { text } = await supertest(away).get('/dashboard/upstreams').set(BROWSER);
    expect(text).to.contain('No figures right now');
    for (const path of ['/dashboard/stats', '/dashboard/keys.csv'])
      expect((await supertest(away).get(path)).status, path).to.equal(503);
  });

  it('ask people for the password in their language, and programs in JSON', async () => {
    const locked = composedApp({ env: { DASHBOARD_PASSWORD: 'a-password' } });
    const page = await supertest(locked)
      .get('/dashboard')
      .set({ ...BROWSER, 'accept-language': 'zh-CN' });
    expect(page.status).to.equal(401);
    expect(page.headers['www-authenticate']).to.match(/^Basic realm/);
    expect(page.text).to.contain('查看仪表盘需要密码');
    expect(page.headers.vary).to.match(/\bAccept\b/);
    for (const accept of ['application/json', '*/*']) {
      const { body } = await supertest(locked).get('/dashboard').set({ accept });
      expect(body.error.code).to.equal('dashboard_password_required');
    }
  });

  it('say when to try again after too many wrong passwords', async () => {
    const locked = composedApp({ env: { DASHBOARD_PASSWORD: 'a-password' } });
    const server = locked.listen(0, '127.0.0.1');
    try {
      const wrong = () => supertest(server).get('/dashboard').set(BROWSER).auth('team', 'wrong');
      for (let time = 0; time < 20; time += 1) expect((await wrong()).status).to.equal(401);
      const refused = await wrong();
      expect(refused.status).to.equal(429);
      expect(Number(refused.headers['retry-after'])).to.be.within(1, 60);
      expect(refused.text).to.contain('Too many wrong passwords');
    } finally {
      server.close();
    }
  });
});

describe('The figures beside the original’s', () => {
  const env = { API_KEYS: 'ann:key-of-ann', PUBLIC_RATE_LIMIT_TOTAL: '9' };
  const rig = useGateway({ env });
  const ann = { headers: { authorization: 'Bearer key-of-ann' } };

  async function statsOf(rig: Rig, total: number): Promise<Json> {
    for (;;) {
      const stats = await jsonOf(await fetch(`${rig.url}/dashboard/stats`));
      if (stats.TotalRequests >= total) return stats;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  it('include keys, errors with whose fault they are, and the gateway’s health', async () => {
    await rig.say('sim:events=5');
    await rig.say('hello', ann);
    await (await rig.ask('hi', { model: 'no-such-model', ...ann })).text();
    await (await rig.ask('sim:captcha', ann)).text();
    let stats = await statsOf(rig, 4);
    // A replica tells of its tokens every 2 s.
    while (stats.guest_tokens.waited === 0) stats = await statsOf(rig, 4);
    expect(stats.keys.map(({ key, requests, errors }: Json) => [key, requests, errors])).to.deep.equal([
      ['ann', 3, 2],
      ['public', 1, 0],
    ]);
    expect(stats.models.map(({ model }: Json) => model)).to.have.members(['GLM-4.5', 'unknown']);
    expect(stats.errors.map(({ code, fault, count }: Json) => [code, fault, count])).to.deep.equal([
      ['model_not_found', 'caller', 1],
      ['upstream_refused', 'upstream', 1],
    ]);
    expect(Date.parse(stats.errors[0].last_at)).to.be.within(Date.now() - MINUTE_MS, Date.now());
    // One of three is refused: not half.
    const since = stats.replicas[0].started_at;
    expect(stats.status).to.deep.equal({ state: 'healthy', since, reasons: [] });
    expect(stats.lost_replicas).to.deep.equal([]);
    expect(stats.tokens_per_second).to.satisfy((value: unknown) => value === null || Number(value) > 0);
    expect(stats.guest_tokens).to.include({ waited: 1, failed: 0 });
    expect(stats.guest_tokens.hit_rate).to.be.within(0.5, 0.8);
  });

  it('include what is left of the public key’s limit, without using it up', async () => {
    for (let time = 0; time < 3; time += 1) {
      const stats = await statsOf(rig, 4);
      expect(stats.public_key).to.include({ limit: 9, used: 1 });
      expect(Date.parse(stats.public_key.resets_at)).to.be.within(Date.now(), Date.now() + MINUTE_MS);
    }
    expect((await rig.ask('hi', { stream: false })).headers.get('x-ratelimit-remaining-requests')).to.equal(
      '7',
    );
    const page = await (await fetch(`${rig.url}/dashboard`, { headers: BROWSER })).text();
    expect(page).to.contain('7 of 9 left this minute');
    expect(page).not.to.contain(KEY).and.not.contain('key-of-ann');
  });

  it('include a rejected request at once, even if it is the only one', async () => {
    const refused = await new Rig().start({});
    try {
      await (await refused.ask('sim:captcha')).text();
      const { status } = await statsOf(refused, 1);
      expect(status).to.deep.include({ state: 'refused', reasons: ['upstream_refuses'] });
      expect(Date.parse(status.since)).to.be.within(Date.now() - 2 * MINUTE_MS, Date.now());
    } finally {
      await refused.stop();
    }
  });
});
