// Sets an agent up as a colleague does: takes an invite in Chromium, presses the copy buttons of the agent's set-up, and uses
// what is on the clipboard as it is.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { TaskError } from '../run-command.mjs';

const ARGUMENTS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'];
const PATIENCE_MS = 60_000;

/**
 * What to do with the blocks of each set-up, in the order of the page: `files` are below the home, the last block is for the
 * terminal. `arguments` are given to the agent itself, so that it runs without a person.
 * @type {Record<string, import('./clipboard.d.mts').PastedAgent>}
 */
export const PASTED = {
  claude: {
    app: 'Claude Code',
    files: [],
    arguments: ['--permission-mode', 'acceptEdits', '--print'],
    env: { DISABLE_AUTOUPDATER: '1' },
  },
  codex: {
    app: 'Codex',
    files: ['.codex/config.toml'],
    arguments: ['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox'],
    env: {},
  },
};

/**
 * Takes the invite and resolves to the text of each block of the app's set-up, as the clipboard has it.
 * @param {string} invite address of the invite's page @param {string} app
 */
export async function copySetUp(invite, app) {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: findChromium(), args: ARGUMENTS });
  try {
    // Of a self-made CA, which this browser does not know.
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    await page.goto(invite);
    await page.click('#join');
    const setUp = page.locator('.app', { has: page.locator('summary', { hasText: app }) });
    await setUp.locator('summary').click();
    const texts = [];
    for (const button of await setUp.locator('.copy').all()) {
      await button.click();
      texts.push(await page.evaluate(() => navigator.clipboard.readText()));
    }
    return texts;
  } finally {
    await browser.close();
  }
}

/** Chromium's path, or a TaskError. */
export function findChromium() {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const found = folders.map((folder) => path.join(folder, 'chromium')).find((file) => existsSync(file));
  if (found === undefined) throw new TaskError('Chromium is needed, which `npm test` installs.');
  return found;
}

/**
 * The agent whose set-up is what was copied: pasted text starts the program by its name, which is a script that adds the
 * arguments of a run without a person.
 * @param {import('./agents.d.mts').Agent} agent @param {string[]} texts of `copySetUp`
 * @param {import('./clipboard.d.mts').PasteSurroundings} surroundings
 * @returns {import('./agents.d.mts').Agent}
 */
export function pasteSetUp(agent, texts, { program, node, scratch, env }) {
  const { files, arguments: given, env: own } = PASTED[agent.id];
  if (texts.length !== files.length + 1) throw new Error(`${agent.name} has ${texts.length} blocks to copy`);
  const commands = path.join(scratch, 'pasted.sh');
  writeFileSync(commands, texts[files.length]);
  mkdirSync(path.join(scratch, 'bin'), { recursive: true });
  const start = [...program, ...given].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  writeFileSync(path.join(scratch, 'bin', agent.bin), `#!/bin/sh\nexec ${start} "$PROMPT"\n`, {
    mode: 0o755,
  });
  const folders = [path.join(scratch, 'bin'), path.dirname(node), process.env.PATH];
  return {
    ...agent,
    setUp: ({ prompt }) => ({
      files: Object.fromEntries(files.map((file, index) => [file, texts[index]])),
      env: { ...own, ...env, PROMPT: prompt, PATH: folders.join(path.delimiter) },
      arguments: [commands],
    }),
  };
}
