/** The documentation in a real browser. */
import { expect } from 'chai';
import { useGateway } from '../support/gateway.js';
import { axe, scrollsSideways, useBrowser } from './support.js';

describe('The documentation in a browser', () => {
  const rig = useGateway({ form: 'zai' });
  const browser = useBrowser();

  for (const [colorScheme, locale] of [
    ['light', 'en-US'],
    ['dark', 'zh-CN'],
  ] as const) {
    it(`is accessible with everything unfolded (${colorScheme}, ${locale})`, async () => {
      await browser.visit(`${rig.url}/docs`, { colorScheme, locale }, async (page) => {
        await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true');
        expect(await axe(page)).to.deep.equal([]);
      });
    });
  }

  it('marks the current section in the table of contents', async () => {
    await browser.visit(`${rig.url}/docs`, {}, async (page) => {
      await page.click('.contents >> text=Errors');
      await page.waitForSelector('.contents a[href="#errors"][aria-current]');
      expect(new URL(page.url()).hash).to.equal('#errors');
    });
  });

  it('fits a phone with every section open', async () => {
    await browser.visit(`${rig.url}/docs`, { viewport: { width: 360, height: 740 } }, async (page) => {
      await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true');
      expect(await scrollsSideways(page)).to.equal(false);
    });
  });

  it('has internal links that resolve, and unique ids', async () => {
    await browser.visit(`${rig.url}/docs`, {}, async (page) => {
      const links = await page.$$eval('a[href^="#"]', (all) =>
        all.map((link) => link.getAttribute('href')?.slice(1)),
      );
      const ids = await page.$$eval('[id]', (all) => all.map(({ id }) => id));
      expect(links.filter((id) => !ids.includes(id ?? ''))).to.deep.equal([]);
      expect(new Set(ids).size).to.equal(ids.length);
    });
  });
});
