// scripts/run.cjs: what an old Node and a wrong verb are told.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect } from 'chai';
import { FakeProject, repository } from './fake-project.js';

describe('scripts/run.cjs', () => {
  let project: FakeProject;
  before(() => {
    project = new FakeProject();
  });
  after(() => project.remove('.'));

  for (const version of ['6.17.1', '18.20.8', '20.9.0', '20.18.3']) {
    it(`tells the user of Node ${version} in one line what is needed`, async () => {
      const { code, stdout, stderr } = await runAs(version);
      const line = `ZtoApi needs Node 20.19 or newer; this is v${version}. Get it from https://nodejs.org/ .\n`;
      expect({ code, stdout, stderr }).to.deep.equal({ code: 1, stdout: '', stderr: line });
    });
  }

  for (const version of ['20.19.0', '22.1.0', '100.0.0']) {
    it(`accepts Node ${version}`, async () => {
      const { stderr } = await runAs(version);
      expect(stderr).to.match(/^Unknown verb "nonsense"/);
    });
  }

  it('is written in a language that old Nodes can parse', () => {
    expect(needsNewerThanEs5('scripts/run.cjs')).to.equal(false);
    expect(needsNewerThanEs5('scripts/tasks.cjs')).to.equal(true); // the check itself works
  });

  for (const verb of [[], ['nonsense'], ['toString']]) {
    it(`lists the verbs when given ${verb[0] ?? 'none'}`, async () => {
      const { code, stderr } = await project.run(verb);
      expect(code).to.equal(1);
      const [, ...lines] = stderr.trimEnd().split('\n');
      const names = lines.map((line) => line.trim().split(/\s{2,}/)[0]);
      const every = ['demo', 'start', 'doctor', 'keys', 'simulator', 'build', 'test', 'test-deep', 'cluster'];
      expect(names).to.deep.equal([...every, 'test-agents', 'bench', 'test-compose']);
      expect(project.takeCalls()).to.deep.equal([]);
    });
  }

  it('fails when a verb has nothing left to do, but is not done', async () => {
    project.write('src/main.ts', 'await new Promise(() => {});');
    const { code, stderr } = await project.run(['start']);
    expect(code).to.equal(13);
    expect(stderr).to.match(/\nstart stopped before it was done: .*\n$/);
  });

  it('does not disturb a verb that ends by itself', async () => {
    project.write('src/main.ts', 'setTimeout(() => {}, 10);');
    const { code, stderr } = await project.run(['start']);
    expect({ code, stderr: stderr.replace(/Building.*\n/, '') }).to.deep.equal({ code: 0, stderr: '' });
  });

  function runAs(version: string) {
    const versions = `{ ...process.versions, node: '${version}' }`;
    project.write('pretend.cjs', `Object.defineProperty(process, 'versions', { value: ${versions} });`);
    return project.start(['--require', './pretend.cjs', 'scripts/run.cjs', 'nonsense']).ended;
  }
});

/** esbuild rewrites (or refuses) what the target lacks; commas after last arguments are looked for by hand. */
function needsNewerThanEs5(name: string): boolean {
  const source = readFileSync(path.join(repository, name), 'utf8');
  const fromTsx = createRequire(createRequire(import.meta.url).resolve('tsx/package.json'));
  const esbuild = fromTsx('esbuild') as { transformSync(code: string, options: object): { code: string } };
  const compile = (target: string) => esbuild.transformSync(source, { target, logLevel: 'silent' }).code;
  try {
    return compile('es5') !== compile('esnext') || /,\s*\)/.test(source);
  } catch {
    return true;
  }
}
