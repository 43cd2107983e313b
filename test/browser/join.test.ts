/** The page of an invite in a real browser. */
import { expect } from 'chai';
import { useGateway } from '../support/gateway.js';
import { ADMIN, admin } from '../support/team.js';
import { axe, scrollsSideways, useBrowser } from './support.js';

describe('The page of an invite in a browser', () => {
  const rig = useGateway({ form: 'zai', env: { ADMIN_PASSWORD: ADMIN } });
  const browser = useBrowser();
  const invite = async (member: string) => (await admin(rig.url, 'POST', '/invites', { member })).body.url;

  for (const [colorScheme, locale, title] of [
    ['light', 'en-US', 'Your key'],
    ['dark', 'zh-CN', '你的密钥'],
  ] as const) {
    it(`makes a key that works, and is accessible (${colorScheme}, ${locale})`, async () => {
      const options = { colorScheme, locale, viewport: { width: 360, height: 740 } };
      await browser.visit(await invite(`bob-${locale}`), options, async (page) => {
        expect(await page.textContent('h1')).to.equal(title);
        expect(await axe(page)).to.deep.equal([]);
        await page.click('#join');
        await page.waitForSelector('#made:not([hidden])');
        const [key = '', baseUrl = ''] = await page.locator('#made code').allTextContents();
        expect(baseUrl).to.equal(`${rig.url}/v1`);
        expect(await rig.say('sim:say(hi)', { headers: { authorization: `Bearer ${key}` } })).to.equal('hi');
        expect(new URL(page.url()).hash).to.equal('');
        expect(await scrollsSideways(page)).to.equal(false);
        expect(await axe(page)).to.deep.equal([]);
      });
    });
  }

  it('keeps the invite when the language is changed', async () => {
    await browser.visit(await invite('cid'), {}, async (page) => {
      await page.click('text=中文');
      await page.click('#join');
      await page.waitForSelector('#made:not([hidden])');
    });
  });

  it('says what is wrong with an address without its end', async () => {
    await browser.visit(`${rig.url}/join`, {}, async (page) => {
      await page.click('#join');
      expect(await page.textContent('[role=alert]')).to.contain('not complete');
    });
  });
});
