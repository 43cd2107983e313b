/** A build of the project for tests that start it as processes. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const PATIENCE_MS = 60_000;

/** The gateway's entry in the build. */
export function builtMain(): string {
  return builtFile('main.js');
}

/** A file of the build, which stays as it is until the tests end. Builds on the first call of a test run. */
export function builtFile(name: string): string {
  // All processes of a test run have the same temporary folder (run.ts).
  const folder = join(tmpdir(), 'ztoapi-built');
  const done = join(folder, 'done');
  if (!existsSync(done)) {
    if (isFirst(folder)) build(folder, done);
    else waitFor(done);
  }
  return join(folder, 'dist', name);
}

/** Makes `folder` a project as a release has it: built, without sources and without `.env` files. */
export function copyBuild(folder: string, ...more: readonly string[]): void {
  cpSync(join(builtMain(), '..'), join(folder, 'dist'), { recursive: true });
  addFiles(folder, more);
}

function build(folder: string, done: string): void {
  const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', PROJECT, '--noCheck', '--outDir', join(folder, 'dist')]);
  addFiles(folder, []);
  writeFileSync(done, '');
}

function addFiles(folder: string, more: readonly string[]): void {
  for (const name of ['views', 'package.json', ...more])
    cpSync(join(PROJECT, name), join(folder, name), { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'), 'junction');
}

/** Creates `folder`. False if another process has created it. */
function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function waitFor(file: string): void {
  const deadline = performance.now() + PATIENCE_MS;
  while (!existsSync(file)) {
    if (performance.now() > deadline) throw new Error('Another process did not finish its build.');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
}
