// What cleanup.test.ts runs and kills: a suite that starts one of everything, says so, and never ends.
import { tmpdir } from 'node:os';
import { descendantsOf } from '../../scripts/process-tree.mjs';
import { useBrowser } from '../browser/support.js';
import { useRig } from '../cluster/support.js';
import { startNode } from '../support/processes.js';
import { startRedis } from '../support/redis.js';

describe('A suite that starts everything', () => {
  useRig();
  useBrowser();

  it('and never ends', async function () {
    this.timeout(0);
    await startRedis();
    startNode(['-e', 'setInterval(() => {}, 1000)']);
    const others = descendantsOf(process.pid).filter(({ command }) => !/^ps |cleanup-process/.test(command));
    console.log(`started ${JSON.stringify({ pids: others.map(({ pid }) => pid), folder: tmpdir() })}`);
    await new Promise(() => setInterval(() => undefined, 1000));
  });
});
