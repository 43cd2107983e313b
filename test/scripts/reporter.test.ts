// test/support/reporter.cjs: the closing lines of a test run.
import path from 'node:path';
import { expect } from 'chai';
import { startNode } from '../support/processes.js';
import { FakeProject, repository } from './fake-project.js';

const suite = `
import { skip } from ${JSON.stringify(path.join(repository, 'test/support/skip.ts'))};
describe('outer', () => {
  it('passes', () => {});
  it('fails', () => { throw new Error('as it should'); });
  it('is written later');
  it('lacks a token', function () { skip(this, 'no token'); });
  describe('inner', () => {
    before(function () { skip(this, 'redis-server is missing'); });
    it('stores', () => {});
  });
});`;

describe('the reporter', () => {
  let project: FakeProject;
  before(() => {
    project = new FakeProject();
  });
  after(() => project.remove('.'));

  it('lists what was skipped with the reasons, and ends with the figures', async () => {
    const { code, stdout } = await report(suite);
    expect(code).to.equal(1);
    const end = stdout.slice(stdout.indexOf('3 SKIPPED')).split('\n');
    expect(end).to.deep.equal([
      '3 SKIPPED, so not tested here:',
      '  - outer is written later',
      '  - outer lacks a token [no token]',
      '  - outer inner [redis-server is missing] stores',
      '',
      '1 passed, 1 failed',
      '',
    ]);
  });

  it('prints no list of skipped tests when there are none', async () => {
    const { stdout } = await report(`it('passes', () => {});`);
    expect(stdout).to.match(/\n1 passed, 0 failed\n$/);
    expect(stdout).not.to.contain('SKIPPED');
  });

  function report(text: string) {
    project.write('some.test.ts', text);
    const mocha = path.join(repository, 'node_modules/mocha/bin/mocha.js');
    const reporter = path.join(repository, 'test/support/reporter.cjs');
    const file = path.join(project.root, 'some.test.ts');
    const args = [mocha, '--no-config', '--require', 'tsx', '--reporter', reporter, file];
    return startNode(args, { cwd: repository }).ended;
  }
});
