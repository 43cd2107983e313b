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

  it('installs, then lints, checks the types and runs the tests, to which arguments go', async () => {
    const { code } = await project.run(['test', '--grep', 'two words']);
    expect(code).to.equal(0);
    const steps = ['npm run lint', 'npm run typecheck', 'npm run mocha -- --grep two words'];
    expect(project.takeCalls()).to.deep.equal([install, ...steps]);
  });

  it('stops at the first step that fails, with its exit code', async () => {
    const { code } = await project.run(['test'], { FAKE_FAILING_STEP: 'typecheck' });
    expect(code).to.equal(3);
    expect(project.takeCalls()).to.deep.equal([install, 'npm run lint', 'npm run typecheck']);
  });
});
