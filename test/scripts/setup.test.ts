// Installing and building before a start: done when needed, and not otherwise.
import { expect } from 'chai';
import { skip } from '../support/skip.js';
import { FakeProject } from './fake-project.js';

const install = 'npm ci --include=dev --no-audit --no-fund';
const build = 'tsc -p tsconfig.json';
const installStamp = 'node_modules/.ztoapi-installed';
const buildStamp = 'dist/.build-stamp';

describe('setting up before a start', () => {
  let project: FakeProject;
  beforeEach(() => {
    project = new FakeProject();
  });
  afterEach(() => project.remove('.'));

  it('installs, builds and runs the file as if node had been given it', async () => {
    const { code, stdout, stderr } = await project.run(['start', '--live', 'two words']);
    expect(stderr).to.match(/^Installing packages .*… done in \d+\.\d s\nBuilding… done in \d+\.\d s\n$/);
    expect(code).to.equal(0);
    const [file, ...rest] = JSON.parse(stdout) as string[];
    expect(file).to.match(/[\\/]dist[\\/]main\.js$/);
    expect(rest).to.deep.equal(['--live', 'two words']);
    expect(project.takeCalls()).to.deep.equal([install, build]);
  });

  it('does neither the second time, and prints nothing', async () => {
    await startOnce();
    const { stderr } = await project.run(['start']);
    expect(stderr).to.equal('');
    expect(project.takeCalls()).to.deep.equal([]);
  });

  for (const name of ['src/main.ts', 'src/new.ts', 'tsconfig.json']) {
    it(`only builds when ${name} has changed`, async () => {
      await startOnce();
      project.append(name, '\n');
      await project.run(['build']);
      expect(project.takeCalls()).to.deep.equal([build]);
    });
  }

  it('installs and builds when the lock file has changed', async () => {
    await startOnce();
    project.append('package-lock.json', '\n');
    await project.run(['build']);
    expect(project.takeCalls()).to.deep.equal([install, build]);
  });

  it('installs when a dependency in package.json has changed, but not for a changed script', async () => {
    await startOnce();
    const manifest = { type: 'module', dependencies: { one: '1.0.0' } };
    project.write('package.json', JSON.stringify({ ...manifest, scripts: { hello: 'true' } }));
    await project.run(['build']);
    expect(project.takeCalls()).to.deep.equal([]);
    project.write('package.json', JSON.stringify({ ...manifest, dependencies: { one: '2.0.0' } }));
    await project.run(['build']);
    expect(project.takeCalls()).to.deep.equal([install]);
  });

  it('installs when node_modules is gone, and runs npm install when there is no lock file', async () => {
    await startOnce();
    project.remove('node_modules');
    await project.run(['build']);
    expect(project.takeCalls()).to.deep.equal([install]);
    project.remove('package-lock.json');
    await project.run(['build']);
    expect(project.takeCalls()[0]).to.equal(install.replace('ci', 'install'));
  });

  it('accepts what npm ci has installed by hand, but not an install of other versions', async () => {
    await startOnce();
    project.remove(installStamp);
    writeNpmRecord('1.0.0');
    await project.run(['build']);
    expect(project.takeCalls()).to.deep.equal([]);
    project.remove(installStamp);
    writeNpmRecord('0.9.0');
    await project.run(['build']);
    expect(project.takeCalls()).to.deep.equal([install]);
  });

  it('shows what npm says when an install fails, and tries again the next time', async () => {
    const { code, stderr } = await project.run(['start'], { FAKE_INSTALL: 'fail' });
    expect(code).to.equal(7);
    expect(stderr).to.contain('npm error network unreachable\nnpm ci failed with exit code 7.');
    expect(project.has(installStamp)).to.equal(false);
    await startOnce();
  });

  it('installs again after an interrupted install', async function () {
    if (process.platform === 'win32') skip(this, 'Windows has no SIGTERM');
    await startOnce();
    project.append('package-lock.json', '\n');
    const start = project.start(['scripts/run.cjs', 'start'], { FAKE_INSTALL: 'hang' });
    while (!project.has('calls.log')) await new Promise((resolve) => setTimeout(resolve, 5));
    start.kill('SIGTERM');
    expect((await start.ended).code).to.equal(143);
    expect(project.has(installStamp)).to.equal(false);
    project.takeCalls();
    await project.run(['start']);
    expect(project.takeCalls()).to.deep.equal([install, build]);
  });

  it('shows what tsc says when a build fails, runs nothing, and builds again the next time', async () => {
    project.write('src/wrong.ts', 'MISTAKE');
    const { code, stdout, stderr } = await project.run(['start']);
    expect(code).to.equal(2);
    expect(stdout).to.equal('');
    expect(stderr).to.contain('src/wrong.ts(1,1): error TS1: a mistake\ntsc failed with exit code 2.');
    expect(project.has(buildStamp)).to.equal(false);
  });

  it('removes files from dist/ whose source is gone', async () => {
    project.write('src/old.ts', '');
    await startOnce();
    expect(project.has('dist/old.js')).to.equal(true);
    project.remove('src/old.ts');
    await project.run(['build']);
    expect(project.has('dist/old.js')).to.equal(false);
  });

  it('neither installs nor builds if there is only dist/, as in an image', async () => {
    project.remove('src');
    project.write('dist/main.js', 'console.log("from dist")');
    const { stdout, stderr } = await project.run(['start']);
    expect({ stdout, stderr }).to.deep.equal({ stdout: 'from dist\n', stderr: '' });
    expect(project.takeCalls()).to.deep.equal([]);
  });

  it('says in one line that the folder is incomplete', async () => {
    const { code, stderr } = await project.run(['demo']);
    expect(code).to.equal(1);
    expect(stderr).to.match(/\ndist\/cli\/demo\.js is missing.*\n$/);
    project.remove('src');
    project.remove('dist');
    expect((await project.run(['start'])).stderr).to.match(/^Neither src\/ nor dist\/ is here.*\n$/);
  });

  it('passes signals on to what it has started', async function () {
    if (process.platform === 'win32') skip(this, 'Windows has no SIGTERM');
    project.write(
      'src/main.ts',
      `process.on('SIGTERM', () => process.exit(42)); setInterval(() => {}, 1000); console.log('up');`,
    );
    const start = project.start(['scripts/run.cjs', 'start']);
    await start.until(/up/);
    start.kill('SIGTERM');
    expect((await start.ended).code).to.equal(42);
  });

  async function startOnce(): Promise<void> {
    const { code } = await project.run(['start']);
    expect(code).to.equal(0);
    project.takeCalls();
  }

  function writeNpmRecord(version: string): void {
    const packages = { 'node_modules/one': { version } };
    project.write('node_modules/.package-lock.json', JSON.stringify({ packages }));
  }
});
