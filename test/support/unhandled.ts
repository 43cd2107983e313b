/**
 * Rejections and exceptions that no test noticed. Mocha ignores such rejections; in production they end the process. After
 * each file mocha removes all listeners of a worker, and what comes before its next file would end the worker.
 */
import { appendFileSync } from 'node:fs';

/** Where scripts/run-mocha.mjs counts what no file can be blamed for. */
let tally: string | undefined;
const rejections = new Map<Promise<unknown>, unknown>();
/** The file whose tests run, then whose tests have run last. */
let file = 'the first file';
let isRunning = false;

/** Installs the listeners. Exceptions of mocha's own process are left to mocha. */
export function watchUnhandled({ isWorker }: { isWorker: boolean }): void {
  if (isWorker) {
    tally = process.env.ZTOAPI_TEST_TALLY;
    // A mocha that a test starts has its own.
    delete process.env.ZTOAPI_TEST_TALLY;
  }
  keepListening('unhandledRejection', (reason, promise) => {
    if (isRunning) rejections.set(promise as Promise<unknown>, reason);
    else if (isWorker) tellLate(reason);
  });
  if (isWorker)
    keepListening('uncaughtException', (error) => {
      // While a file runs mocha's own listener takes it.
      if (!isRunning) tellLate(error);
    });
}

export function beginFile(name: string | undefined): void {
  isRunning = true;
  file = name ?? file;
}

export function endFile(): void {
  isRunning = false;
}

/** Throws what was rejected since the last call. */
export async function throwRejections(): Promise<void> {
  // They are told before the next turn of the loop.
  await new Promise(setImmediate);
  const reasons = [...rejections.values()];
  rejections.clear();
  if (reasons.length > 0)
    throw new AggregateError(
      reasons,
      `Promises were rejected without a handler: ${reasons.map(String).join(', ')}.`,
    );
}

function tellLate(reason: unknown): void {
  console.error(`After the tests of ${file} had ended, something of them failed:`, reason);
  if (tally !== undefined)
    appendFileSync(tally, `${JSON.stringify({ passes: 0, failures: 1, skipped: [] })}\n`);
}

function keepListening(event: string, listener: (reason: unknown, promise: unknown) => void): void {
  process.on(event, listener);
  process.on('removeListener', (name, removed) => {
    if (name === event && removed === listener) queueMicrotask(() => process.on(event, listener));
  });
}
