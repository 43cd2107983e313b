/** My page in a real browser: from the invite to a new key. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { useGateway } from '../support/gateway.js';
import { ADMIN, admin, newKey } from '../support/team.js';
import { axe, scrollsSideways, useBrowser } from './support.js';

describe('My page in a browser', () => {
  const rig = useGateway({
    form: 'zai',
    env: { ADMIN_PASSWORD: ADMIN, API_KEYS: 'old:key-of-the-environment' },
  });
  const browser = useBrowser();
  const says = (key: string) => rig.say('sim:say(hi)', { headers: { authorization: `Bearer ${key}` } });

  async function show(page: Page, key: string): Promise<void> {
    await page.fill('#key', key);
    await page.click('#open button');
    await page.waitForSelector('#mine');
  }
  /** Clicks a link that opens a tab. */
  async function follow(page: Page, link: string): Promise<Page> {
    const opened = page.context().waitForEvent('page');
    await page.click(link);
    return opened;
  }
  async function looksWell(page: Page): Promise<void> {
    expect(await scrollsSideways(page)).to.equal(false);
    expect(await axe(page)).to.deep.equal([]);
  }

  for (const [colorScheme, locale, title] of [
    ['light', 'en-US', 'My page'],
    ['dark', 'zh-CN', '我的页面'],
  ] as const) {
    it(`leads from the invite to a new key (${colorScheme}, ${locale})`, async () => {
      const { url } = (await admin(rig.url, 'POST', '/invites', { member: `bob-${locale}` })).body;
      const options = { colorScheme, locale, viewport: { width: 360, height: 740 } };
      await browser.visit(url, options, async (invitePage) => {
        let page = invitePage;
        await page.click('#join');
        await page.waitForSelector('#made:not([hidden])');
        const key = (await page.locator('#made code').first().textContent()) ?? '';
        expect(await says(key)).to.equal('hi');
        page = await follow(page, '#made a[href="/me"]');
        await page.waitForSelector('#mine');
        expect(await page.textContent('h1')).to.equal(title);
        expect(page.url()).to.equal(`${rig.url}/me`);
        expect(await page.content())
          .to.contain(`bob-${locale}`)
          .and.not.contain(key);
        await looksWell(page);
        await page.check('#at-once');
        const opened = page.waitForResponse(`${rig.url}/me/session`);
        await page.click('#rotate button');
        await page.waitForSelector('#made:not([hidden])');
        await looksWell(page);
        const fresh = (await page.textContent('#made code')) ?? '';
        expect(await says(fresh)).to.equal('hi');
        await opened;
        await page.click('#made a[href="/me"]');
        await page.waitForSelector('#mine');
        expect(await page.content()).to.not.contain(fresh);
        await page.click('#log-out');
        await page.waitForSelector('#open');
        await looksWell(page);
      });
    });
  }

  it('leads to the playground, which asks without the key until the session ends', async () => {
    const { key } = await newKey(rig.url, { member: 'dora', models: ['glm-4.6'] });
    await browser.visit(`${rig.url}/me`, { expected: [/401/] }, async (page) => {
      await show(page, key);
      await page.click('#ask');
      await page.waitForSelector('#message');
      expect(await page.inputValue('#key')).to.match(/^zto-page-/);
      expect(await page.content())
        .to.contain('dora')
        .and.not.contain(key);
      await page.waitForSelector('#model option:nth-child(1):text-is("GLM-4.6")', { state: 'attached' });
      const ask = async (text: string, selector: string) => {
        await page.fill('#message', text);
        await page.click('#send');
        await page.waitForSelector(selector);
      };
      await ask('sim:say(from the playground)', '.markdown:has-text("from the playground")');
      await looksWell(page);
      const me = await page.context().newPage();
      await me.goto(`${rig.url}/me`);
      await me.click('#log-out');
      await me.waitForSelector('#open');
      await ask('sim:say(again)', '.note.bad:has-text("session has ended")');
    });
  });

  it('is there for a key of the environment, which is changed elsewhere', async () => {
    await browser.visit(`${rig.url}/me`, {}, async (page) => {
      await show(page, 'key-of-the-environment');
      expect(await page.locator('#rotate').count()).to.equal(0);
      expect(await page.textContent('#mine')).to.contain('can only be changed there');
      await looksWell(page);
    });
  });

  it('tells why a key opens nothing', async () => {
    const expected = [/401/];
    await browser.visit(`${rig.url}/me`, { expected }, async (page) => {
      await page.fill('#key', 'of-nobody');
      await page.click('#open button');
      await page.waitForSelector('#problem:not([hidden])');
      expect(await page.textContent('#problem')).to.contain('not a valid key');
    });
  });
});
