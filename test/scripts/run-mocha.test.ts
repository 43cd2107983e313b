// The `mocha` script: the tests of a copy of the project, in two parts and with one result.
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { type Outcome, startNode } from '../support/processes.js';
import { repository } from './fake-project.js';

const COPIED = ['.mocharc.json', 'package.json', 'test/support/reporter.cjs', 'test/support/run.ts'];

describe('npm run mocha', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ztoapi-run-mocha-'));
    for (const name of ['node_modules', 'scripts']) {
      symlinkSync(path.join(repository, name), path.join(folder, name), 'junction');
    }
    for (const name of ['http', 'support']) mkdirSync(path.join(folder, 'test', name), { recursive: true });
    for (const name of COPIED) copyFileSync(path.join(repository, name), path.join(folder, name));
    for (const name of ['cpu-time', 'skip']) {
      copyFileSync(
        path.join(repository, `test/support/${name}.ts`),
        path.join(folder, `test/support/${name}.ts`),
      );
    }
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('runs the files that measure alone, then the others side by side, and adds their results up', async () => {
    write(
      'measures',
      `import { cpuMsOf } from './support/cpu-time.js';\n${logging('measures', 'cpuMsOf(() => {})')}`,
    );
    write(
      'http/also',
      `import { cpuMsOf } from '../support/cpu-time.js';\n${logging('also', 'cpuMsOf(() => {})')}`,
    );
    // Each waits for the other: one after the other they would never end.
    for (const [name, other] of [
      ['one', 'two'],
      ['two', 'one'],
    ] as const) {
      write(name, logging(name, `while (!log().includes('begin ${other}')) await new Promise(setImmediate)`));
    }
    const { code, stdout } = await mocha();
    expect(code, stdout).to.equal(0);
    expect(log().slice(0, 4)).to.deep.equal(['begin also', 'end also', 'begin measures', 'end measures']);
    expect(log().slice(4, 6)).to.have.members(['begin one', 'begin two']);
    expect(stdout.match(/^\d+ passed, \d+ failed$/gm)).to.deep.equal(['4 passed, 0 failed']);
    expect(stdout).to.match(/\n4 passed, 0 failed\n$/);
  });

  it('lists the skipped tests of both parts with their reasons', async () => {
    const skipping = (path: string) => `import { skip } from '${path}/support/skip.js';
      it('is skipped', function () { skip(this, 'no token'); });`;
    write('measures', `import { cpuMsOf } from './support/cpu-time.js';\n${skipping('.')}`);
    write(
      'http/other',
      `${skipping('..')}\ndescribe('a suite', () => {
      before(function () { skip(this, 'no redis-server'); });
      it('stores', () => {});
    });`,
    );
    const { code, stdout } = await mocha();
    expect(code, stdout).to.equal(0);
    expect(stdout.slice(stdout.indexOf('3 SKIPPED'))).to.equal(
      [
        '3 SKIPPED, so not tested here:',
        '  - is skipped [no token]',
        '  - is skipped [no token]',
        '  - a suite [no redis-server] stores',
        '',
        '0 passed, 0 failed',
        '',
      ].join('\n'),
    );
  });

  for (const part of ['measuring', 'other'] as const) {
    it(`fails when one of the ${part} tests fails, and runs the other part all the same`, async () => {
      const measuring = part === 'measuring';
      write(
        'measures',
        `import { cpuMsOf } from './support/cpu-time.js';\n${logging('measures', fail(measuring))}`,
      );
      write('other', logging('other', fail(!measuring)));
      const { code, stdout } = await mocha();
      expect(code).to.equal(1);
      expect(log()).to.include.members(['begin measures', 'begin other']);
      expect(stdout).to.match(/\n1 passed, 1 failed\n$/);
    });
  }

  it('fails when a file cannot be loaded, has no test, or leaves only one test to run', async () => {
    for (const text of ["throw new Error('broken')", '', "it.only('one', () => {}); it('two', () => {});"]) {
      write('some', text);
      const { code, stdout } = await mocha();
      expect(code, text + stdout).not.to.equal(0);
    }
  });

  it('fails when a file leaves a server open', async () => {
    write(
      'open',
      `import { createServer } from 'node:net';
      it('listens', (done) => void createServer().listen(0, '127.0.0.1', done));`,
    );
    const { code, stdout } = await mocha();
    expect(code).to.equal(1);
    expect(stdout).to.contain('something is still open: TCPServerWrap');
  });

  it('runs only what its arguments name', async () => {
    write('one', logging('one', ''));
    write('two', logging('two', ''));
    const { code, stdout } = await mocha('test/one.test.ts');
    expect(code, stdout).to.equal(0);
    expect(log()).to.deep.equal(['begin one', 'end one']);
    expect(stdout).to.match(/\n1 passed, 0 failed\n$/);
  });

  function write(name: string, text: string): void {
    writeFileSync(path.join(folder, `test/${name}.test.ts`), text);
  }

  /** A test that notes when it begins and ends. */
  function logging(name: string, body: string): string {
    return `
      import { appendFileSync, readFileSync } from 'node:fs';
      const file = ${JSON.stringify(path.join(folder, 'log'))};
      const log = () => readFileSync(file, 'utf8').split('\\n');
      it('runs ${name}', async () => {
        appendFileSync(file, 'begin ${name}\\n');
        ${body};
        appendFileSync(file, 'end ${name}\\n');
      });`;
  }

  function fail(isToFail: boolean): string {
    return isToFail ? "throw new Error('as it should')" : '';
  }

  function log(): string[] {
    return readFileSync(path.join(folder, 'log'), 'utf8').trimEnd().split('\n');
  }

  function mocha(...args: string[]): Promise<Outcome> {
    return startNode([path.join(folder, 'scripts/run-mocha.mjs'), ...args], { cwd: folder }).ended;
  }
});
