/** My page in a real browser: from the invite to a new key. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { useGateway } from '../support/gateway.js';
import { ADMIN, admin } from '../support/team.js';
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
      await browser.visit(url, options, async (page) => {
        await page.click('#join');
        await page.waitForSelector('#made:not([hidden])');
        const key = (await page.locator('#made code').first().textContent()) ?? '';
        expect(await says(key)).to.equal('hi');
        await page.click('#made a[href="/me"]');
        await page.waitForSelector('#open');
        expect(await page.textContent('h1')).to.equal(title);
        await looksWell(page);
        await show(page, key);
        expect(page.url()).to.equal(`${rig.url}/me`);
        expect(await page.content())
          .to.contain(`bob-${locale}`)
          .and.not.contain(key);
        await looksWell(page);
        await page.check('#at-once');
        await page.click('#rotate button');
        await page.waitForSelector('#made:not([hidden])');
        await looksWell(page);
        const fresh = (await page.textContent('#made code')) ?? '';
        expect(await says(fresh)).to.equal('hi');
        await page.click('#made a[href="/me"]');
        await page.waitForSelector('#open');
        expect(await page.content()).to.not.contain(fresh);
        await show(page, fresh);
        await page.click('#log-out');
        await page.waitForSelector('#open');
      });
    });
  }

  it('tells why a key opens nothing', async () => {
    const expected = [/40[13]/];
    await browser.visit(`${rig.url}/me`, { expected }, async (page) => {
      const tellsOf = async (key: string) => {
        await page.fill('#key', key);
        const answered = page.waitForResponse(`${rig.url}/me/session`);
        await page.click('#open button');
        await answered;
        await page.waitForSelector('#problem:not([hidden])');
        return page.textContent('#problem');
      };
      expect(await tellsOf('key-of-the-environment')).to.contain('gateway’s configuration');
      expect(page.url()).to.equal(`${rig.url}/me`);
    });
    await browser.visit(`${rig.url}/me`, { expected }, async (page) => {
      await page.fill('#key', 'of-nobody');
      await page.click('#open button');
      await page.waitForSelector('#problem:not([hidden])');
      expect(await page.textContent('#problem')).to.contain('not a valid key');
    });
  });
});
