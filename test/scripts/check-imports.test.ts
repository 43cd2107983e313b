import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = fileURLToPath(new URL('../..', import.meta.url));
const configuration = createRequire(import.meta.url)('../../.dependency-cruiser.cjs');

/** What is planted in a copy of src/, and the rule that it breaks. */
const FORBIDDEN: readonly [file: string, line: string, rule: string][] = [
  ['protocol/openai-chat/planted.ts', "import 'node:net';", 'pure'],
  ['completion/planted.ts', "import 'node:timers/promises';", 'pure'],
  ['upstream/zai-web/document-planted.ts', "import { randomUUID } from 'node:crypto';", 'pure'],
  ['http/planted.ts', "import { Redis } from 'ioredis';", 'only-one-imports-ioredis'],
  ['upstream/planted.ts', "import got from 'got';", 'only-one-imports-got'],
  ['stats/planted.ts', "import type { Store } from '../store/store.js';", 'rooms-stats'],
  ['protocol/planted.ts', "import type { Upstream } from '../upstream/upstream.js';", 'rooms-protocol'],
  ['vocabulary/planted.ts', "import '../json.js';\nimport '../config/config.js';", 'shared-imports-nothing'],
  ['simulator/planted.ts', "import '../upstream/json.js';", 'simulator-knows-only-the-models'],
  [
    'upstream/zai-web/planted.ts',
    "import '../openai-compatible/delta.js';",
    'providers-do-not-know-each-other',
  ],
  ['doctor/planted.ts', "import '../upstream/zai-web/errors.js';", 'providers-are-behind-upstream'],
  ['protocol/anthropic-messages/planted.ts', "import '../openai-chat/encoder.js';", 'no-folder-rings'],
  ['unknown-room/planted.ts', "import '../version.js';", 'every-room-is-known'],
  ['http/planted-too.ts', "import './not-there.js';", 'resolvable'],
];

/** Makes `@swc/core` look as if it was not installed. */
const HIDE_PARSER = `const Module = require('node:module');
const resolve = Module._resolveFilename;
Module._resolveFilename = function (name, ...more) {
  if (name.startsWith('@swc/core')) throw Object.assign(new Error('hidden'), { code: 'MODULE_NOT_FOUND' });
  return resolve.call(this, name, ...more);
};
`;

describe('The check of imports', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ztoapi-imports-'));
    cpSync(path.join(root, 'src'), path.join(folder, 'src'), { recursive: true });
    cpSync(path.join(root, '.dependency-cruiser.cjs'), path.join(folder, '.dependency-cruiser.cjs'));
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'dir');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('finds no fault in this project', () => {
    expect(check()).to.deep.equal({ status: 0, said: '' });
  });

  it('finds every kind of forbidden import, and says what to do', () => {
    for (const [file, line] of FORBIDDEN) {
      mkdirSync(path.join(folder, 'src', path.dirname(file)), { recursive: true });
      writeFileSync(path.join(folder, 'src', file), `${line}\n`);
    }
    const { status, said } = check();
    expect(status).to.equal(1);
    for (const [file, , rule] of FORBIDDEN) {
      const place = rule === 'no-folder-rings' ? path.dirname(file) : file;
      expect(said).to.match(new RegExp(`^${rule}: src/${place} → \\S+\\. .+\\.$`, 'm'));
    }
  });

  it('fails when the tool cannot read TypeScript and so finds nothing', () => {
    const hiding = path.join(folder, 'hide-parser.cjs');
    writeFileSync(hiding, HIDE_PARSER);
    const { status, said } = check('--require', hiding);
    expect(status).to.equal(1);
    expect(said).to.match(/^dependency-cruiser has read 0 of the \d{3} modules in src\/\n$/);
  });

  /** In a process of its own, as `npm run lint` runs it. */
  function check(...nodeOptions: string[]) {
    const args = [...nodeOptions, path.join(root, 'scripts', 'check-imports.mjs'), folder];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: folder });
    return { status, said: stderr };
  }

  it('enforces the picture in ARCHITECTURE.md', () => {
    const rooms = configuration.ROOMS as Record<string, string[]>;
    const lines = Object.entries(rooms).map(([room, imports]) => `${room.padEnd(15)}→ ${imports.join(', ')}`);
    const picture = lines.map((line) => line.trimEnd()).join('\n');
    expect(readFileSync(path.join(root, 'ARCHITECTURE.md'), 'utf8')).to.contain(picture);
    expect(readFileSync(path.join(root, 'ARCHITECTURE.md'), 'utf8')).to.contain(
      configuration.SHARED.join(', '),
    );
  });
});
