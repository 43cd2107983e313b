import { getEventListeners, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { mock } from 'node:test';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import {
  Connection,
  type Timeouts,
  type UpstreamResponse,
} from '../../../src/upstream/transport/connection.js';
import { APIUserAbortError, UpstreamError } from '../../../src/vocabulary/errors.js';
import { forbidUnhandledRejections, isSettled, rejectionOf, turns } from '../support.js';

const PATIENT: Timeouts = { connectTimeoutMs: 60_000, firstByteTimeoutMs: 60_000, idleTimeoutMs: 60_000 };

/** A server of the test, with what it saw: how many connections, and when each was closed. */
class Peer {
  connections = 0;
  readonly sockets = new Set<Socket>();
  #closed: (() => void) | undefined;

  private constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        this.#closed?.();
      });
    });
  }

  static http(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Peer> {
    return Peer.listening(createServer({ keepAliveTimeout: 60_000 }, answer));
  }

  static tcp(answer: (socket: Socket) => void): Promise<Peer> {
    return Peer.listening(
      createTcpServer((socket) => {
        answer(socket);
        socket.resume(); // or it would not notice that the other side is gone
      }),
    );
  }

  private static async listening(server: Server): Promise<Peer> {
    const peer = new Peer(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    peers.push(peer);
    return peer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  /** Resolves when no socket is open any more. */
  async allClosed(): Promise<void> {
    while (this.sockets.size > 0) {
      await new Promise<void>((resolve) => {
        this.#closed = resolve;
      });
    }
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

let peers: Peer[] = [];

function get(url: string, timeouts: Partial<Timeouts> = {}, signal?: AbortSignal): Promise<UpstreamResponse> {
  return new Connection({ ...PATIENT, ...timeouts }).open({ method: 'GET', url, headers: {}, signal });
}

/** Listens, but accepts nobody, and its queue is full: whoever connects now waits. */
async function startDeafServer(): Promise<{ url: string; close(): Promise<unknown> }> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
     });`,
    { eval: true, execArgv: [] },
  );
  const [port] = await once(worker, 'message');
  const waiting = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await once(waiting[0] as Socket, 'connect');
  const close = () => {
    for (const socket of waiting) socket.destroy();
    return worker.terminate();
  };
  return { url: `http://127.0.0.1:${port}/`, close };
}

/** A server whose next response is written by the test. */
async function answeredByHand(): Promise<{ peer: Peer; response: Promise<ServerResponse> }> {
  let begin: (response: ServerResponse) => void = () => undefined;
  const response = new Promise<ServerResponse>((resolve) => {
    begin = resolve;
  });
  return { peer: await Peer.http((_, answer) => begin(answer)), response };
}

async function textOf(response: UpstreamResponse): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const bytes of response.body) parts.push(bytes);
  return Buffer.concat(parts).toString();
}

describe('Connection', () => {
  forbidUnhandledRejections();
  afterEach(async () => {
    mock.timers.reset();
    await Promise.all(peers.map((peer) => peer.close()));
    peers = [];
  });

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
      peers = [];
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

  describe('time limits', () => {
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

  describe('sockets', () => {
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
