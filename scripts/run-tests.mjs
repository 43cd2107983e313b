// The `test` verb: lint, types, tests, in the order of their speed; stops at the first that fails. With arguments the
// tests alone, since someone who asks for one file wants its result, also while another file is half written.
import { installIfStale } from './install.mjs';
import { npmCommand, run } from './run-command.mjs';
import { ensureSystemPackages } from './system-packages.mjs';
import { findTestFiles, keepThatImport } from './test-files.mjs';

/** For one test: it may run thousands of random cases. */
const DEEP_TIMEOUT_MS = 1_800_000;

/**
 * @param {string} root
 * @param {string[]} mochaArguments
 * @returns {Promise<number>} the exit code
 */
export async function testProject(root, mochaArguments) {
  await installIfStale(root);
  await ensureSystemPackages();
  const steps =
    mochaArguments.length === 0 ? [['lint'], ['typecheck'], ['mocha']] : [['mocha', '--', ...mochaArguments]];
  for (const step of steps) {
    const { code } = await run(npmCommand(['run', ...step]), { cwd: root });
    if (code !== 0) return code;
  }
  return 0;
}

/**
 * The `test-deep` verb: tests that tune V8's heap, which would change what other tests of their process measure, or that
 * take minutes, and those of `npm test` that take larger samples here. With arguments: these files and mocha options.
 * @param {string} root
 * @param {string[]} mochaArguments
 * @returns {Promise<number>} the exit code
 */
export async function testDeep(root, mochaArguments) {
  await installIfStale(root);
  await ensureSystemPackages();
  const hasFiles = mochaArguments.some((argument) => argument.startsWith('test/'));
  const files = ['test/**/*.deep.ts', ...keepThatImport(findTestFiles(root), 'samples', root)];
  const step = ['mocha', '--', `--timeout=${DEEP_TIMEOUT_MS}`, ...(hasFiles ? [] : files), ...mochaArguments];
  const env = { ...process.env, DEEP_TESTS: 'true' };
  return (await run(npmCommand(['run', ...step]), { cwd: root, env })).code;
}
