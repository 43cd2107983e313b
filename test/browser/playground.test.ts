/** The playground in a real browser, against the simulator. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { KEY, useGateway } from '../support/gateway.js';
import { axe, scrollsSideways, useBrowser } from './support.js';

describe('The playground in a browser', () => {
  const rig = useGateway({ form: 'zai' });
  const browser = useBrowser();
  const visit = (look: (page: Page) => Promise<void>, options = {}) =>
    browser.visit(`${rig.url}/playground`, options, async (page) => {
      // Not by a function to wait for: playwright polls it with eval, which the page's policy forbids.
      await page.locator('#model option:nth-child(2)').waitFor({ state: 'attached' });
      await look(page);
    });

  it('streams an answer and shows its figures', async () => {
    await visit(async (page) => {
      await page.check('#thinking');
      await ask(page, 'sim:think-long=3 sim:say(**Hello** there)');
      await page.waitForSelector('.figures');
      expect(await page.innerHTML('.markdown')).to.equal('<p><strong>Hello</strong> there</p>\n');
      expect(await page.textContent('.reasoning-text')).to.have.length.greaterThan(10);
      expect(await page.locator('.reasoning').getAttribute('open'), 'folded once the answer began').to.equal(
        null,
      );
      const figures = await page.textContent('.figures');
      expect(figures).to.match(
        /tokens in\d+.*tokens out\d+.*first token[\d.]+ s.*duration[\d.]+ s.*tokens\/s[\d.]+/,
      );
      expect(await page.textContent('[role=status]')).to.equal('The answer is complete.');
      expect((await rig.record()).outcome).to.equal('ok');
    });
  });

  it('sends the conversation so far, and clears it for a new one', async () => {
    await visit(async (page) => {
      const contents = async () =>
        ((await rig.upstreamRequest()).body as { messages: { content: string }[] }).messages.map(
          ({ content }) => content,
        );
      await page.fill('#system', 'Be brief.');
      await ask(page, 'sim:say(one)');
      await page.waitForSelector('.figures');
      let sent = contents();
      await ask(page, 'sim:say(two)');
      expect(await sent).to.deep.equal(['Be brief.', 'sim:say(one)', 'one', 'sim:say(two)']);
      await page.waitForSelector('.turn:nth-child(4) .figures');
      await page.click('#clear');
      expect(await page.locator('.turn').count()).to.equal(0);
      sent = contents();
      await ask(page, 'sim:say(three)');
      expect(await sent).to.deep.equal(['Be brief.', 'sim:say(three)']);
    });
  });

  it('sends a thinking level to models with levels, and a switch to others', async () => {
    await visit(async (page) => {
      const sent = async () => (await rig.upstreamRequest()).body;
      const levels = () => page.locator('#level option').allTextContents();
      await page.selectOption('#model', 'GLM-5.3');
      expect(await levels()).to.deep.equal(['gateway default (low)', 'low', 'high', 'maximum']);
      expect(await page.isVisible('#thinking')).to.equal(false);
      await page.selectOption('#level', 'max');
      let body = sent();
      await ask(page, 'Why?');
      expect(await body).to.include({ model: 'glm-5.3', reasoning_effort: 'max' });
      await page.waitForSelector('.figures');
      await page.selectOption('#model', 'GLM-5.2');
      expect(await levels()).to.deep.equal(['gateway default (none)', 'none', 'high', 'maximum']);
      expect(await page.inputValue('#level'), 'the level stays').to.equal('max');
      await page.selectOption('#model', 'GLM-4.6');
      expect(await page.isVisible('#level')).to.equal(false);
      await page.check('#thinking');
      body = sent();
      await ask(page, 'And now?');
      expect(await body).to.deep.include({ model: 'glm-4.6', thinking: { type: 'enabled' } });
    });
  });

  it('stops the upstream with the button', async () => {
    await visit(async (page) => {
      const closed = rig.upstreamClosed();
      await ask(page, 'sim:say(beginning) sim:stall sim:after=2');
      await page.waitForSelector('.markdown p');
      await page.click('#stop');
      await closed;
      expect(await page.textContent('.turn .note')).to.contain('Stopped by you');
      expect((await rig.record(({ outcome }) => outcome !== 'ok')).outcome).to.equal('cancelled');
      expect(await page.isVisible('#send')).to.equal(true);
    });
  });

  for (const [what, key, question, headline, hint] of [
    ['a wrong key', 'wrong', 'Hello', 'The request failed.', 'Check the key'],
    ['an upstream that fails', KEY, 'sim:empty', 'The request failed.', 'but the upstream did not'],
    [
      'an error within the stream',
      KEY,
      'sim:error-mid sim:events=9',
      'is incomplete',
      'put back into the field',
    ],
  ] as const) {
    it(`shows ${what}, and restores the message`, async () => {
      const options = {
        expected: [/Failed to load resource: the server responded with a status of (401|502)/],
      };
      await visit(async (page) => {
        await ask(page, question, key);
        const error = page.locator('[role=alert]');
        await error.waitFor();
        expect(await error.textContent())
          .to.contain(headline)
          .and.to.contain(hint)
          .and.to.contain('request id');
        expect(await page.inputValue('#message')).to.equal(question);
        expect(await page.locator('.figures').count(), 'no figures of a success').to.equal(0);
      }, options);
    });
  }

  it('says so if the gateway cannot be reached', async () => {
    await visit(
      async (page) => {
        await page.context().setOffline(true);
        await ask(page, 'Hello');
        await page.waitForSelector('[role=alert] >> text=Cannot reach the gateway');
      },
      { expected: [/ERR_INTERNET_DISCONNECTED/] },
    );
  });

  it('shows hostile Markdown as text, and loads nothing for it', async () => {
    // Without round brackets: the simulator's word for what to say ends at one.
    const attack = [
      '<img src=x onerror=window.attacked=1><script>window.attacked=1</script>',
      '![pixel][p] [link][j] [fine][f] <a href="https://evil.example" onclick="window.attacked=1">',
      '<svg onload=window.attacked=1> <style>body{display:none}</style> <p style="position:fixed">over all</p>',
      '<iframe src=/docs></iframe> <form action=/><input name=a></form>',
      '[p]: https://evil.example/pixel.png\n[j]: javascript:window.attacked=1\n[f]: https://example.com/',
    ].join('\n\n');
    await visit(async (page) => {
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await ask(page, `sim:say(${attack})`);
      await page.waitForSelector('.figures');
      const answer = page.locator('.markdown');
      expect(await answer.textContent()).to.contain('<script>window.attacked=1</script>');
      expect(await page.evaluate('window.attacked')).to.equal(undefined);
      const forbidden =
        'img, script, svg, style, iframe, form, input, [style], [onclick], [onerror], [onload]';
      expect(await answer.locator(forbidden).count()).to.equal(0);
      const links = await answer
        .locator('a')
        .evaluateAll((all) => all.map((link) => [link.getAttribute('href'), link.getAttribute('rel')]));
      expect(links).to.deep.equal([
        ['https://evil.example/pixel.png', 'noopener noreferrer nofollow'],
        [null, 'noopener noreferrer nofollow'],
        ['https://example.com/', 'noopener noreferrer nofollow'],
      ]);
      expect(asked.filter((url) => !url.startsWith(rig.url))).to.deep.equal([]);
    });
  });

  it('keeps the key in memory only', async () => {
    await visit(async (page) => {
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await ask(page, 'Hello');
      await page.waitForSelector('.figures');
      expect(await page.getAttribute('#key', 'type')).to.equal('password');
      expect(await page.content()).not.to.contain(KEY);
      expect(await page.textContent('.curl code')).to.contain('Bearer $KEY');
      const kept =
        '[JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie, location.href].join()';
      expect(await page.evaluate(kept)).not.to.contain(KEY);
      expect(await page.evaluate('indexedDB.databases()')).to.deep.equal([]);
      expect(asked.join()).not.to.contain(KEY);
      await page.reload();
      expect(await page.inputValue('#key')).to.equal('');
    });
  });

  it('sends with Enter, but neither with Shift+Enter nor while an input method composes', async () => {
    await visit(async (page) => {
      await page.fill('#key', KEY);
      await page.fill('#message', 'sim:say(ok)');
      await page.press('#message', 'Shift+Enter');
      await page.dispatchEvent('#message', 'keydown', { key: 'Enter', isComposing: true, bubbles: true });
      expect(await page.locator('.turn').count()).to.equal(0);
      await page.press('#message', 'Enter');
      await page.waitForSelector('.figures');
    });
  });

  it('asks for a key first', async () => {
    await visit(async (page) => {
      await page.fill('#message', 'Hello');
      await page.press('#message', 'Enter');
      expect(await page.textContent('[role=status]')).to.contain('Enter a key');
      expect(await page.evaluate('document.activeElement.id')).to.equal('key');
    });
  });

  for (const [colorScheme, locale] of [
    ['light', 'en-US'],
    ['dark', 'zh-CN'],
  ] as const) {
    it(`is accessible and fits a phone (${colorScheme}, ${locale})`, async () => {
      await visit(
        async (page) => {
          await ask(page, 'sim:think-long=2 Hello');
          await page.waitForSelector('.figures');
          await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true');
          expect(await axe(page)).to.deep.equal([]);
          await page.setViewportSize({ width: 360, height: 740 });
          expect(await scrollsSideways(page)).to.equal(false);
        },
        { colorScheme, locale },
      );
    });
  }
});

describe('The playground of a demo in a browser', () => {
  const browser = useBrowser();
  for (const [form, locale, expected] of [
    [
      'zai',
      'en-US',
      [
        ['upstream busy', 'High frequency usage'],
        ['overloaded', 'temporarily overloaded'],
        ['quota used up', 'Tell the person who runs the gateway'],
        ['prompt too long', 'Start a new conversation'],
        ['content filter', 'content filter'],
        ['key refused', 'does not accept the gateway'],
        ['stream cut short', 'a part is missing'],
        ['error in the stream', 'Network error'],
      ],
    ],
    [
      'web',
      'zh-CN',
      [
        ['上游繁忙', 'busy'],
        ['上游过载', 'Service Unavailable'],
        ['网页版拒绝访问', 'captcha'],
        ['流被截断', 'without its end'],
        ['流中报错', 'at capacity'],
      ],
    ],
  ] as const) {
    describe(`with the upstream form ${form}`, () => {
      const rig = useGateway({ form, env: { DEFAULT_KEY: '' }, gateway: { demo: true } });

      it('shows an answer and each class of failure by a click', async () => {
        const options = { locale, expected: [/Failed to load resource: the server responded with/] };
        await browser.visit(`${rig.url}/playground`, options, async (page) => {
          const [answer, ...failures] = await page.locator('.example').allTextContents();
          expect(failures).to.deep.equal(expected.map(([label]) => label));
          await page.click(`.example >> text="${answer}"`);
          await page.waitForSelector('.figures');
          expect(await page.textContent('.markdown')).to.contain('Simulated answer');
          for (const [label, words] of expected) {
            await page.click('#clear');
            await page.click(`.example >> text="${label}"`);
            await page.locator('[role=alert]', { hasText: words }).waitFor();
          }
        });
      });
    });
  }
});

async function ask(page: Page, question: string, key = KEY): Promise<void> {
  await page.fill('#key', key);
  await page.fill('#message', question);
  await page.press('#message', 'Enter');
}
