/** The Team page in a real browser: what a lead does there every day, and what no other page can do. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { useGateway } from '../support/gateway.js';
import { until } from '../support/redis.js';
import { ADMIN, admin, newKey } from '../support/team.js';
import { axe, scrollsSideways, useBrowser } from './support.js';

/** The console's word for an answer that is not 2xx. */
const HTTP_ERROR = /^Failed to load resource: the server responded with a status of (401|403)/;

describe('The Team page in a browser', () => {
  const rig = useGateway({
    form: 'zai',
    env: { ADMIN_PASSWORD: ADMIN, API_KEYS: 'old:key-of-the-environment', DASHBOARD_PASSWORD: '' },
  });
  const browser = useBrowser();
  const team = () => `${rig.url}/dashboard/team`;
  const ask = async (key: string) => {
    const response = await rig.ask('sim:say(hi)', { headers: { authorization: `Bearer ${key}` } });
    await response.text();
    return response.status;
  };
  const read = async (path: string) => (await admin(rig.url, 'GET', path)).body;

  async function givePassword(page: Page, password: string): Promise<void> {
    await page.locator('#password[open]').waitFor();
    await page.fill('#password [type=password]', password);
    await page.click('#password [type=submit]');
  }
  /** Copies what is shown once, and closes it. @returns the clipboard */
  async function takeSecret(page: Page): Promise<string> {
    await page.locator('#secret[open]').waitFor();
    const shown = (await page.textContent('#secret code')) ?? '';
    await page.click('#secret .copy');
    await until(async () => (await page.evaluate('navigator.clipboard.readText()')) === shown);
    await page.keyboard.press('Escape');
    expect(await page.locator('#secret[open]').count(), 'a secret is not closed by accident').to.equal(1);
    await page.click('#secret [data-close]');
    await until(async () => !(await page.content()).includes(shown));
    return shown;
  }
  async function open(page: Page, kind: 'key' | 'member', id: string): Promise<void> {
    await page.click(`#edit-${kind}-${id}`);
    await page.locator(`#${kind}[open]`).waitFor();
  }
  /** Answers "sure?" with its button. */
  async function sure(page: Page): Promise<void> {
    await page.locator('#confirm[open]').waitFor();
    await page.click('#confirm [type=submit]');
  }
  async function looksWell(page: Page): Promise<void> {
    expect(await scrollsSideways(page)).to.equal(false);
    expect(await axe(page)).to.deep.equal([]);
  }

  for (const [locale, colorScheme, words, isWhole] of [
    [
      'en-US',
      'light',
      { title: 'Team', wrong: 'not the admin’s password', rotated: 'old secret still works' },
      true,
    ],
    ['zh-CN', 'dark', { title: '团队', wrong: '管理员密码不正确', rotated: '旧密钥仍有效' }, false],
  ] as const) {
    it(`lets the lead invite${isWhole ? ', make, change, rotate and remove' : ''} (${locale})`, async () => {
      const [guest, member] = [`guest-${locale}`, `member-${locale}`];
      const options = {
        locale,
        colorScheme,
        viewport: { width: 360, height: 740 },
        permissions: ['clipboard-read', 'clipboard-write'],
        reducedMotion: 'reduce' as const,
        expected: [HTTP_ERROR],
      };
      await browser.visit(team(), options, async (page) => {
        expect(await page.textContent('h1')).to.equal(words.title);
        await looksWell(page);

        await page.click('[data-open=invite]');
        await page.fill('#invite [name=member]', guest);
        await page.click('#invite [type=submit]');
        await givePassword(page, 'a wrong one');
        await page.locator('#password [role=alert]', { hasText: words.wrong }).waitFor();
        await looksWell(page);
        await givePassword(page, ADMIN);
        const [link, token] = (await takeSecret(page)).split('#');
        expect(link).to.equal(`${rig.url}/join`);
        expect((await join(token)).status).to.equal(201);
        await page.locator('#member-list', { hasText: guest }).waitFor();
        await page.locator('#member-list [data-open=key]').first().click();
        await page.locator('#key[open]').waitFor();
        await looksWell(page);
        if (!isWhole) return;
        await page.click('#key [data-close]');

        await page.click('[data-open=invite]');
        await page.fill('#invite [name=member]', guest);
        await page.click('#invite [type=submit]');
        const [, unused] = (await takeSecret(page)).split('#');
        await page.click(`#revoke-${guest}`);
        await sure(page);
        await page.locator(`#revoke-${guest}`).waitFor({ state: 'detached' });
        expect((await join(unused)).status).to.equal(404);

        await page.click('[data-open=add-key]');
        await page.fill('#add-key [name=member]', member);
        await page.click('#add-key summary');
        await page.fill('#add-key [name=models]', 'glm-4.*, other-*');
        await page.fill('#add-key [name=expires_at]', '2099-01-31');
        await looksWell(page);
        await page.click('#add-key [type=submit]');
        const key = await takeSecret(page);
        expect(await ask(key)).to.equal(200);
        const { id } = (await read('/keys')).data.find(({ name }: { name: string }) => name === member);
        expect(await read(`/keys/${id}`)).to.deep.include({
          models: ['glm-4.*', 'other-*'],
          expires_at: '2099-02-01T00:00:00.000Z',
          requests_per_minute: null,
        });

        await open(page, 'key', id);
        expect(await page.inputValue('#key [name=expires_at]')).to.equal('2099-01-31');
        await looksWell(page);
        await page.fill('#key [name=requests_per_minute]', '60');
        await page.fill('#key [name=note]', 'of the laptop');
        await page.fill('#key [name=max_in_flight]', '4');
        await page.fill('#key .budget [data-of=amount]', '20');
        await page.check('#key .budget [data-of=hard]');
        await page.click('#key [data-add]');
        const second = page.locator('#key .budget').nth(1);
        await second.locator('[data-of=amount]').fill('5000');
        await second.locator('[data-of=unit]').selectOption('tokens');
        await second.locator('[data-of=period]').selectOption('day');
        await looksWell(page);
        await page.click('#key [type=submit]');
        await page.locator('#member-list', { hasText: 'of the laptop' }).waitFor();
        // What was not touched was not sent.
        const { data } = await read('/audit?limit=1');
        expect(data[0].changes).to.deep.equal({
          requestsPerMinute: 60,
          maxInFlight: 4,
          note: 'of the laptop',
          budgets: [
            { unit: 'USD', amount: 20_000_000, period: 'month', hard: true },
            { unit: 'tokens', amount: 5_000, period: 'day' },
          ],
        });
        await open(page, 'key', id);
        expect(await page.locator('#key .budget').count()).to.equal(2);
        await page.fill('#key .budget [data-of=amount]', '');
        await page.click('#key [type=submit]');
        await until(async () => (await read(`/keys/${id}`)).budgets.length === 1);
        expect((await read(`/keys/${id}`)).budgets).to.deep.equal([
          { tokens: 5_000, period: 'day', hard: false },
        ]);

        await open(page, 'key', id);
        await page.click('#key [data-do=rotate]');
        await sure(page);
        const fresh = await takeSecret(page);
        expect([await ask(key), await ask(fresh)]).to.deep.equal([200, 200]);
        await page.locator('#member-list', { hasText: words.rotated }).waitFor();

        await open(page, 'member', member);
        await page.selectOption('#member [name=class]', 'batch');
        await page.fill('#member [name=weight]', '2');
        await page.click('#member [type=submit]');
        await until(async () => (await read(`/members/${member}`)).weight === 2);
        await open(page, 'member', member);
        await page.click('#member [data-do=disable]');
        await sure(page);
        await until(async () => (await ask(fresh)) === 401);
        await open(page, 'member', member);
        await page.click('#member [data-do=enable]');
        await until(async () => (await ask(fresh)) === 200);

        await open(page, 'key', id);
        await page.click('#key [data-do=remove]');
        await page.click('#confirm [data-close]');
        expect((await read('/keys')).data.map((one: { id: string }) => one.id)).to.include(id);
        await page.click('#key [data-do=remove]');
        await sure(page);
        await page.locator(`#edit-key-${id}`).waitFor({ state: 'detached' });
        await until(async () => (await ask(fresh)) === 401);
        expect((await page.textContent('#audit tbody tr')) ?? '').to.contain(`${member}/${member}`);
        for (const secret of [key, fresh, token, unused, ADMIN])
          expect(await page.content()).not.to.contain(secret);
        await looksWell(page);
      });
    });
  }

  it('lets a member with the admin role change the team by a session, and no other member', async () => {
    const lead = await newKey(rig.url, { member: 'lead' });
    const plain = await newKey(rig.url, { member: 'plain' });
    await admin(rig.url, 'PATCH', '/members/lead', { role: 'admin' });
    const addMember = async (page: Page, id: string) => {
      await page.goto(team());
      await page.click('[data-open=add-member]');
      await page.fill('#add-member [name=id]', id);
      await page.click('#add-member [type=submit]');
    };
    await browser.visit(`${rig.url}/me`, {}, async (page) => {
      await openSession(page, lead.key);
      await addMember(page, 'made-by-lead');
      await page.locator('#member-list', { hasText: 'made-by-lead' }).waitFor();
      expect((await read('/audit?limit=1')).data[0]).to.include({ actor: 'lead', target: 'made-by-lead' });
    });
    await browser.visit(`${rig.url}/me`, {}, async (page) => {
      await openSession(page, plain.key);
      await addMember(page, 'made-by-plain');
      await page.locator('#password[open]').waitFor();
      expect((await admin(rig.url, 'GET', '/members/made-by-plain')).status).to.equal(404);
    });
  });

  describe('and pages of others', () => {
    let site: Server;
    before((done) => {
      site = createServer((_req, res) => {
        res.setHeader('content-type', 'text/html');
        res.end('<!doctype html><title>A page</title>');
      }).listen(0, '127.0.0.1', done);
    });
    after((done) => {
      site.close(done);
      site.closeAllConnections();
    });

    it('change nothing, another port of this machine included', async () => {
      const lead = await newKey(rig.url, { member: 'lead-of-all' });
      await admin(rig.url, 'PATCH', '/members/lead-of-all', { role: 'admin' });
      const { id, key } = await newKey(rig.url, { member: 'victim' });
      const { port } = site.address() as AddressInfo;
      const address = `${rig.url}/admin/keys/${id}/rotate`;
      for (const host of ['127.0.0.1', 'localhost']) {
        const expected = [/Failed to load resource/, /favicon/, /CORS policy/];
        await browser.visit(`${rig.url}/me`, { expected }, async (page) => {
          await openSession(page, lead.key);
          await page.goto(`http://${host}:${port}/`);
          // Ports are no border to cookies: from localhost the lead's goes along. The first kind of request needs no preflight.
          const send = (options: string) => `fetch(${JSON.stringify(address)}, ${options})
            .then(({ type }) => type, () => 'blocked')`;
          const json = `method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}'`;
          expect(
            await page.evaluate(send(`{ method: 'POST', mode: 'no-cors', credentials: 'include' }`)),
          ).to.equal('opaque');
          expect(await page.evaluate(send(`{ ${json}, credentials: 'include' }`))).to.equal('blocked');
          expect(
            await page.evaluate(
              `fetch(${JSON.stringify(address.replace('/rotate', ''))}, { method: 'DELETE', credentials: 'include' })
                .catch(() => 'blocked')`,
            ),
          ).to.equal('blocked');
          const answered = page.waitForResponse(address);
          await page.evaluate(`{
            const form = document.createElement('form');
            form.method = 'POST';
            form.action = ${JSON.stringify(address)};
            document.body.append(form);
            form.submit();
          }`);
          expect((await answered).status()).to.be.at.least(400);
          expect(await ask(key), host).to.equal(200);
        });
      }
      expect(
        (await read('/audit?limit=100')).data.map(({ action }: { action: string }) => action)[0],
      ).to.equal('key.create');
    });
  });

  async function openSession(page: Page, key: string): Promise<void> {
    await page.fill('#key', key);
    await page.click('#open button');
    await page.waitForSelector('#mine');
  }

  function join(token = ''): Promise<Response> {
    return fetch(`${rig.url}/join`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
  }
});
