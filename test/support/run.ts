/**
 * Loaded by mocha, and by each worker of a parallel run. Removes what tests leave behind when the process ends, and
 * fails a run that leaves servers or child processes open.
 */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder } from '../../scripts/cleanup.mjs';
import { beginFile, endFile, throwRejections, watchUnhandled } from './unhandled.js';

const LEFT_OPEN_MS = 15_000;
const LEFT_OPEN_PER_FILE_MS = 5_000;
const isWorker = process.env.MOCHA_WORKER_ID !== undefined;
// A mocha that a test starts is not a worker.
delete process.env.MOCHA_WORKER_ID;

/**
 * The temporary folder of the tests, their browsers and their child processes is removed when this process ends. A worker
 * uses that of the process that started it: Chromium puts sockets there, whose paths must be short.
 */
if (!isWorker) {
  const folder = makeTemporaryFolder('ztoapi-tests-');
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder;
}

/** Where a gateway keeps its state whose test has not said where. */
const DATA_FOLDER = fileURLToPath(new URL('../../data', import.meta.url));
const hadData = existsSync(DATA_FOLDER);

/** Ends and fails a run that something keeps alive, for example a server that a failed test has left open. */
export function mochaGlobalTeardown(): void {
  if (!hadData && existsSync(DATA_FOLDER))
    throw new Error(`A test has left ${DATA_FOLDER}: its gateway needs a DATA_DIR of its own, or none.`);
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

/** Servers and child processes. Sockets of responses that a test did not read are closed by the garbage collector. */
const OWN = /^(TCPServer|Pipe.*Server|Process)Wrap$/;
/** Number of open things that this worker has reported already. */
let reported = 0;

watchUnhandled({ isWorker });

export const mochaHooks = {
  beforeAll(this: Mocha.Context) {
    const root = this.test?.parent;
    beginFile((root?.suites[0] ?? root?.tests[0])?.file);
  },

  afterEach: throwRejections,

  /** Runs in a worker after each file: a worker does not end by itself. */
  async afterAll() {
    await throwRejections();
    endFile();
    if (!isWorker) return;
    const deadline = performance.now() + LEFT_OPEN_PER_FILE_MS;
    for (;;) {
      const open = process.getActiveResourcesInfo().filter((name) => OWN.test(name));
      if (open.length <= reported) {
        reported = open.length;
        return;
      }
      if (performance.now() > deadline) {
        reported = open.length;
        throw new Error(
          `The tests of this file have ended, but something is still open: ${open.join(', ')}.`,
        );
      }
      await sleep(10);
    }
  },
};
