// A project folder in /tmp with the real scripts, a pretend npm and a pretend tsc: fast, and without a network.
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Outcome, type Program, startNode } from '../support/processes.js';

export const repository = path.resolve(import.meta.dirname, '../..');

/** Behaves by variables: FAKE_INSTALL=fail|hang, FAKE_FAILING_STEP=the script whose `npm run` fails with 3. */
const fakeNpm = `
const fs = require('node:fs');
const [verb, ...rest] = process.argv.slice(2);
fs.appendFileSync('calls.log', ['npm', verb, ...rest].join(' ') + '\\n');
if (verb === 'run') process.exit(rest[0] === process.env.FAKE_FAILING_STEP ? 3 : 0);
fs.rmSync('node_modules', { recursive: true, force: true });
fs.mkdirSync('node_modules/typescript/bin', { recursive: true });
if (process.env.FAKE_INSTALL === 'hang') setInterval(() => {}, 1000);
else if (process.env.FAKE_INSTALL === 'fail') {
  console.error('npm error network unreachable');
  process.exitCode = 7;
} else fs.copyFileSync('fake-tsc.cjs', 'node_modules/typescript/bin/tsc');
`;

const fakeTsc = `
const fs = require('node:fs');
fs.appendFileSync('calls.log', ['tsc', ...process.argv.slice(2)].join(' ') + '\\n');
fs.mkdirSync('dist');
for (const name of fs.readdirSync('src')) {
  const text = fs.readFileSync('src/' + name, 'utf8');
  if (text.includes('MISTAKE')) {
    console.log('src/' + name + '(1,1): error TS1: a mistake');
    process.exitCode = 2;
  }
  fs.writeFileSync('dist/' + name.replace('.ts', '.js'), text);
}
`;

export class FakeProject {
  readonly root = mkdtempSync(path.join(tmpdir(), 'ztoapi-scripts-'));

  constructor() {
    cpSync(path.join(repository, 'scripts'), path.join(this.root, 'scripts'), { recursive: true });
    this.write('package.json', JSON.stringify({ type: 'module', dependencies: { one: '1.0.0' } }));
    this.write(
      'package-lock.json',
      JSON.stringify({ packages: { '': {}, 'node_modules/one': { version: '1.0.0' } } }),
    );
    this.write('tsconfig.json', '{}');
    this.write('src/main.ts', 'console.log(JSON.stringify(process.argv.slice(1)));');
    this.write('fake/npm-cli.js', fakeNpm);
    this.write('fake/package.json', '{}'); // CommonJS, unlike the folder above
    this.write('fake-tsc.cjs', fakeTsc);
  }

  write(name: string, content: string): void {
    const file = path.join(this.root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  append(name: string, content: string): void {
    appendFileSync(path.join(this.root, name), content);
  }

  makeExecutable(name: string): void {
    chmodSync(path.join(this.root, name), 0o755);
  }

  remove(name: string): void {
    rmSync(path.join(this.root, name), { recursive: true, force: true });
  }

  has(name: string): boolean {
    return existsSync(path.join(this.root, name));
  }

  /** The calls of npm and tsc since the last look. */
  takeCalls(): string[] {
    if (!this.has('calls.log')) return [];
    const lines = readFileSync(path.join(this.root, 'calls.log'), 'utf8').trimEnd().split('\n');
    this.remove('calls.log');
    return lines;
  }

  start(args: string[], env: NodeJS.ProcessEnv = {}): Program {
    const npm = { npm_execpath: path.join(this.root, 'fake/npm-cli.js') };
    return startNode(args, { cwd: this.root, env: { ...process.env, ...npm, ...env } });
  }

  run(verb: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    return this.start(['scripts/run.cjs', ...verb], env).ended;
  }
}
