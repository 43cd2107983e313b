/** The page of an invite in a real browser. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { appSetups } from '../../src/pages/apps/apps.js';
import { useGateway } from '../support/gateway.js';
import { ADMIN, admin } from '../support/team.js';
import { axe, scrollsSideways, useBrowser } from './support.js';

describe('The page of an invite in a browser', () => {
  const rig = useGateway({ form: 'zai', env: { ADMIN_PASSWORD: ADMIN } });
  const browser = useBrowser();
  const invite = async (member: string) => (await admin(rig.url, 'POST', '/invites', { member })).body.url;

  /** @returns the key */
  async function take(page: Page): Promise<string> {
    await page.click('#join');
    await page.waitForSelector('#made:not([hidden])');
    return (await page.textContent('#made code')) ?? '';
  }
  const clipboard = (page: Page) => page.evaluate<string>('navigator.clipboard.readText()');
  /** Whatever of the page outlives it. */
  const kept = (page: Page) =>
    page.evaluate<string>(
      'JSON.stringify([location.href, history.state, { ...localStorage }, { ...sessionStorage }, document.cookie])',
    );

  for (const [colorScheme, locale, title] of [
    ['light', 'en-US', 'Your key'],
    ['dark', 'zh-CN', '你的密钥'],
  ] as const) {
    it(`makes a key that works, in every set-up, and is accessible (${colorScheme}, ${locale})`, async () => {
      const options = { colorScheme, locale, viewport: { width: 360, height: 740 } };
      const url = await invite(`bob-${locale}`);
      await browser.visit(url, options, async (page) => {
        expect(await page.textContent('h1')).to.equal(title);
        expect(await axe(page)).to.deep.equal([]);
        const key = await take(page);
        expect(await rig.say('sim:say(hi)', { headers: { authorization: `Bearer ${key}` } })).to.equal('hi');
        expect(await kept(page))
          .to.not.contain(key)
          .and.not.contain(new URL(url).hash.slice(1));
        const shown = await page.locator('.app').evaluateAll((apps) =>
          apps.map((app) => ({
            name: app.querySelector('summary')?.textContent,
            texts: [...app.querySelectorAll('.settings code, pre code')].map((code) => code.textContent),
          })),
        );
        const setups = appSetups({ origin: rig.url, model: 'GLM-4.5', key });
        expect(shown).to.deep.equal(
          setups.map(({ name, settings = [], code, shell }) => ({
            name,
            texts: [...settings.map(([, value]) => value), code, shell].filter(Boolean),
          })),
        );
        expect(await page.textContent('#made')).to.not.contain('YOUR_KEY');
        await page.evaluate('for (const app of document.querySelectorAll(".app")) app.open = true');
        expect(await scrollsSideways(page)).to.equal(false);
        expect(await axe(page)).to.deep.equal([]);
      });
    });
  }

  it('copies a set-up and the values of a form', async () => {
    const options = { permissions: ['clipboard-read', 'clipboard-write'] };
    await browser.visit(await invite('ann'), options, async (page) => {
      const key = await take(page);
      const app = (name: string) => page.locator('.app', { has: page.locator('summary', { hasText: name }) });
      await app('Claude Code').locator('summary').click();
      await app('Claude Code').locator('.copy').click();
      expect(await clipboard(page)).to.contain(`export ANTHROPIC_AUTH_TOKEN=${key}\n`);
      await app('Cline').locator('summary').click();
      await app('Cline').locator('.copy').nth(1).click();
      expect(await clipboard(page)).to.equal(key);
    });
  });

  it('names a model that the key may use', async () => {
    const { status } = await admin(rig.url, 'POST', '/members', { id: 'mia', models: ['glm-4.5-air'] });
    expect(status).to.equal(201);
    await browser.visit(await invite('mia'), {}, async (page) => {
      await take(page);
      await page.waitForSelector('#made figure code:has-text("GLM-4.5-Air")');
      expect(
        await page.locator('.app', { hasText: 'Codex' }).locator('pre').first().textContent(),
      ).to.contain('model = "GLM-4.5-Air"');
    });
  });

  it('keeps the invite when the language is changed', async () => {
    await browser.visit(await invite('cid'), {}, async (page) => {
      await page.click('text=中文');
      await take(page);
    });
  });

  it('says what is wrong with an address without its end', async () => {
    await browser.visit(`${rig.url}/join`, {}, async (page) => {
      await page.click('#join');
      expect(await page.textContent('[role=alert]')).to.contain('not complete');
    });
  });
});
