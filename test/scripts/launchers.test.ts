// The files people and CI start by name: their form, which a careless editor would break unseen.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { npmCommand } from '../../scripts/run-command.mjs';
import { skip } from '../support/skip.js';
import { FakeProject, repository } from './fake-project.js';

describe('launchers', () => {
  const read = (name: string) => readFileSync(path.join(repository, name), 'utf8');

  it('start.bat ends every line as Windows expects and calls node once', () => {
    const lines = read('start.bat').split('\n').slice(0, -1);
    expect(lines.every((line) => line.endsWith('\r'))).to.equal(true);
    const calls = lines.filter((line) => line.startsWith('node '));
    expect(calls).to.deep.equal(['node scripts\\run.cjs start %*\r']);
  });

  for (const name of ['start.sh', '.ci/run']) {
    it(`${name} is executable and ends its lines as sh expects`, () => {
      expect(read(name)).not.to.contain('\r');
      if (process.platform !== 'win32') accessSync(path.join(repository, name), constants.X_OK);
    });
  }

  it('start.sh says in one line that node is missing, and otherwise passes its arguments on', function () {
    if (process.platform === 'win32') skip(this, 'Windows has no sh');
    const project = new FakeProject();
    project.write('start.sh', read('start.sh'));
    project.write('scripts/run.cjs', 'console.log(process.cwd(), process.argv.slice(2).join());');
    const run = (PATH: string) =>
      spawnSync('/bin/sh', [path.join(project.root, 'start.sh'), 'a b'], { env: { PATH }, encoding: 'utf8' });
    expect(run('/bin-without-node').stderr).to.match(/^ZtoApi needs Node .*\n$/);
    const { stdout } = run(`${path.dirname(process.execPath)}:/usr/bin:/bin`);
    expect(stdout).to.match(/ztoapi-scripts-\w+ start,a b\n$/);
    project.remove('.');
  });

  describe('npm', () => {
    let project: FakeProject;
    before(() => {
      project = new FakeProject();
    });
    after(() => project.remove('.'));

    it('is the one that runs the scripts', () => {
      const script = path.join(project.root, 'fake/npm-cli.js');
      const { command, args } = npmCommand(['ci'], { env: { npm_execpath: script } });
      expect([command, ...args]).to.deep.equal([process.execPath, script, 'ci']);
    });

    it('is looked for on the PATH when something else runs them', () => {
      const env = { npm_execpath: '/somewhere/pnpm.cjs', PATH: '' };
      expect(npmCommand(['ci'], { env, platform: 'linux' }).command).to.equal('npm');
    });

    it('is run without its .cmd file on Windows', () => {
      project.write('node_modules/npm/bin/npm-cli.js', '');
      const { command, args } = npmCommand(['ci'], { env: { PATH: project.root }, platform: 'win32' });
      expect(command).to.equal(process.execPath);
      expect(args[0]).to.equal(path.join(project.root, 'node_modules/npm/bin/npm-cli.js'));
    });
  });
});
