import { expect } from 'chai';
import { QueueWait } from '../../src/http/queue-wait.js';
import { ApiError } from '../../src/vocabulary/errors.js';

describe('The wait of one request', () => {
  /** Waits for a slot, which the upstream may refuse again. */
  const call = (wait: QueueWait, ...waits: number[]) => {
    wait.startCall();
    for (const waitedMs of waits) {
      wait.start();
      wait.end(waitedMs);
    }
  };

  it('is that of all its calls to the upstream', () => {
    const wait = new QueueWait();
    call(wait, 100, 250);
    call(wait, 0);
    call(wait, 30);
    expect(wait.waitedMs).to.equal(280);
    expect(wait.headers()).to.deep.equal({ 'x-queue-wait-ms': '280' });
  });

  it('counts even if the request never got a slot', async () => {
    const wait = new QueueWait();
    call(wait, 100);
    wait.startCall();
    wait.start();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(wait.waitedMs).to.be.at.least(119);
    wait.giveUp(new ApiError('queue_timeout', 'Too long.'));
    const told = wait.waitedMs;
    expect(told).to.be.at.least(119);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(wait.waitedMs).to.equal(told);
  });

  it('is not counted if the queue is full, or a slot is free', () => {
    const wait = new QueueWait();
    call(wait, 0);
    wait.start();
    wait.giveUp(new ApiError('queue_full', 'Too many.'));
    expect(wait.waitedMs).to.equal(undefined);
    expect(wait.headers()).to.deep.equal({});
  });
});
