// .mocharc.json: which tests run for which arguments. Mocha's own default folder is ours; its arguments replace that.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { type Outcome, startNode } from '../support/processes.js';
import { repository } from './fake-project.js';

const FILES = [
  'test/one.test.ts',
  'test/http/two.test.ts',
  'test/http/deep/three.test.ts',
  'test/http/support.ts',
];

describe('npx mocha', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ztoapi-mocha-'));
    for (const file of FILES) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), `it('of ${path.basename(file, '.ts')}', () => {});`);
    }
    for (const name of ['node_modules', 'scripts']) {
      symlinkSync(path.join(repository, name), path.join(folder, name), 'junction');
    }
    mkdirSync(path.join(folder, 'test/support'));
    for (const file of [
      '.mocharc.json',
      'package.json',
      'test/support/reporter.cjs',
      'test/support/run.ts',
      'test/support/unhandled.ts',
    ]) {
      copyFileSync(path.join(repository, file), path.join(folder, file));
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const [one, two, three] = ['of one.test', 'of two.test', 'of three.test'] as const;
  const runs: Record<string, { args: string[]; tests: string[] }> = {
    'every test without arguments': { args: [], tests: [one, two, three] },
    'one file': { args: ['test/one.test.ts'], tests: [one] },
    'one file by a path that the system writes': {
      args: [path.join('test', 'http', 'two.test.ts')],
      tests: [two],
    },
    'several files': { args: ['./test/one.test.ts', 'test/http/two.test.ts'], tests: [one, two] },
    'a folder and the folders in it': { args: ['test/http'], tests: [two, three] },
    'a pattern that the shell has left alone': { args: ['test/**/t*.test.ts'], tests: [two, three] },
    'what --grep finds in all files': { args: ['--grep', 'test/x|three'], tests: [three] },
    'what --grep finds in one file': { args: ['test/one.test.ts', '--grep', 'one'], tests: [one] },
  };
  for (const [what, { args, tests }] of Object.entries(runs)) {
    it(`runs ${what}`, async () => {
      const { code, stdout } = await mocha(args);
      const found = [...stdout.matchAll(/of \w+\.test/g)].map(([title]) => title);
      expect(found).to.have.members(tests);
      expect(code).to.equal(0);
    });
  }

  it('fails when no test matches', async () => {
    expect((await mocha(['--grep', 'nothing like it'])).code).to.equal(1);
    expect((await mocha(['test/tow.test.ts'])).code).to.equal(1);
  });

  function mocha(args: string[]): Promise<Outcome> {
    const program = path.join(repository, 'node_modules/mocha/bin/mocha.js');
    return startNode([program, ...args], { cwd: folder }).ended;
  }
});
