import { getEventListeners, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { mock } from 'node:test';
import { expect } from 'chai';
import { Connection, type UpstreamResponse } from '../../../src/upstream/transport/connection.js';
import { isSettled, turns } from '../support.js';
import { get, PATIENT, Peer, textOf, usePeers } from './peers.js';

describe('Connection: sockets', () => {
  usePeers();

  const sequence = async (
    connection: Connection,
    url: string,
    count: number,
    read: (r: UpstreamResponse) => Promise<unknown>,
  ) => {
    for (let i = 0; i < count; i++) {
      await read(await connection.open({ method: 'GET', url, headers: {} }));
      await new Promise(setImmediate);
    }
  };

  it('serve one whole answer after the other', async () => {
    const peer = await Peer.http((_, response) => {
      response.write('some');
      setImmediate(() => response.end('thing'));
    });
    await sequence(new Connection(PATIENT), peer.url, 20, textOf);
    expect(peer.connections).to.equal(1);
  });

  it('serve on after an error body', async () => {
    const peer = await Peer.http((_, response) => response.writeHead(503).end('no'));
    await sequence(new Connection(PATIENT), peer.url, 5, (response) => response.text());
    expect(peer.connections).to.equal(1);
  });

  it('of an answer that comes before its request was taken serve nothing more, and break nothing', async () => {
    const peer = await Peer.http((_, response) => response.writeHead(413).end('too long'));
    const connection = new Connection(PATIENT);
    // Far more than sockets hold.
    const body = 'x'.repeat(20_000_000);
    for (let count = 1; count <= 5; count++) {
      const response = await connection.open({ method: 'POST', url: peer.url, headers: {}, body });
      expect(await response.text()).to.equal('too long');
      await peer.allClosed();
    }
  });

  it('are closed when the consumer stops early', async () => {
    const peer = await Peer.http((_, response) => void response.write('one'));
    for await (const _ of (await get(peer.url)).body) break;
    await peer.allClosed();
  });

  it('are closed when the body is discarded', async () => {
    const peer = await Peer.http((_, response) => void response.write('one'));
    (await get(peer.url)).discard();
    await peer.allClosed();
  });

  it('of a kept answer serve on, whatever trails', async () => {
    const trailing = Buffer.alloc(300_000, 'x');
    const answers: ServerResponse[] = [];
    const peer = await Peer.http((_, response) => {
      answers.push(response);
      response.write('answer');
    });
    const connection = new Connection(PATIENT);
    for (let i = 0; i < 3; i++) {
      const response = await connection.open({ method: 'GET', url: peer.url, headers: {} });
      for await (const _ of response.body) {
        response.body.keep();
        break;
      }
      const answer = answers[i] ?? expect.fail('not asked');
      answer.write(trailing);
      answer.end('.');
      await once(answer, 'finish');
      await turns(); // in which the other side reads
    }
    expect(peer.connections).to.equal(1);
  });

  it('of a kept answer that trails on are given up after a second', async () => {
    const peer = await Peer.http((_, response) => void response.write('answer'));
    mock.timers.enable({ apis: ['setTimeout'] });
    const response = await get(peer.url);
    for await (const _ of response.body) {
      response.body.keep();
      break;
    }
    const closed = peer.allClosed();
    mock.timers.tick(999);
    expect(await isSettled(closed)).to.equal(false);
    mock.timers.tick(1);
    await closed;
  });

  it('hold the upstream back while nobody reads', async () => {
    const size = 64 * 1024 * 1024;
    let sent = 0;
    const piece = Buffer.alloc(64 * 1024, 'x');
    const peer = await Peer.http((_, response) => {
      const more = () => {
        while (sent < size && !response.destroyed) {
          sent += piece.length;
          if (!response.write(piece)) return;
        }
      };
      response.on('drain', more);
      more();
    });
    const reads = (await get(peer.url)).body;
    await reads.next();
    let before = -1;
    // Until the kernel's buffers are full and nothing moves any more.
    while (before !== sent) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    expect(sent).to.be.below(16 * 1024 * 1024);
    await reads.return?.();
    await peer.allClosed();
  });

  it('leave no listener on a signal that many requests share', async () => {
    const peer = await Peer.http((_, response) => response.end('ok'));
    const connection = new Connection(PATIENT);
    const { signal } = new AbortController();
    for (let i = 0; i < 30; i++) {
      const response = await connection.open({ method: 'GET', url: peer.url, headers: {}, signal });
      if (i % 3 === 0) await response.text();
      else if (i % 3 === 1) response.discard();
      else for await (const _ of response.body) response.body.keep();
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(getEventListeners(signal, 'abort')).to.have.length(0);
  });
});
