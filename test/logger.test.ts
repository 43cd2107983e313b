import { expect } from 'chai';
import { type Program, startNode } from './support/processes.js';

/** A process that logs two lines, then does what `then` says. */
function startLogging(then: string, debugMode: boolean): Program {
  const script = `
    const { createLogger } = await import('./src/logger.ts');
    const log = createLogger({ debugMode: ${debugMode}, logLevel: 'info' });
    log.info('one');
    log.warn({ err: new Error('two') }, 'two');
    ${then}`;
  return startNode(['--import=tsx', '--input-type=module', '-e', script], {
    cwd: new URL('..', import.meta.url),
  });
}

/** Standard input keeps it alive until the test ends it. */
const STAY = 'process.stdin.resume();';

const ENDS = [
  ['by itself', ''],
  ['at once', 'process.exit(0);'],
  ['by an exception', "throw new Error('unforeseen');"],
  ['by a rejection', `void Promise.reject(new Error('unforeseen')); ${STAY}`],
  [
    'at SIGTERM',
    `process.once('SIGTERM', () => process.exit(0)); process.kill(process.pid, 'SIGTERM'); ${STAY}`,
  ],
] as const;

for (const debugMode of [true, false]) {
  describe(`The log for ${debugMode ? 'people' : 'programs'}, into a pipe`, () => {
    it('is written while the process goes on', async () => {
      const program = startLogging(STAY, debugMode);
      await program.until(/two/);
      program.child.stdin?.end();
      expect((await program.ended).stdout).to.match(/one.*\n.*two/);
    });

    for (const [how, then] of ENDS) {
      it(`is whole when the process ends ${how}`, async () => {
        const { stdout } = await startLogging(then, debugMode).ended;
        expect(stdout).to.match(/one.*\n.*two/);
      });
    }
  });
}
