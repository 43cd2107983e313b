// The `mocha` script. With arguments: mocha with these arguments. Without: all tests in two parts, first the files that
// measure CPU time, one at a time with nothing beside them, then all others, several at a time, the long ones first.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder } from './cleanup.mjs';
import { run } from './run-command.mjs';
import { findTestFiles, keepThatImport, sortByLength } from './test-files.mjs';
import tally from './test-tally.cjs';

const mocha = fileURLToPath(new URL('../node_modules/mocha/bin/mocha.js', import.meta.url));
/** Tests wait for processes and timers half of the time, so that two cores carry four jobs; more would not end sooner. */
const JOBS = 4;

process.exitCode = await runTests(process.argv.slice(2));

async function runTests(args) {
  if (args.length > 0) return runMocha(args);
  const file = path.join(makeTemporaryFolder('ztoapi-tally-'), 'tally');
  writeFileSync(file, '');
  const files = findTestFiles();
  const measuring = keepThatImport(files, 'cpu-time');
  const others = files.filter((name) => !measuring.includes(name));
  const reporter = ['--reporter-option', `tally=${file}`];
  const env = { ...process.env, ZTOAPI_TEST_TALLY: file };
  const codes = [
    measuring.length > 0 ? await runMocha([...reporter, ...measuring], env) : 0,
    await runMocha([...reporter, '--no-sort', '--parallel', `--jobs=${JOBS}`, ...sortByLength(others)], env),
  ];
  const parts = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((part) => JSON.parse(part));
  rmSync(path.dirname(file), { recursive: true });
  const sampling = keepThatImport(files, 'samples');
  if (sampling.length > 0)
    console.log(
      `npm run test:deep takes more cases or rounds than this run did in: ${sampling.join(', ')}\n`,
    );
  console.log(tally.formatEnd(parts));
  return Math.max(...codes, ...parts.map(({ failures }) => Math.min(failures, 1)));
}

async function runMocha(args, env = process.env) {
  const { code } = await run({ command: process.execPath, args: [mocha, ...args], name: 'mocha' }, { env });
  return code;
}
