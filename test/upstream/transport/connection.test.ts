import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { Connection } from '../../../src/upstream/transport/connection.js';
import { APIUserAbortError, UpstreamError } from '../../../src/vocabulary/errors.js';
import { rejectionOf } from '../support.js';
import { get, PATIENT, Peer, textOf, usePeers } from './peers.js';

describe('Connection', () => {
  usePeers();

  it('sends method, headers and body, and gives status, headers and body', async () => {
    let seen: object = {};
    const peer = await Peer.http(async (request, response) => {
      const body = (await request.toArray()).join('');
      const { 'x-test': test, authorization } = request.headers;
      seen = { method: request.method, url: request.url, test, authorization, body };
      response.writeHead(418, { 'retry-after': '7', 'set-cookie': ['a=1', 'b=2'] }).end('思考 🙂');
    });
    const response = await new Connection(PATIENT).open({
      method: 'POST',
      url: `${peer.url}path?a=b`,
      headers: { 'x-test': 'yes', authorization: 'Bearer token' },
      body: '{"q":"思考 🙂"}',
    });
    expect(seen).to.deep.equal({
      method: 'POST',
      url: '/path?a=b',
      test: 'yes',
      authorization: 'Bearer token',
      body: '{"q":"思考 🙂"}',
    });
    expect(response.status).to.equal(418);
    expect(response.header('retry-after')).to.equal('7');
    expect(response.header('set-cookie')).to.equal('a=1');
    expect(response.header('nothing')).to.equal(undefined);
    expect(await textOf(response)).to.equal('思考 🙂');
  });

  it('reads how long the upstream asks to wait', async () => {
    const peer = await Peer.http((_, response) =>
      response.writeHead(429, { 'retry-after': '2', 'retry-after-ms': '1250' }).end(),
    );
    const response = await get(peer.url);
    expect(response.retryAfterMs).to.equal(1_250);
    response.discard();
  });

  it('follows no redirect, which would carry the credential elsewhere', async () => {
    const peer = await Peer.http((_, response) => response.writeHead(302, { location: '/elsewhere' }).end());
    const response = await get(peer.url);
    expect(response.status).to.equal(302);
    expect(await response.text()).to.equal('');
  });

  describe('failures', () => {
    it('to connect are unreachable, and retriable', async () => {
      const peer = await Peer.tcp(() => undefined);
      const { url } = peer;
      await peer.close();
      const error = await rejectionOf(get(url));
      expect(error).to.include({ status: 502, code: 'upstream_unreachable', retriable: true });
      expect(error.message).to.contain('ECONNREFUSED');
    });

    it('to find the host are unreachable', async () => {
      expect(await rejectionOf(get('http://nowhere.invalid/'))).to.include({
        code: 'upstream_unreachable',
        retriable: true,
      });
    });

    it('keep neither credential nor prompt in their cause', async () => {
      const peer = await Peer.tcp((socket) => socket.resetAndDestroy());
      const error = await rejectionOf(
        new Connection(PATIENT).open({
          method: 'POST',
          url: peer.url,
          headers: { authorization: 'Bearer secret-token' },
          body: 'secret-prompt',
        }),
      );
      expect(inspect(error, { depth: 10, showHidden: true })).to.not.match(/secret-/);
    });

    it('before the head are lost connections, and retriable', async () => {
      const peer = await Peer.tcp((socket) => socket.once('data', () => socket.resetAndDestroy()));
      expect(await rejectionOf(get(peer.url))).to.include({
        status: 502,
        code: 'upstream_connection_lost',
        retriable: true,
      });
    });

    it('of an answer that is no HTTP are lost connections', async () => {
      const peer = await Peer.tcp((socket) => socket.once('data', () => socket.end('SSH-2.0-hello\r\n')));
      expect(await rejectionOf(get(peer.url))).to.include({ code: 'upstream_connection_lost' });
    });

    it('in the body come after what was read before', async () => {
      const peer = await Peer.http((_, response) => {
        response.write('before', () => setImmediate(() => response.destroy()));
      });
      const reads = (await get(peer.url)).body;
      expect(Buffer.from((await reads.next()).value ?? []).toString()).to.equal('before');
      expect(await rejectionOf(reads.next())).to.include({ code: 'upstream_connection_lost' });
    });
  });

  describe('an abort', () => {
    async function aborted(wait: (signal: AbortSignal) => Promise<unknown>, peer: Peer): Promise<void> {
      const left = new AbortController();
      const rejection = rejectionOf(wait(left.signal));
      await seen(peer);
      left.abort();
      expect(await rejection).to.be.instanceOf(APIUserAbortError);
      await peer.allClosed();
      expect(getEventListeners(left.signal, 'abort')).to.have.length(0);
    }

    /** Once the peer has the request, a turn of the loop later. */
    async function seen(peer: Peer): Promise<void> {
      while (peer.connections === 0) await new Promise(setImmediate);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }

    it('before the request sends nothing', async () => {
      const peer = await Peer.tcp(() => undefined);
      expect(await rejectionOf(get(peer.url, {}, AbortSignal.abort()))).to.be.instanceOf(APIUserAbortError);
      expect(peer.connections).to.equal(0);
    });

    it('before the head closes the socket', async () => {
      const peer = await Peer.tcp(() => undefined);
      await aborted((signal) => get(peer.url, {}, signal), peer);
    });

    it('before the first byte closes the socket', async () => {
      const peer = await Peer.http((_, response) => response.flushHeaders());
      await aborted(async (signal) => (await get(peer.url, {}, signal)).body.next(), peer);
    });

    it('in the middle of the body closes the socket', async () => {
      const peer = await Peer.http((_, response) => void response.write('one'));
      await aborted(async (signal) => textOf(await get(peer.url, {}, signal)), peer);
    });

    it('while an error body is read closes the socket', async () => {
      const peer = await Peer.http((_, response) => void response.writeHead(500).write('on'));
      await aborted(async (signal) => (await get(peer.url, {}, signal)).text(), peer);
    });

    it('while nobody reads closes the socket, and the next read tells', async () => {
      const peer = await Peer.http((_, response) => void response.write('one'));
      const left = new AbortController();
      const reads = (await get(peer.url, {}, left.signal)).body;
      await reads.next();
      left.abort();
      await peer.allClosed();
      expect(await rejectionOf(reads.next())).to.be.instanceOf(APIUserAbortError);
    });

    it('between head and body closes the socket, and the first read tells', async () => {
      const peer = await Peer.http((_, response) => void response.write('one'));
      const left = new AbortController();
      const response = await get(peer.url, {}, left.signal);
      left.abort();
      await peer.allClosed();
      expect(await rejectionOf(response.body.next())).to.be.instanceOf(APIUserAbortError);
    });
  });

  describe('text', () => {
    it('stops at its limit and closes the socket', async () => {
      const peer = await Peer.http((_, response) => void response.write('x'.repeat(200_000)));
      const response = await get(peer.url);
      expect(await response.text(1_000)).to.equal('x'.repeat(1_000));
      await peer.allClosed();
    });

    it('takes 64 KiB unless told otherwise', async () => {
      const peer = await Peer.http((_, response) => response.end('x'.repeat(200_000)));
      expect(await (await get(peer.url)).text()).to.have.length(64 * 1024);
    });

    it('is what came before the connection broke', async () => {
      const peer = await Peer.http((_, response) => {
        response.writeHead(500).write('half', () => setTimeout(() => response.destroy(), 10));
      });
      expect(await (await get(peer.url)).text()).to.equal('half');
    });

    it('is unpacked, should the upstream compress it unasked', async () => {
      const peer = await Peer.http((_, response) => {
        response.writeHead(500, { 'content-encoding': 'gzip' }).end(gzipSync('packed'));
      });
      expect(await (await get(peer.url)).text()).to.equal('packed');
    });
  });

  it('tells its errors as UpstreamError', async () => {
    const peer = await Peer.tcp((socket) => socket.destroy());
    expect(await rejectionOf(get(peer.url))).to.be.instanceOf(UpstreamError);
  });
});
