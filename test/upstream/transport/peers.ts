/** Servers of the test, and requests to them. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { mock } from 'node:test';
import { Worker } from 'node:worker_threads';
import {
  Connection,
  type Timeouts,
  type UpstreamResponse,
} from '../../../src/upstream/transport/connection.js';

export const PATIENT: Timeouts = {
  connectTimeoutMs: 60_000,
  firstByteTimeoutMs: 60_000,
  idleTimeoutMs: 60_000,
};

/** A server of the test, with what it saw: how many connections, and when each was closed. */
export class Peer {
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

export function get(
  url: string,
  timeouts: Partial<Timeouts> = {},
  signal?: AbortSignal,
): Promise<UpstreamResponse> {
  return new Connection({ ...PATIENT, ...timeouts }).open({ method: 'GET', url, headers: {}, signal });
}

/** Listens, but accepts nobody, and its queue is full: whoever connects now waits. */
export async function startDeafServer(): Promise<{ url: string; close(): Promise<unknown> }> {
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
export async function answeredByHand(): Promise<{ peer: Peer; response: Promise<ServerResponse> }> {
  let begin: (response: ServerResponse) => void = () => undefined;
  const response = new Promise<ServerResponse>((resolve) => {
    begin = resolve;
  });
  return { peer: await Peer.http((_, answer) => begin(answer)), response };
}

export async function textOf(response: UpstreamResponse): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const bytes of response.body) parts.push(bytes);
  return Buffer.concat(parts).toString();
}

/** Hooks of a suite that uses peers: closes them after each test, and resets mocked timers. */
export function usePeers(): void {
  afterEach(async () => {
    mock.timers.reset();
    await Promise.all(peers.map((peer) => peer.close()));
    peers = [];
  });
}
