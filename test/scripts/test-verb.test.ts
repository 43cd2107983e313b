// `npm test`: its steps, their order and the exit code.
import { expect } from 'chai';
import { FakeProject } from './fake-project.js';

describe('the test verb', () => {
  const install = 'npm ci --include=dev --no-audit --no-fund';
  let project: FakeProject;
  beforeEach(() => {
    project = new FakeProject();
  });
  afterEach(() => project.remove('.'));

  it('installs, then lints, checks the types and runs the tests', async () => {
    const { code } = await project.run(['test']);
    expect(code).to.equal(0);
    const steps = ['npm run lint', 'npm run typecheck', 'npm run mocha'];
    expect(project.takeCalls()).to.deep.equal([install, ...steps]);
  });

  it('installs and runs only the tests that its arguments name', async () => {
    const { code } = await project.run(['test', 'test/errors.test.ts', '--grep', 'two words']);
    expect(code).to.equal(0);
    expect(project.takeCalls()).to.deep.equal([
      install,
      'npm run mocha -- test/errors.test.ts --grep two words',
    ]);
  });

  it('has a second verb for the tests that tune the heap and for larger samples', async () => {
    project.write('test/few.test.ts', "import { samples } from './support/samples.js';\n");
    project.write('test/other.test.ts', '');
    const { code } = await project.run(['test-deep', '--grep', 'young'], { FAKE_FAILING_STEP: 'mocha' });
    expect(code).to.equal(3);
    const mocha = 'npm run mocha -- --timeout=1800000';
    expect(project.takeCalls()).to.deep.equal([
      install,
      `${mocha} test/**/*.deep.ts test/few.test.ts --grep young`,
    ]);
    await project.run(['test-deep', 'test/queue']);
    expect(project.takeCalls()).to.deep.equal([`${mocha} test/queue`]);
  });

  it('passes on the exit code of the tests that its arguments name', async () => {
    const { code } = await project.run(['test', 'test/errors.test.ts'], { FAKE_FAILING_STEP: 'mocha' });
    expect(code).to.equal(3);
  });

  it('stops at the first step that fails, with its exit code', async () => {
    const { code } = await project.run(['test'], { FAKE_FAILING_STEP: 'typecheck' });
    expect(code).to.equal(3);
    expect(project.takeCalls()).to.deep.equal([install, 'npm run lint', 'npm run typecheck']);
  });
});
