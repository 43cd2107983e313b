/** The home page in a real browser. */
import { expect } from 'chai';
import { useGateway } from '../support/gateway.js';
import { axe, scrollsSideways, useBrowser } from './support.js';

describe('The home page in a browser', () => {
  const rig = useGateway({ form: 'zai', gateway: { demo: true } });
  const browser = useBrowser();

  for (const [colorScheme, locale] of [
    ['light', 'en-US'],
    ['dark', 'zh-CN'],
  ] as const) {
    it(`is accessible (${colorScheme}, ${locale})`, async () => {
      await browser.visit(`${rig.url}/`, { colorScheme, locale }, async (page) => {
        expect(await page.getAttribute('html', 'lang')).to.equal(locale === 'zh-CN' ? 'zh-CN' : 'en');
        expect(await axe(page)).to.deep.equal([]);
      });
    });
  }

  it('remembers the chosen language', async () => {
    await browser.visit(`${rig.url}/`, {}, async (page) => {
      await page.click('text=中文');
      await page.goto(`${rig.url}/`);
      expect(await page.textContent('nav [aria-current=page]')).to.equal('首页');
    });
  });

  it('copies the command for the terminal', async () => {
    const options = { permissions: ['clipboard-read', 'clipboard-write'] };
    await browser.visit(`${rig.url}/`, options, async (page) => {
      await page.click('.copy');
      await page.waitForSelector('.copy:text-is("Copied")');
      expect(await page.evaluate('navigator.clipboard.readText()')).to.equal(
        await page.textContent('.code code'),
      );
    });
  });

  it('fits a phone, and works without JavaScript', async () => {
    const options = { viewport: { width: 360, height: 740 } };
    await browser.visit(`${rig.url}/`, options, async (page) => {
      expect(await scrollsSideways(page)).to.equal(false);
    });
    await browser.visit(`${rig.url}/`, { javaScriptEnabled: false }, async (page) => {
      expect(await page.textContent('.code code')).to.contain(`${rig.url}/v1`);
    });
  });

  describe('under a public name over plain HTTP', () => {
    const outside = useBrowser({ hostResolver: 'MAP gateway.test 127.0.0.1' });

    it('works, the copy button included', async () => {
      await outside.visit(`http://gateway.test:${rig.port}/`, {}, async (page) => {
        expect(await page.textContent('.facts code')).to.equal(`http://gateway.test:${rig.port}/v1`);
        await page.click('.copy');
        await page.waitForSelector('.copy:text-is("Copied")');
      });
    });
  });
});
