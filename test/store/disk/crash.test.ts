/** The durable state of processes that are killed at any moment, also when all is lost that was not synced. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { openState } from '../../../src/store/disk/open-state.js';
import { builtMain } from '../../cluster/support.js';
import { startNode } from '../../support/processes.js';
import { needs } from '../../support/redis.js';
import { samples } from '../../support/samples.js';
import { linesLog } from './support.js';

const WRITER = fileURLToPath(new URL('writer.mjs', import.meta.url));
const SYNCED_ONLY = fileURLToPath(new URL('synced-only.c', import.meta.url));
const FILES = ['state.db', 'state.db-wal'];
const MAX_WAIT_MS = 60;
const KILLS = samples(8, 50);

describe('The durable state of a killed process', () => {
  const { log } = linesLog();
  let folder: string;

  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'killed-')), 'data');
  });

  it(`has every acknowledged write, after each of ${KILLS} kills`, async () => {
    await killOften(KILLS, {});
  });

  it('has every acknowledged write when nothing is left but what was synced', async function () {
    if (process.platform !== 'linux') this.skip();
    needs(this, 'gcc');
    const synced = mkdtempSync(join(tmpdir(), 'synced-'));
    const library = join(synced, 'synced-only.so');
    execFileSync('gcc', ['-shared', '-fPIC', '-o', library, SYNCED_ONLY, '-ldl']);
    await killOften(
      Math.ceil(KILLS / 2),
      { LD_PRELOAD: library, SYNCED: synced },
      async () => copyFiles(folder, synced),
      async () => copyFiles(synced, folder),
    );
  });

  /** Starts a writer that goes on where the one before was killed, again and again. */
  async function killOften(
    times: number,
    env: Record<string, string>,
    beforeStart = async () => {},
    afterKill = async () => {},
  ) {
    const module = pathToFileURL(join(dirname(builtMain()), 'store/disk/open-state.js')).href;
    mkdirSync(folder, { recursive: true });
    let last = 0;
    for (let round = 0; round < times; round += 1) {
      await beforeStart();
      const writer = startNode([WRITER, module, folder, String(last)], {
        env: { PATH: process.env.PATH, ...env },
      });
      await writer.until(/^\d+$/m);
      await sleep(Math.random() * MAX_WAIT_MS);
      writer.kill();
      const { stdout, stderr } = await writer.ended;
      expect(stderr, `round ${round}`).to.equal('');
      // The last line may be cut.
      const acknowledged = stdout.slice(0, stdout.lastIndexOf('\n')).split('\n').slice(1).map(Number);
      await afterKill();
      last = await checkState(Math.max(...acknowledged), `round ${round}`);
    }
  }

  /** @returns the last number in the state: an unacknowledged one may be there as well */
  async function checkState(acknowledged: number, round: string): Promise<number> {
    const state = await openState(folder, log);
    const entries = state.readEntries('test');
    await state.close();
    const numbers = (name: string) =>
      Array.from({ length: 50 }, (_, slot) =>
        Number.parseInt(String(entries.get(`${name}${slot}`) ?? '0'), 10),
      );
    expect(numbers('a'), round).to.deep.equal(numbers('b'));
    const last = Math.max(...numbers('a'));
    expect(last, round).to.be.at.least(acknowledged);
    // One of each of the last 50 numbers: nothing before the last one is missing.
    const expected = Array.from({ length: Math.min(50, last) }, (_, index) => last - index).sort(
      (a, b) => a - b,
    );
    expect(
      numbers('a')
        .filter(Boolean)
        .sort((a, b) => a - b),
      round,
    ).to.deep.equal(expected);
    return last;
  }
});

/** The files of one folder take the place of those of the other. */
function copyFiles(from: string, to: string): void {
  for (const name of FILES) {
    rmSync(join(to, name), { force: true });
    if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name));
  }
}
