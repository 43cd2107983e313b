// What a new team does in its first minute, clicked in Chromium: the lead opens the address that the start printed and invites a
// colleague; the colleague opens the link, makes a key and asks a model.
import { findChromium } from './agents/clipboard.mjs';

const ARGUMENTS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'];
const PATIENCE_MS = 60_000;
const LOCALES = ['en-US', 'zh-CN'];

/**
 * Resolves to the seconds that each language took, and the colleague's answer.
 * @param {string} teamPage the printed address @param {string} password the printed one
 */
export async function clickThrough(teamPage, password) {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: findChromium(), args: ARGUMENTS });
  try {
    const results = [];
    for (const locale of LOCALES) results.push(await inviteAndAsk(browser, locale, teamPage, password));
    return results;
  } finally {
    await browser.close();
  }
}

async function inviteAndAsk(browser, locale, teamPage, password) {
  const startedAt = performance.now();
  const lead = await newContext(browser, { locale, httpCredentials: { username: 'lead', password } });
  const link = await invite(await lead.newPage(), `guest-${locale}`, teamPage, password);
  const colleague = await newContext(browser, { locale });
  const text = await joinAndAsk(await colleague.newPage(), link);
  const seconds = (performance.now() - startedAt) / 1000;
  await lead.close();
  await colleague.close();
  return { locale, seconds, text };
}

async function newContext(browser, options) {
  const context = await browser.newContext({
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

/** @returns the link, from the clipboard */
async function invite(page, member, teamPage, password) {
  await page.goto(teamPage);
  await page.click('[data-open=invite]');
  await page.fill('#invite [name=member]', member);
  await page.click('#invite [type=submit]');
  await page.fill('#password [type=password]', password);
  await page.click('#password [type=submit]');
  await page.click('#secret .copy');
  return page.evaluate(() => navigator.clipboard.readText());
}

/** @returns the answer */
async function joinAndAsk(page, link) {
  await page.goto(link);
  await page.click('#join');
  const opened = page.context().waitForEvent('page');
  await page.click('#open a[href="/playground"]');
  const playground = await opened;
  // Before its script runs, a form would be sent to nowhere.
  await playground.waitForLoadState();
  await playground.fill('#message', 'sim:say(welcome to the team)');
  await playground.click('#send');
  const answer = playground.locator('.answer .markdown', { hasText: 'welcome to the team' });
  return answer.textContent();
}
