import { mock } from 'node:test';
import { expect } from 'chai';
import { isSettled, rejectionOf } from '../support.js';
import { answeredByHand, get, Peer, startDeafServer, textOf, usePeers } from './peers.js';

describe('Connection: time limits', () => {
  usePeers();

  it('end a connection attempt that hangs', async () => {
    const deaf = await startDeafServer();
    try {
      const error = await rejectionOf(get(deaf.url, { connectTimeoutMs: 60 }));
      expect(error).to.include({ status: 504, code: 'upstream_unreachable', retriable: true });
      expect(error.message).to.contain('could not be reached in time');
    } finally {
      await deaf.close();
    }
  });

  it('end the wait for a head, and close the socket', async () => {
    const peer = await Peer.tcp(() => undefined);
    const error = await rejectionOf(get(peer.url, { firstByteTimeoutMs: 60 }));
    expect(error).to.include({ status: 504, code: 'upstream_timeout', retriable: false });
    expect(error.message).to.contain('sent nothing in time');
    await peer.allClosed();
  });

  it('end the wait for a body after the head, counted from the request on', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const { peer, response: asked } = await answeredByHand();
    const head = get(peer.url, { firstByteTimeoutMs: 1_200 });
    const response = await asked;
    mock.timers.tick(1_000);
    response.flushHeaders();
    const late = rejectionOf((await head).body.next());
    mock.timers.tick(199);
    expect(await isSettled(late)).to.equal(false);
    mock.timers.tick(1);
    expect((await late).message).to.contain('sent nothing in time');
    await peer.allClosed();
  });

  it('end a silence in the middle of the answer', async () => {
    const peer = await Peer.http((_, response) => void response.write('one'));
    const reads = (await get(peer.url, { idleTimeoutMs: 60 })).body;
    await reads.next();
    const error = await rejectionOf(reads.next());
    expect(error).to.include({ status: 504, code: 'upstream_timeout' });
    expect(error.message).to.contain('fell silent').and.contain('60 ms');
    await peer.allClosed();
  });

  it('count silence only while a read is awaited: a slow consumer is no idle upstream', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const { peer, response: asked } = await answeredByHand();
    const opened = get(peer.url, { idleTimeoutMs: 60, firstByteTimeoutMs: 60 });
    const response = await asked;
    response.write('one');
    const reads = (await opened).body;
    await reads.next();
    const second = reads.next();
    response.write('two');
    await second;
    mock.timers.tick(1_000);
    response.end('three');
    expect(Buffer.from((await reads.next()).value ?? []).toString()).to.equal('three');
    expect((await reads.next()).done).to.equal(true);
  });

  it('start again with every read: there is no total limit', async () => {
    // By the clock, since Node 20's mock of timers lacks `refresh`: a pause of 900 ms is the machine's.
    const limitMs = 1_000;
    const peer = await Peer.http((_, response) => {
      let left = 12;
      const timer = setInterval(() => {
        response.write('.');
        if (--left === 0) {
          clearInterval(timer);
          response.end();
        }
      }, limitMs / 10);
    });
    const response = await get(peer.url, { idleTimeoutMs: limitMs, firstByteTimeoutMs: limitMs });
    expect(await textOf(response)).to.equal('.'.repeat(12));
  });
});
