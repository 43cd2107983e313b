/** What tests of the durable state share. */
import { Writable } from 'node:stream';
import { loadConfig } from '../../../src/config/config.js';
import { createLogger, type Logger } from '../../../src/logger.js';

/** A log whose lines a test can read. */
export function linesLog(): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  const output = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { log: createLogger(loadConfig({ DEBUG_MODE: 'false' }), output), lines };
}

/** The error that a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error('it did not reject');
    },
    (error: Error) => error,
  );
}
