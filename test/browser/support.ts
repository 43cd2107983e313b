/** A real Chromium for one suite; skipped loudly where none is installed. A page that complains fails its test. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { needs } from '../support/redis.js';

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** For a start, and for each step, on a machine that is busy with other tests. */
const PATIENCE_MS = 60_000;
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface BrowserOptions {
  /** Names that resolve elsewhere: `MAP gateway.test 127.0.0.1`. */
  hostResolver?: string;
}

export interface VisitOptions extends BrowserContextOptions {
  /** What the console may complain of, for pages that are to meet errors. */
  expected?: RegExp[];
}

export class TestBrowser {
  #browser: Browser | undefined;

  async start({ hostResolver }: BrowserOptions): Promise<void> {
    this.#browser = await chromium.launch({
      executablePath: inPath('chromium'),
      args: [...ARGUMENTS, ...(hostResolver ? [`--host-resolver-rules=${hostResolver}`] : [])],
      timeout: PATIENCE_MS,
    });
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
  }

  /**
   * Opens a page with cookies and storage of its own, and closes it after `look`. Fails on whatever the console
   * reported as an error, thrown errors and violations of the content security policy included.
   */
  async visit(url: string, options: VisitOptions, look: (page: Page) => Promise<void>): Promise<void> {
    if (this.#browser === undefined) throw new Error('The browser has not been started.');
    const { expected = [], ...contextOptions } = options;
    const context = await this.#browser.newContext({ locale: 'en-US', ...contextOptions });
    try {
      context.setDefaultTimeout(PATIENCE_MS);
      const page = await context.newPage();
      const complaints = await listen(page);
      await page.goto(url);
      await look(page);
      const unexpected = complaints.filter((text) => !expected.some((pattern) => pattern.test(text)));
      expect(unexpected, `what the console of ${url} reported`).to.deep.equal([]);
    } finally {
      await context.close();
    }
  }
}

/** The browser of a suite, started before its tests and closed after them. */
export function useBrowser(options: BrowserOptions = {}): TestBrowser {
  const browser = new TestBrowser();
  before(async function () {
    needs(this, 'chromium');
    await browser.start(options);
  });
  after(() => browser.stop());
  return browser;
}

/** What axe finds that is serious or critical, one line for each rule. */
export async function axe(page: Page): Promise<string[]> {
  // Not as a script element: the page's policy would block it.
  await page.evaluate(axeSource);
  const found = (await page.evaluate('axe.run({ resultTypes: ["violations"] })')) as AxeResults;
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`,
    );
}

/** Does the page, as wide as it is shown, scroll sideways? */
export async function scrollsSideways(page: Page): Promise<boolean> {
  return page.evaluate('document.documentElement.scrollWidth > window.innerWidth');
}

interface AxeResults {
  violations: { id: string; impact: string; help: string; nodes: { html: string }[] }[];
}

async function listen(page: Page): Promise<string[]> {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`));
  await page.addInitScript(`
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error('policy: ' + event.effectiveDirective + ' ' + event.blockedURI));
  `);
  return complaints;
}

function inPath(command: string): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, command)).find((file) => existsSync(file)) ?? command;
}
