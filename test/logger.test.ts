import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';

/** A process that logs two lines, then does what `then` says. */
function logging(then: string, debugMode: boolean) {
  const script = `
    const { createLogger } = await import('./src/logger.ts');
    const log = createLogger({ debugMode: ${debugMode}, logLevel: 'info' });
    log.info('one');
    log.warn({ err: new Error('two') }, 'two');
    ${then}`;
  const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', script], {
    cwd: new URL('..', import.meta.url),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  return { child, text: () => text };
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
      const { child, text } = logging(STAY, debugMode);
      while (!text().includes('two')) await once(child.stdout, 'data');
      child.stdin.end();
      await once(child, 'close');
      expect(text()).to.match(/one.*\n.*two/);
    });

    for (const [how, then] of ENDS) {
      it(`is whole when the process ends ${how}`, async () => {
        const { child, text } = logging(then, debugMode);
        await once(child, 'close');
        expect(text()).to.match(/one.*\n.*two/);
      });
    }
  });
}
