// A project folder in /tmp with the real scripts, a pretend npm and a pretend tsc: fast, and without a network.
import { spawn } from 'node:child_process';
import {
  appendFileSync,
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

export const repository = path.resolve(import.meta.dirname, '../..');

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

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

  spawn(args: string[], env: NodeJS.ProcessEnv = {}) {
    const npm = { npm_execpath: path.join(this.root, 'fake/npm-cli.js') };
    return spawn(process.execPath, args, { cwd: this.root, env: { ...process.env, ...npm, ...env } });
  }

  run(verb: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    return outcomeOf(this.spawn(['scripts/run.cjs', ...verb], env));
  }
}

export function outcomeOf(child: ReturnType<FakeProject['spawn']>): Promise<Outcome> {
  const outcome = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      outcome[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...outcome }));
  });
}
