// The `mocha` script. With arguments: mocha with these arguments. Without: all tests in two parts, first the files that
// measure CPU time, one at a time with nothing beside them, then all others, several at a time.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder } from './cleanup.mjs';
import { run } from './run-command.mjs';
import tally from './test-tally.cjs';

const mocha = fileURLToPath(new URL('../node_modules/mocha/bin/mocha.js', import.meta.url));
/** Tests wait for processes and timers most of the time, so that two cores carry three jobs. */
const MIN_JOBS = 3;
const MAX_JOBS = 4;
/** A file that imports this measure is run alone. */
const MEASURES = /^(?:import|\}) .*from '[./]*\/support\/cpu-time\.js';$/m;

process.exitCode = await runTests(process.argv.slice(2));

async function runTests(args) {
  if (args.length > 0) return runMocha(args);
  const file = path.join(makeTemporaryFolder('ztoapi-tally-'), 'tally');
  writeFileSync(file, '');
  const measuring = findMeasuringFiles();
  const reporter = ['--reporter-option', `tally=${file}`];
  const jobs = Math.min(MAX_JOBS, Math.max(MIN_JOBS, availableParallelism()));
  const codes = [
    measuring.length > 0 ? await runMocha([...reporter, ...measuring]) : 0,
    await runMocha([
      ...reporter,
      '--no-sort', // mocha refuses it together with --parallel
      '--parallel',
      `--jobs=${jobs}`,
      ...measuring.map((name) => `--ignore=${name}`),
    ]),
  ];
  const parts = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  rmSync(path.dirname(file), { recursive: true });
  console.log(tally.formatEnd(parts.map((part) => JSON.parse(part))));
  return Math.max(...codes);
}

async function runMocha(args) {
  const { code } = await run({ command: process.execPath, args: [mocha, ...args], name: 'mocha' });
  return code;
}

function findMeasuringFiles() {
  return readdirSync('test', { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => path.posix.join('test', ...name.split(path.sep)))
    .filter((name) => MEASURES.test(readFileSync(name, 'utf8')))
    .sort();
}
