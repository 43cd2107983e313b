/**
 * Loaded by mocha, and by each worker of a parallel run. Removes what tests leave behind when the process ends, and
 * fails a run that leaves servers, connections or child processes open.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { makeTemporaryFolder } from '../../scripts/cleanup.mjs';

const LEFT_OPEN_MS = 15_000;
const LEFT_OPEN_PER_FILE_MS = 5_000;

/** The temporary folder of the tests, their browsers and their child processes is removed when this process ends. */
const folder = makeTemporaryFolder('ztoapi-tests-');
for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder;

/** Ends a run that something keeps alive, for example a server that a failed test has left open. */
export function mochaGlobalTeardown(): void {
  setTimeout(() => {
    console.error(`The tests have ended, but something is still open: ${listOpen().join(', ')}.`);
    // Mocha sets its own exit code when the process exits: this comes after it.
    process.once('exit', () => {
      process.exitCode ||= 1;
    });
    process.exit();
  }, LEFT_OPEN_MS).unref();
}

/** In a worker, which never ends by itself, this comes after each file. */
export const mochaHooks = {
  async afterAll() {
    if (process.env.MOCHA_WORKER_ID === undefined) return;
    const deadline = performance.now() + LEFT_OPEN_PER_FILE_MS;
    for (;;) {
      const open = listOpen().filter((name) => /^(TCP|Process)/.test(name));
      if (open.length === 0) return;
      if (performance.now() > deadline) {
        throw new Error(
          `The tests of this file have ended, but something is still open: ${open.join(', ')}.`,
        );
      }
      await sleep(10);
    }
  },
};

function listOpen(): string[] {
  return process.getActiveResourcesInfo();
}
