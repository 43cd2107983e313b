import { mock } from 'node:test';
import { expect } from 'chai';
import { type KeepRunning, keepRunning } from '../../scripts/keep-running.mjs';
import { turns } from '../upstream/support.js';

/** A part whose starts succeed until told otherwise. */
class FakePart {
  readonly name = 'gateway-1';
  starts = 0;
  failure: Error | undefined;

  get pid(): number {
    return 100 + this.starts;
  }

  async start(): Promise<void> {
    this.starts += 1;
    if (this.failure) throw this.failure;
  }
}

describe('A part of the cluster that dies', () => {
  let part: FakePart;
  let lines: string[];
  let running: KeepRunning;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    part = new FakePart();
    lines = [];
    running = keepRunning((line) => lines.push(line));
  });
  afterEach(() => mock.timers.reset());

  const pass = async (seconds: number) => {
    mock.timers.tick(seconds * 1_000);
    await turns();
  };

  it('is restarted after a second, and the log says both', async () => {
    running.onEnd(part, 'SIGKILL');
    await pass(0.999);
    expect(part.starts).to.equal(0);
    await pass(0.001);
    expect(part.starts).to.equal(1);
    expect(lines).to.deep.equal([
      'gateway-1 has ended (SIGKILL): it is started again in 1 s.',
      'gateway-1 runs again (pid 101).',
    ]);
  });

  it('is restarted after a wait that doubles up to 30 s if it dies soon after every start', async () => {
    part.failure = new Error('gateway-1 ended with 1');
    running.onEnd(part, 1);
    const waits = [1, 2, 4, 8, 16, 30, 30];
    for (const [times, seconds] of waits.entries()) {
      await pass(seconds - 0.001);
      expect(part.starts).to.equal(times);
      await pass(0.001);
      expect(part.starts).to.equal(times + 1);
    }
    expect(lines.at(-1)).to.equal('gateway-1 ended with 1: it is started again in 30 s.');
  });

  it('is restarted after a second again once it has run for a minute', async () => {
    running.onEnd(part, 1);
    await pass(1);
    await pass(59.999);
    running.onEnd(part, 1);
    await pass(2);
    expect(lines.at(-2)).to.contain('in 2 s');
    await pass(60);
    running.onEnd(part, 1);
    expect(lines.at(-1)).to.contain('in 1 s');
  });

  it('is not restarted while everything stops', async () => {
    running.onEnd(part, 1);
    running.stop();
    await pass(60);
    running.onEnd(part, 1);
    await pass(60);
    expect(part.starts).to.equal(0);
    expect(lines).to.have.length(1);
  });
});
