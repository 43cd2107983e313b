/** What a script could do that hostile output had brought into a page of another path: nothing with the session of /me. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { useGateway } from '../support/gateway.js';
import { ADMIN, admin, newKey } from '../support/team.js';
import { useBrowser } from './support.js';

describe('A hostile script in the playground', () => {
  const rig = useGateway({ form: 'zai', env: { ADMIN_PASSWORD: ADMIN } });
  const browser = useBrowser();

  /** As the script of the page itself would run. */
  const run = (page: Page, script: string) => page.evaluate(`(async () => { ${script} })()`);

  it('cannot use the session of a lead: not by fetch, frame, window, or another address in the bar', async () => {
    const { id, key } = await newKey(rig.url, { member: 'lead' });
    await admin(rig.url, 'PATCH', '/members/lead', { role: 'admin' });
    const expected = [
      /Failed to load resource/,
      /frame-ancestors|Framing|X-Frame-Options|policy: /i,
      /Opener/i,
    ];
    await browser.visit(`${rig.url}/me`, { expected }, async (page) => {
      await page.fill('#key', key);
      await page.click('#open button');
      await page.waitForSelector('#mine');
      const proof = await page.getAttribute('#content', 'data-proof');
      expect(proof).to.match(/^[\w-]{43}$/);
      await page.goto(`${rig.url}/playground`);
      const statuses = await run(
        page,
        `history.replaceState(null, '', '/me');
        const ask = (path, method = 'GET') =>
          fetch(path, { method, referrer: '/me', headers: { 'content-type': 'application/json' },
            body: method === 'POST' ? '{}' : undefined });
        const asked = await Promise.all([ask('/me/key'), ask('/me/key/rotate', 'POST'), ask('/me/session', 'DELETE'),
          ask('/admin/keys'), ask('/admin/keys/${id}', 'DELETE'), ask('/admin/keys/${id}/rotate', 'POST')]);
        return asked.map(({ status }) => status);`,
      );
      expect(statuses).to.deep.equal([403, 403, 403, 403, 403, 403]);
      for (const path of ['/me', '/dashboard/team'])
        expect(await run(page, `return (await fetch('${path}')).text()`), path).not.to.contain(proof);
      const framed = await run(
        page,
        `const frame = document.createElement('iframe');
        frame.src = '/me';
        document.body.append(frame);
        await new Promise((resolve) => { frame.onload = resolve; });
        try { return frame.contentDocument?.documentElement.outerHTML ?? ''; } catch { return ''; }`,
      );
      expect(framed).not.to.contain(proof);
      for (const path of ['/me', '/dashboard/team']) {
        const opening = page.context().waitForEvent('page');
        await run(page, `window.other = window.open('${path}')`);
        const opened = await opening;
        // Over the network of this machine the page is there, and shows its proof to itself alone.
        await opened.waitForSelector('#content[data-proof]');
        const reached = await run(
          page,
          `try { return window.other?.document?.documentElement?.outerHTML ?? 'no handle'; }
          catch (error) { return error.name; }`,
        );
        expect(reached, path).not.to.contain(proof);
        expect(await opened.evaluate('window.opener'), path).to.equal(null);
        await opened.close();
      }
      expect((await rig.ask('sim:say(hi)', { headers: { authorization: `Bearer ${key}` } })).status).to.equal(
        200,
      );
      await page.goto(`${rig.url}/me`);
      await page.click('#log-out');
      await page.waitForSelector('#open');
    });
  });
});
