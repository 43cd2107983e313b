// What a process has started ends with it, even by SIGKILL: shown on a real runner with everything that tests start.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { isInstalled } from '../../scripts/run-command.mjs';
import { isRunning, type Program, startNode } from '../support/processes.js';
import { until } from '../support/redis.js';
import { skip } from '../support/skip.js';
import { FakeProject, repository } from './fake-project.js';

const EVERYTHING = ['redis-server', 'haproxy', 'chromium'];

/** As npm does it: through a shell, which ends at SIGTERM without a word to what it runs. */
const NPM_WITH_SHELL = `
if (process.argv[2] === 'run') {
  const idle = 'console.log("pid " + process.pid); setInterval(() => {}, 1000)';
  const line = JSON.stringify(process.execPath) + " -e '" + idle + "'; true";
  require('node:child_process').spawn('sh', ['-c', line], { stdio: 'inherit' });
}`;

describe('When a process dies', () => {
  let project: FakeProject;
  before(function () {
    if (process.platform === 'win32') skip(this, 'Windows has no SIGKILL');
    project = new FakeProject();
  });
  after(() => project?.remove('.'));

  it('by SIGKILL, a test runner takes all servers, browsers and folders of its tests along', async function () {
    const missing = EVERYTHING.filter((command) => !isInstalled(command));
    if (missing.length > 0) skip(this, `not installed: ${missing.join(', ')}`);
    const runner = startNode(
      [path.join(repository, 'node_modules/mocha/bin/mocha.js'), 'test/scripts/starts-everything.ts'],
      { cwd: repository },
    );
    const [, list = ''] = await runner.until(/^started (.*)$/m);
    const { pids, folder }: { pids: number[]; folder: string } = JSON.parse(list);
    expect(pids).to.have.length.above(8);
    expect(pids.filter((pid) => !isRunning(pid))).to.deep.equal([]);
    expect(existsSync(folder)).to.equal(true);
    runner.kill('SIGKILL');
    await until(() => pids.every((pid) => !isRunning(pid)));
    await until(() => !existsSync(folder));
  });

  it('by an exception, by process.exit or at its normal end, it takes its children along', async () => {
    for (const end of ["throw new Error('unforeseen')", 'process.exit(3)', 'child.unref()']) {
      const program = startChildOf(`const child = start({ stdio: 'ignore' }); print(child); ${end};`);
      const [, pid] = await program.until(/pid (\d+)/);
      await program.ended;
      await until(() => !isRunning(Number(pid)));
    }
  });

  it('a child that leads a group takes its own children along', async () => {
    const program = startChildOf(`
      const idle = "setInterval(() => {}, 1000)";
      const parent = "console.log('pid ' + require('child_process').spawn(process.execPath, ['-e', '" + idle + "']).pid);" + idle;
      startProcess(process.execPath, ['-e', parent], { detached: true, stdio: ['ignore', 'inherit', 'ignore'] });`);
    const [, pid] = await program.until(/pid (\d+)/);
    program.kill('SIGKILL');
    await until(() => !isRunning(Number(pid)));
  });

  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
    it(`by ${signal}, a verb takes along what npm runs for it`, async () => {
      project.write('fake/npm-cli.js', NPM_WITH_SHELL);
      project.write('node_modules/.ztoapi-installed', '');
      const verb = project.start(['scripts/run.cjs', 'test']);
      const [, pid] = await verb.until(/pid (\d+)/);
      verb.kill(signal);
      await until(() => !isRunning(Number(pid)));
      await until(() => !isRunning(verb.child.pid ?? 0));
    });
  }

  it('it leaves ended children alone, since their process ids may belong to others by then', async () => {
    const program = startChildOf(`
      const child = start({ stdio: 'ignore' });
      child.once('exit', () => print(child));
      child.kill();`);
    await program.until(/pid \d+/);
    expect((await program.ended).code).to.equal(0);
  });

  it('it runs the programs that were registered for its end, unless they were cancelled', async () => {
    const program = startNode(
      ['--input-type=module', '-e'].concat(`
      import { runAtEnd } from ${JSON.stringify(path.join(repository, 'scripts/cleanup.mjs'))};
      const touch = (name) => ({ command: process.execPath, args: ['-e', 'fs.writeFileSync(process.argv[1], "")', name] });
      runAtEnd({ ...touch('ran'), cwd: ${JSON.stringify(project.root)} });
      runAtEnd({ ...touch('called-off'), cwd: ${JSON.stringify(project.root)} })();
      console.log('ready');
      setInterval(() => {}, 1000);`),
    );
    await program.until(/ready/);
    program.kill('SIGKILL');
    await until(() => project.has('ran'));
    expect(project.has('called-off')).to.equal(false);
  });

  function startChildOf(code: string): Program {
    return startNode(
      ['--input-type=module', '-e'].concat(`
      import { startProcess } from ${JSON.stringify(path.join(repository, 'scripts/cleanup.mjs'))};
      const start = (options) => startProcess(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], options);
      const print = ({ pid }) => console.log('pid ' + pid);
      ${code}`),
    );
  }
});

describe('npm run test:compose', () => {
  /** Starts nothing and writes down what it was asked; `up` never ends. */
  const docker = `#!${process.execPath}
    const args = process.argv.slice(2);
    require('node:fs').appendFileSync('docker.log', args.join(' ') + '\\n');
    if (args.includes('version')) console.log('27.0');
    if (args.includes('up')) setInterval(() => {}, 1000);`;
  let project: FakeProject;
  before(function () {
    if (process.platform === 'win32') skip(this, 'Windows has no signals');
  });
  beforeEach(() => {
    project = new FakeProject();
    project.write('bin/docker', docker);
    project.makeExecutable('bin/docker');
    project.write('bin/package.json', '{}');
  });
  afterEach(() => project?.remove('.'));

  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGHUP'] as const) {
    it(`removes its containers and its image when ${signal} ends it`, async () => {
      const verb = project.start(['scripts/run.cjs', 'test-compose'], {
        PATH: `${path.join(project.root, 'bin')}${path.delimiter}${process.env.PATH}`,
      });
      await until(() => calls().some((call) => call.includes(' up ')));
      verb.kill(signal);
      expect((await verb.ended).code).not.to.equal(0);
      await until(() => calls().some((call) => call.includes('image rm zto-api-test:')));
      const removal = calls().find((call) => call.includes(' down '));
      expect(removal).to.equal('compose --profile demo down -v --timeout 10');
    });
  }

  function calls(): string[] {
    return project.has('docker.log')
      ? readFileSync(path.join(project.root, 'docker.log'), 'utf8').split('\n')
      : [];
  }
});
