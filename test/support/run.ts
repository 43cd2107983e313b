/** A run of the tests: what it leaves behind goes when the runner ends, however it ends, and it does end. */
import { makeTemporaryFolder } from '../../scripts/cleanup.mjs';

const LEFT_OPEN_MS = 15_000;

/** What tests, their browsers and their child processes leave in the temporary folder goes with this one. */
const folder = makeTemporaryFolder('ztoapi-tests-');
for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder;

/** A server that a failed test has left open would keep the runner alive for ever. */
export function mochaGlobalTeardown(): void {
  setTimeout(() => {
    const open = process.getActiveResourcesInfo().join(', ');
    console.error(`The tests have ended, but something is still open: ${open}.`);
    // Mocha sets its own exit code when the process exits: this comes after it.
    process.once('exit', () => {
      process.exitCode ||= 1;
    });
    process.exit();
  }, LEFT_OPEN_MS).unref();
}
