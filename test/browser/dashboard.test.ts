import { expect } from 'chai';
import { pino } from 'pino';
import type { Page } from 'playwright-core';
import type { RequestRecord } from '../../src/stats/request-record.js';
import { RedisLink } from '../../src/store/redis/link.js';
import { RedisStore } from '../../src/store/redis/redis-store.js';
import { batchOf, manyRecords } from '../stats/records.js';
import { announcementOf } from '../store/contract-replicas.js';
import { Rig } from '../support/gateway.js';
import { needs, type RedisServer, startRedis, until } from '../support/redis.js';
import { axe, scrollsSideways, useBrowser } from './support.js';

const HOSTILE = `"><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`;
const PASSWORD = 'password-of-the-team';
/** The console's word for an answer that is not 2xx. */
const HTTP_ERROR = /^Failed to load resource: the server responded with a status of (401|429|503)/;
/** Nobody is there to type a password. */
const UNAUTHORIZED = /ERR_INVALID_AUTH_CREDENTIALS/;
const NO_CONNECTION = /^Failed to load resource: net::ERR_/;

const text = (page: Page, selector: string) => page.locator(selector).first().innerText();
const value = (page: Page, id: string) => text(page, `#${id} .value`);

/** Waits until an element reads like this. */
async function reads(page: Page, selector: string, expected: RegExp | string): Promise<void> {
  await page.locator(selector).filter({ hasText: expected }).first().waitFor({ state: 'visible' });
}

/** Cells of a table's body, row by row, the first line of each. */
async function rowsOf(page: Page, id: string): Promise<string[][]> {
  return page.evaluate(`[...document.querySelectorAll('#${id} tbody tr')].map((row) =>
    [...row.cells].map((cell) => cell.innerText.split('\\n')[0].trim()))`);
}

/** Marks this document: a page that was loaded again has lost it. */
const mark = (page: Page) => page.evaluate('void (window.mark = "the same document")');
const isMarked = async (page: Page) => (await page.evaluate('window.mark')) === 'the same document';

/** Ends the wait for the next refresh. */
async function refreshNow(page: Page): Promise<void> {
  await page.click('#pause');
  await page.click('#pause');
}

/** Why a page did not open. */
async function refused(going: Promise<unknown>): Promise<string> {
  return going.then(
    () => 'it opened',
    (error: Error) => error.message,
  );
}

describe('The dashboard in a browser', () => {
  const browser = useBrowser({ hostResolver: 'MAP gateway.test 127.0.0.1' });
  let redis: RedisServer;
  let one: Rig;
  let two: Rig;
  let locked: Rig;
  const page = (rig: Rig, search = '') => `${rig.url}/dashboard${search}`;
  const requestsPage = (rig: Rig, search = '') => `${rig.url}/dashboard/requests${search}`;

  before(async function () {
    needs(this, 'chromium', 'redis-server');
    redis = await startRedis();
    const env = {
      REDIS_URL: redis.url,
      API_KEYS: 'ann:key-of-ann,bob:key-of-bob',
      PUBLIC_RATE_LIMIT_TOTAL: '600',
      DASHBOARD_PASSWORD: '',
    };
    one = await new Rig().start({ env });
    two = await new Rig().start({ env });
    locked = await new Rig().start({ env: { DASHBOARD_PASSWORD: PASSWORD } });
  });
  after(async () => {
    await Promise.all([one, two, locked].map((rig) => rig?.stop()));
    await redis?.stop();
  });

  const as = (name: string) => ({ headers: { authorization: `Bearer key-of-${name}` } });

  /** Resolves when the shared store has so many requests. */
  async function counted(total: number): Promise<void> {
    await until(async () => {
      const stats = (await (await fetch(`${one.url}/dashboard/stats`)).json()) as { total_requests: number };
      return stats.total_requests === total;
    });
  }

  it('explains how to send the first request while there are no statistics', async () => {
    await browser.visit(page(one), {}, async (shown) => {
      expect(await text(shown, '#empty'))
        .to.contain('No request yet')
        .and.contain(`curl -N ${one.url}/v1`);
      expect(await value(shown, 'classic-total')).to.equal('0');
      expect(await axe(shown)).to.deep.equal([]);
    });
  });

  it('shows the same statistics of all replicas on every replica', async () => {
    for (const rig of [one, two]) {
      await rig.say('hello', as('ann'));
      await rig.say('sim:events=4', as('bob'));
    }
    await one.say('again', as('ann'));
    await (await two.ask('sim:events=3', { stream: true })).text();
    await (await one.ask('hi', { model: 'no-such-model', ...as('ann') })).text();
    await (await two.ask('sim:status=500', as('bob'))).text();
    await (await one.ask('hi', as('nobody'))).text();
    await counted(9);
    for (const rig of [one, two]) {
      await browser.visit(page(rig), {}, async (shown) => {
        expect(
          await Promise.all(['total', 'succeeded', 'failed'].map((id) => value(shown, `classic-${id}`))),
        ).to.deep.equal(['9', '6', '3']);
        expect(await value(shown, 'now-success')).to.equal('66.7%');
        const keys = await rowsOf(shown, 'keys');
        expect(keys.map(([key, requests]) => [key, requests])).to.deep.equal([
          ['public', '1'],
          ['ann', '4'],
          ['bob', '3'],
          ['no valid key', '1'],
        ]);
        expect(await text(shown, '.headroom')).to.contain('599 of 600 left this minute');
        const errors = (await rowsOf(shown, 'errors')).map(([code, fault, times]) => [code, fault, times]);
        expect(errors).to.deep.include.members([
          ['invalid_api_key', 'Caller', '1'],
          ['model_not_found', 'Caller', '1'],
          ['upstream_error', 'Upstream', '1'],
        ]);
        expect((await rowsOf(shown, 'replicas')).map(([id]) => id)).to.have.members([
          one.gateway.replica,
          two.gateway.replica,
        ]);
        await shown.click('.tabs a >> text=Requests');
        const requests = await rowsOf(shown, 'request-list');
        expect(requests).to.have.length(9);
        expect(new Set(requests.map((cells) => cells.at(-1)))).to.deep.equal(
          new Set([one.gateway.replica, two.gateway.replica]),
        );
        expect(await text(shown, '#status')).to.contain('2 replicas alive');
        expect(await rowsOf(shown, 'addresses')).to.deep.equal([['127.0.0.1', '9', '1', '0']]);
      });
    }
  });

  it('refreshes itself without loading the page again, and keeps what the reader had open', async () => {
    await browser.visit(page(one), {}, async (shown) => {
      await shown.clock.install();
      await mark(shown);
      await refreshNow(shown);
      await shown.click('#table-requests summary');
      await shown.focus('#keys-by-errors');
      await two.say('one more', as('ann'));
      await counted(10);
      await shown.clock.fastForward(5_000);
      await reads(shown, '#classic-total .value', '10');
      expect(await isMarked(shown)).to.equal(true);
      expect(await shown.locator('#table-requests').getAttribute('open')).to.equal('');
      expect(await shown.evaluate('document.activeElement.id')).to.equal('keys-by-errors');

      // Paused, it asks for nothing.
      let asked = 0;
      shown.on('request', (request) => {
        if (request.url().includes('/live')) asked += 1;
      });
      await shown.click('#pause');
      expect(await text(shown, '#pulse')).to.contain('Paused');
      await shown.clock.fastForward(120_000);
      await one.say('unseen', as('ann'));
      await counted(11);
      expect(await value(shown, 'classic-total')).to.equal('10');
      expect(asked).to.equal(0);
      await shown.click('#pause');
      await reads(shown, '#classic-total .value', '11');
      expect(await isMarked(shown)).to.equal(true);
    });
  });

  it('sorts, filters and changes the period in place, and keeps the choice in the address', async () => {
    await browser.visit(page(one), {}, async (shown) => {
      await mark(shown);
      await shown.click('#keys-by-name');
      await shown.locator('#keys th[aria-sort=ascending]').filter({ hasText: 'Key' }).waitFor();
      await shown.click('#range-24h');
      await shown.locator('#range-24h[aria-current]').waitFor();
      expect(await isMarked(shown)).to.equal(true);
      expect(Object.fromEntries(new URL(shown.url()).searchParams)).to.deep.equal({
        keys: 'name',
        range: '24h',
      });
    });
    await browser.visit(requestsPage(one), {}, async (shown) => {
      await mark(shown);
      await shown.fill('#filter-text', 'upstream_error');
      await reads(shown, '#request-list', /\b1 of 11/);
      expect(await isMarked(shown)).to.equal(true);
      expect(shown.url()).to.equal(`${requestsPage(one)}?q=upstream_error`);
      await shown.reload();
      expect(await text(shown, '#request-list')).to.match(/^1 of 11/);
      expect(await shown.inputValue('#filter-text')).to.equal('upstream_error');
      await shown.click('#filter-clear');
      await reads(shown, '#request-list', '11 of 11');
      expect(await shown.inputValue('#filter-text')).to.equal('');
    });
  });

  it('leads old links to the page that has what they name now', async () => {
    for (const [old, now] of [
      ['?q=upstream_error#requests', '/dashboard/requests?q=upstream_error#requests'],
      ['#addresses', '/dashboard/requests#addresses'],
      ['#queue', '/dashboard/upstreams#queue'],
      ['#keys', '/dashboard#keys'],
    ] as const) {
      await browser.visit(page(one, old), {}, async (shown) => {
        await shown.waitForURL(`${one.url}${now}`);
        await shown.locator(`${new URL(shown.url()).hash}`).waitFor();
      });
    }
  });

  it('shows times in the viewer’s time zone, which it names', async () => {
    const options = { locale: 'en-GB', timezoneId: 'Asia/Tokyo' };
    await browser.visit(requestsPage(one), options, async (shown) => {
      expect(await text(shown, '#pulse')).to.contain('Asia/Tokyo');
      const time = shown.locator('#request-list tbody time').first();
      const at = new Date((await time.getAttribute('datetime')) ?? '');
      const format = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'Asia/Tokyo' });
      expect(await time.innerText()).to.equal(format.format(at));
    });
  });

  it('is in the browser’s language, or in the one that the visitor chose', async () => {
    await browser.visit(page(one), { locale: 'zh-CN' }, async (shown) => {
      expect(await text(shown, 'h1')).to.equal('概览');
      await shown.click('.languages a[lang=en]');
      await reads(shown, 'h1', 'Overview');
      await shown.goto(page(one));
      expect(await text(shown, 'h1')).to.equal('Overview');
      await mark(shown);
      await refreshNow(shown);
      await reads(shown, '#now-heading', 'Now');
    });
  });

  it('shows everything without JavaScript, except for refreshing itself', async () => {
    await browser.visit(page(two), { javaScriptEnabled: false }, async (shown) => {
      expect(await value(shown, 'classic-total')).to.equal('11');
      expect(await text(shown, '.fresh')).to.contain('does not refresh itself');
      for (const id of [
        'status',
        'now',
        'chart-requests',
        'chart-latency',
        'chart-tokens',
        'keys',
        'models',
        'errors',
      ])
        expect(await shown.locator(`#${id}`).isVisible(), id).to.equal(true);
      expect((await shown.locator('#chart-requests svg.area path').count()) > 1).to.equal(true);
      await shown.click('#keys-by-lastAt');
      expect(await shown.locator('#keys th[aria-sort=descending]').innerText()).to.contain('Last seen');
      expect(await text(shown, '#replicas')).to.match(/\d/);
      await shown.click('.tabs a >> text=Upstreams');
      expect(await text(shown, '#guests')).to.match(/\d/);
      await shown.goto(page(two, '?q=upstream_error'));
      expect(await text(shown, '#addresses')).to.match(/\d/);
      expect(await rowsOf(shown, 'request-list')).to.have.length(1);
      await shown.selectOption('#filter-key', 'ann');
      await shown.fill('#filter-text', '');
      await shown.click('#filter button');
      expect(new Set((await rowsOf(shown, 'request-list')).map((cells) => cells[3]))).to.deep.equal(
        new Set(['ann']),
      );
    });
  });

  it('is accessible in light and dark, and fits a phone', async () => {
    // Colours change at once where nothing may move.
    const options = { viewport: { width: 360, height: 740 }, reducedMotion: 'reduce' } as const;
    await browser.visit(page(one), options, async (shown) => {
      await shown.click('#table-requests summary');
      for (const colorScheme of ['light', 'dark'] as const) {
        await shown.emulateMedia({ colorScheme });
        expect(await axe(shown), colorScheme).to.deep.equal([]);
      }
      expect(await scrollsSideways(shown)).to.equal(false);
      for (const path of ['?lang=zh&range=7d', '/requests', '/upstreams']) {
        await shown.goto(page(one, path));
        expect(await scrollsSideways(shown), path).to.equal(false);
        expect(await axe(shown), path).to.deep.equal([]);
      }
    });
  });

  it('shows what clients, upstreams and replicas send as plain text only', async () => {
    const agent = { ...as('ann').headers, 'user-agent': HOSTILE };
    await (await one.ask('hi', { model: HOSTILE, headers: agent })).text();
    await (await one.ask('sim:html-error', { headers: agent })).text();
    const link = new RedisLink(
      { redisUrls: [redis.url], redisSentinels: [], redisTimeoutMs: 2_000, redisPrefix: 'ztoapi:v1:' },
      pino({ level: 'silent' }),
    );
    try {
      await link.ready(5_000);
      const store = new RedisStore(link, 'ztoapi:v1:');
      const words: Partial<RequestRecord> = {
        keyName: HOSTILE,
        path: HOSTILE,
        model: HOSTILE,
        code: HOSTILE,
        method: HOSTILE,
      };
      const records = manyRecords(2, () => ({
        ...words,
        clientAddress: HOSTILE,
        userAgent: HOSTILE,
        slotGroup: HOSTILE,
        slotMs: 1_200,
        queueMs: 340,
        finishedAt: Date.now(),
      }));
      await store.recordBatch(batchOf(HOSTILE, 1, records));
      const { drainingSince, degradedAt, ...calm } = announcementOf(HOSTILE);
      await store.announce(calm);
    } finally {
      await link.close();
    }
    await counted(15);
    await browser.visit(page(two), {}, async (shown) => {
      for (const [path, ids] of [
        ['', ['replicas', 'keys']],
        ['/upstreams', ['scroll-queue', 'scroll-slot-time']],
        ['/requests', ['request-list', 'addresses']],
      ] as const) {
        if (path !== '') await shown.goto(page(two, path));
        for (const id of ids) expect(await text(shown, `#${id}`), id).to.contain('<script>window.hacked');
        await refreshNow(shown);
        expect(await shown.evaluate('window.hacked')).to.equal(undefined);
        expect(await shown.locator('main img, main script').count()).to.equal(0);
      }
      await shown.fill('#filter-text', HOSTILE);
      await reads(shown, '#request-list', / of 15/);
      expect(await axe(shown)).to.deep.equal([]);
      expect(await shown.evaluate('window.hacked')).to.equal(undefined);
      expect(await shown.locator('main img, main script').count()).to.equal(0);
    });
  });

  it('says since when it could not be refreshed, and continues when it can', async () => {
    await browser.visit(page(one), { expected: [NO_CONNECTION, HTTP_ERROR] }, async (shown) => {
      await mark(shown);
      await shown.route('**/dashboard/live*', (route) => route.abort());
      await refreshNow(shown);
      await reads(shown, '#stale', /No connection to the gateway\. The figures are from .*\d/);
      expect((await text(shown, '#status')).trim()).to.equal('Status unknown');
      await shown.unroute('**/dashboard/live*');

      await redis.stop();
      await until(async () => (await fetch(`${one.url}/dashboard/stats`)).status === 503);
      await refreshNow(shown);
      await reads(shown, '#stale', 'The gateway has no figures right now');
      // The largest word is no longer that of before.
      expect(await text(shown, '#status'))
        .to.contain('No figures right now')
        .and.contain('the connection to Redis is lost')
        .and.not.contain('Healthy');
      expect(await value(shown, 'classic-total')).to.equal('15');

      // Opened now, it shows what its replica alone counts, and goes on with everything when Redis is back.
      await until(async () => (await fetch(`${two.url}/dashboard/stats`)).status === 503);
      await shown.goto(page(two));
      expect(await text(shown, '#status'))
        .to.contain('This replica only')
        .and.contain('Redis is not available');
      expect(await value(shown, 'classic-total')).to.equal('0');
      expect(await axe(shown)).to.deep.equal([]);
      await two.say('while it is away', as('ann'));
      await refreshNow(shown);
      await reads(shown, '#classic-total .value', '1');
      await mark(shown);
      await redis.start();
      await until(async () => (await fetch(`${two.url}/dashboard/stats`)).status === 200);
      await refreshNow(shown);
      await reads(shown, '#classic-heading', 'All time');
      expect(await isMarked(shown)).to.equal(true);
    });
  });

  it('opens with the password only', async () => {
    await browser.visit(locked.url, { expected: [HTTP_ERROR] }, async (shown) => {
      expect(await refused(shown.goto(page(locked)))).to.match(UNAUTHORIZED);
    });
    const httpCredentials = { username: 'team', password: PASSWORD };
    await browser.visit(page(locked), { httpCredentials }, async (shown) => {
      expect(await text(shown, 'h1')).to.equal('Overview');
      await mark(shown);
      await locked.say('hello');
      await until(async () => {
        await refreshNow(shown);
        return (await value(shown, 'classic-total')) === '1';
      });
      expect(await isMarked(shown)).to.equal(true);
    });
  });

  it('opens with a password of spaces, Chinese and emoji', async () => {
    const password = '打开  仪表盘 🔋';
    const rig = await new Rig().start({ env: { DASHBOARD_PASSWORD: password } });
    try {
      const httpCredentials = { username: '张三', password };
      await browser.visit(page(rig), { httpCredentials }, async (shown) => {
        expect(await text(shown, 'h1')).to.equal('Overview');
      });
    } finally {
      await rig.stop();
    }
  });

  it('stops refreshing when its password is no longer accepted', async () => {
    const httpCredentials = { username: 'team', password: PASSWORD };
    await browser.visit(page(locked), { httpCredentials, expected: [HTTP_ERROR] }, async (shown) => {
      await shown.clock.install();
      let asked = 0;
      await shown.route('**/dashboard/live*', (route) => {
        asked += 1;
        return route.fulfill({ status: 401 });
      });
      await shown.reload();
      await shown.clock.runFor(6_000);
      await reads(shown, '#stale', 'Your sign-in is no longer valid');
      await shown.clock.runFor(60_000);
      expect(asked).to.equal(1);
    });
  });

  it('blocks a visitor who guesses passwords', async () => {
    const wrong = { authorization: `Basic ${Buffer.from('team:wrong').toString('base64')}` };
    for (let time = 0; time < 25; time += 1) await (await fetch(page(locked), { headers: wrong })).text();
    const httpCredentials = { username: 'team', password: 'wrong' };
    await browser.visit(page(locked), { httpCredentials, expected: [HTTP_ERROR] }, async (shown) => {
      expect(await text(shown, 'h1')).to.equal('Too many wrong passwords');
      expect(await axe(shown)).to.deep.equal([]);
    });
  });

  it('opens without a password from this machine by a loopback name only', async () => {
    await browser.visit(page(one).replace(/\/\/[^:/]+/, '//localhost'), {}, async (shown) => {
      expect(await text(shown, 'h1')).to.equal('Overview');
    });
    const elsewhere = one.url.replace(/\/\/[^:/]+/, '//gateway.test');
    await browser.visit(elsewhere, { expected: [HTTP_ERROR] }, async (shown) => {
      expect(await refused(shown.goto(`${elsewhere}/dashboard`))).to.match(UNAUTHORIZED);
    });
    // The admin's, which one of the replicas told.
    const [, password = ''] = /admin password[^"]*: ([\w-]+)"/.exec(one.log + two.log) ?? [];
    const httpCredentials = { username: 'team', password };
    await browser.visit(`${elsewhere}/dashboard`, { httpCredentials }, async (shown) => {
      await refreshNow(shown);
      expect(await text(shown, 'h1')).to.equal('Overview');
    });
  });
});
