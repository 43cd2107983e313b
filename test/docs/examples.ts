/** How the examples of the documents are tried, by language, and which commands are not run, each with the reason. */
import { parseEnv } from 'node:util';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/config.js';
import { KNOWN_NAMES } from '../../src/config/variables/variables.js';

/** Throws if the text is not what its language promises. */
type Check = (text: string) => void;

/** For languages whose examples are not run. A string is the reason why nothing is checked. */
export const LANGUAGES: Readonly<Record<string, Check | string>> = {
  ini: (text) => {
    const values = parseEnv(text);
    const unknown = Object.keys(values).filter((name) => !KNOWN_NAMES.includes(name));
    if (unknown.length > 0) throw new Error(`no variables: ${unknown.join(', ')}`);
    loadConfig(values);
  },
  json: (text) => JSON.parse(text),
  yaml: (text) => {
    if (typeof parse(text) !== 'object') throw new Error('no mapping');
  },
  text: 'events of the web chat: test/upstream/zai-web decodes such',
  python: 'its packages are no part of the project; their JavaScript twins are tested in test/e2e',
  toml: 'npm run test:agents starts Codex with these lines',
  systemd: 'systemd-analyze verify accepted it; few machines that run the tests have it',
  caddy: 'Caddy is no part of the tests',
  nginx: 'nginx is no part of the tests',
  '': 'test/store/redis/rights.test.ts compares the list of rights with the code',
};

/** The first that matches counts. */
export const NOT_RUN: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /\bdocker\b/, reason: 'needs a Docker engine; npm run test:compose tries the files' },
  { pattern: /\bsystemctl\b/, reason: 'needs systemd and root' },
  {
    pattern: /^(claude|codex|opencode|qwen|cline)$/m,
    reason: 'npm run test:agents runs these agents; a terminal is needed',
  },
  { pattern: /^aider /m, reason: 'needs a terminal' },
  { pattern: /\bnpm run bench\b/, reason: 'takes minutes' },
  { pattern: /\bnpm run keys\b/, reason: 'test/cli/keys.test.ts runs it, and needs a running gateway' },
  { pattern: /\bnpm run cluster\b/, reason: 'test/scripts/cluster.test.ts runs it' },
];

/** Commands that run until they are stopped, with what they print once they are ready. */
export const SERVERS: Readonly<Record<string, RegExp>> = {
  'npm run demo': /Ctrl\+C stops it/,
  'npm start': /listens on/,
  'npm run simulator': /Ctrl\+C|http:\/\/\S+/,
};

/** The commands of a block, without comments and line breaks within them. */
export function commandsOf(text: string): string {
  return text
    .replaceAll(/\\\n */g, '')
    .split('\n')
    .map((line) => line.replace(/(^| )#.*/, '').trim())
    .filter(Boolean)
    .join('\n');
}
