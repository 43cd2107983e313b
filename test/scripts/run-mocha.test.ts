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
import { sortByLength } from '../../scripts/test-files.mjs';
import { type Outcome, startNode } from '../support/processes.js';
import { repository } from './fake-project.js';

const COPIED = [
  '.mocharc.json',
  'package.json',
  ...['reporter.cjs', 'run.ts', 'unhandled.ts', 'cpu-time.ts', 'samples.ts', 'skip.ts'].map(
    (name) => `test/support/${name}`,
  ),
];

describe('npm run mocha', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ztoapi-run-mocha-'));
    for (const name of ['node_modules', 'scripts']) {
      symlinkSync(path.join(repository, name), path.join(folder, name), 'junction');
    }
    for (const name of ['cluster', 'http', 'support'])
      mkdirSync(path.join(folder, 'test', name), { recursive: true });
    for (const name of COPIED) copyFileSync(path.join(repository, name), path.join(folder, name));
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

  it('starts with the files that take long', () => {
    const files = ['test/a.test.ts', 'test/cluster/b.test.ts', 'test/http/c.test.ts', 'test/z.test.ts'];
    expect(sortByLength(files).map((file) => file.slice(-9, -8))).to.deep.equal(['b', 'c', 'a', 'z']);
  });

  it('fails when a file that measures fails, runs the others, and lists the skipped tests of both', async () => {
    const skipping = (path: string) => `import { skip } from '${path}/support/skip.js';
      it('is skipped', function () { skip(this, 'no token'); });`;
    write(
      'measures',
      `import { cpuMsOf } from './support/cpu-time.js';\n${skipping('.')}\n${failing('measures')}`,
    );
    write(
      'http/other',
      `${skipping('..')}\ndescribe('a suite', () => {
      before(function () { skip(this, 'no redis-server'); });
      it('stores', () => {});
    });
    it('passes', () => {});`,
    );
    const { code, stdout } = await mocha();
    expect(code).to.equal(1);
    expect(stdout.slice(stdout.indexOf('3 SKIPPED'))).to.equal(
      [
        '3 SKIPPED, so not tested here:',
        '  - is skipped [no token]',
        '  - is skipped [no token]',
        '  - a suite [no redis-server] stores',
        '',
        '1 passed, 1 failed',
        '',
      ].join('\n'),
    );
  });

  it('fails when a file fails, cannot be loaded, leaves only one test, leaves a server open, or ends its process', async () => {
    write('measures', `import { cpuMsOf } from './support/cpu-time.js';\n${logging('measures', '')}`);
    write('passes', logging('passes', ''));
    write('fails', failing('fails'));
    write('broken', "throw new Error('is broken')");
    write('only', "it.only('one', () => {}); it('two', () => {});");
    write(
      'open',
      `import { createServer } from 'node:net';
      it('listens', (done) => void createServer().listen(0, '127.0.0.1', done));`,
    );
    write('http/ends', "it('ends', () => process.kill(process.pid, 'SIGKILL'));");
    // Its promise is rejected after other files have run in its worker.
    write('unhandled', "it('rejects', () => void Promise.reject(new Error('unnoticed')));");
    write('unhandled-2', "it('rejects', () => void Promise.reject(new Error('unnoticed')));");
    write('unhandled-3', "it('rejects', () => void Promise.reject(new Error('unnoticed')));");
    write('unhandled-4', "it('rejects', () => void Promise.reject(new Error('unnoticed')));");
    const { code, stdout } = await mocha();
    expect(code).not.to.equal(0);
    for (const told of [
      'fails fails',
      `${path.join('test', 'broken.test.ts')} has not run to its end: Error: is broken`,
      `${path.join('test', 'only.test.ts')} has not run to its end:`,
      'something is still open: TCPServerWrap',
      `${path.join('test', 'http', 'ends.test.ts')} has not run to its end: Error: Workerpool Worker terminated`,
    ])
      expect(stdout).to.contain(told);
    expect(
      stdout.match(/AggregateError: Promises were rejected without a handler: Error: unnoticed/g),
    ).to.have.length(4);
    expect(stdout).to.match(/\n\d+ passed, 9 failed\n$/);
  });

  it('fails for what is thrown or rejected after the tests of its file, and tells the file', async () => {
    const late = (name: string, failure: string) =>
      logging(name, `setTimeout(() => { appendFileSync(file, 'late ${name}\\n'); ${failure}; }, 100)`);
    write('throws', late('throws', "throw new Error('late 1')"));
    write('rejects', late('rejects', "Promise.reject(new Error('late 2'))"));
    // Each has a worker of its own, which stays as long as there is one more.
    write(
      'waits',
      logging(
        'waits',
        "while (!(log().includes('late throws') && log().includes('late rejects'))) await new Promise(setImmediate)",
      ),
    );
    const { code, stdout, stderr } = await mocha();
    expect(code, stdout).to.equal(1);
    for (const [name, message] of [
      ['throws', 'late 1'],
      ['rejects', 'late 2'],
    ] as const)
      expect(stdout + stderr).to.match(
        new RegExp(`After the tests of .*${name}.test.ts had ended, .*: Error: ${message}`),
      );
    expect(stdout).to.match(/\n3 passed, 2 failed\n$/);
  });

  it('fails when there is no test', async () => {
    write('some', '');
    const { code, stdout } = await mocha();
    expect(code, stdout).not.to.equal(0);
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

  function failing(name: string): string {
    return `it('fails', () => { throw new Error('${name} fails'); });`;
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

  function log(): string[] {
    return readFileSync(path.join(folder, 'log'), 'utf8').trimEnd().split('\n');
  }

  function mocha(...args: string[]): Promise<Outcome> {
    return startNode([path.join(folder, 'scripts/run-mocha.mjs'), ...args], { cwd: folder }).ended;
  }
});
