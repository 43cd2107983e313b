// Takes the pictures of the READMEs from the built demo of a team: docs/images/queue-{light,dark}.png. Needs Chromium.
//   node scripts/pictures.mjs
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startProcess } from './cleanup.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** When the flood waits, a credential is dead and a replica is lost; milliseconds after the start. */
const MOMENT_MS = 52_000;
const WIDTH = 1280;
const MARGIN = 24;
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const demo = startProcess(process.execPath, ['dist/cli/demo.js', '--slots', '2', '--team'], {
  cwd: root,
  env: { ...process.env, PORT: '9797' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const browser = await chromium.launch({ executablePath: BROWSERS.find(existsSync) });
try {
  await once(demo.stdout, 'data');
  await sleep(MOMENT_MS);
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.newPage({
      colorScheme,
      locale: 'en',
      viewport: { width: WIDTH, height: 900 },
    });
    await page.goto('http://localhost:9797/dashboard');
    const { y: top } = await page.locator('#status').boundingBox();
    const { y, height } = await page.locator('#queue').boundingBox();
    const clip = { x: 0, y: top - MARGIN, width: WIDTH, height: y + height - top + 2 * MARGIN };
    await page.screenshot({
      path: path.join(root, `docs/images/queue-${colorScheme}.png`),
      fullPage: true,
      clip,
    });
  }
} finally {
  await browser.close();
  demo.kill();
}
