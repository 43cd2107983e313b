/** The listening socket and its connections, from start to graceful shutdown. */
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Express, Request, Response } from 'express';
import type { Config } from '../config/config.js';
import type { Logger } from '../logger.js';

/** Longest time for the headers of a request to arrive. */
const HEADERS_TIMEOUT_MS = 30_000;
/** How often Node checks for requests that take too long; more often if REQUEST_TIMEOUT is shorter. */
const TIMEOUT_CHECK_MS = 5_000;
/** How long a new connection may take to send its first byte during shutdown. */
const FIRST_BYTE_MS = 250;

export class HttpServer {
  readonly #server;
  readonly #connections = new Set<Socket>();

  constructor(
    app: Express,
    { requestTimeoutMs, keepAliveTimeoutMs }: Pick<Config, 'requestTimeoutMs' | 'keepAliveTimeoutMs'>,
    log: Logger,
  ) {
    this.#server = createServer({
      keepAliveTimeout: keepAliveTimeoutMs,
      requestTimeout: requestTimeoutMs,
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
      connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_MS, requestTimeoutMs),
      ...withExpressPrototypes(app),
    });
    this.#server.on('request', app);
    // A client that sends `Expect: 100-continue` is answered by readJson, after its key was accepted.
    this.#server.on('checkContinue', app);
    this.#server.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    });
    // Such as too many open files: this is logged and open requests go on. A failed start rejects `listen`.
    this.#server.on('error', (error) => {
      if (this.#server.listening) log.error({ err: error }, 'a connection could not be accepted');
    });
  }

  /** Rejects with the listen error (`EADDRINUSE`, …). */
  listen({ port, host }: Pick<Config, 'port' | 'host'>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  /** The URL for callers on this machine: `localhost` for a wildcard or loopback address. */
  url({ host }: Pick<Config, 'host'>): string {
    const { port } = this.#server.address() as AddressInfo;
    if (['0.0.0.0', '::', '127.0.0.1', '::1'].includes(host)) return `http://localhost:${port}`;
    return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  /** Stops accepting connections. Resolves when the last one has ended. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      // Browsers open connections in advance; Node counts them as busy until they have sent something.
      const silent = setTimeout(() => {
        for (const socket of this.#connections) if (socket.bytesRead === 0) socket.destroy();
      }, FIRST_BYTE_MS);
      this.#server.close(() => {
        clearTimeout(silent);
        resolve();
      });
      this.#server.closeIdleConnections();
    });
  }

  /** Ends all connections, with their open requests. */
  cut(): void {
    this.#server.closeAllConnections();
  }
}

/**
 * Creates requests and responses with Express's prototypes. Otherwise Express would change the prototype of each, which
 * makes V8 discard its optimizations: on Node 20 a quarter of the CPU time of a chat completion.
 */
function withExpressPrototypes(app: Express) {
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse extends ServerResponse {}
  Object.setPrototypeOf(ExpressRequest.prototype, app.request);
  Object.setPrototypeOf(ExpressResponse.prototype, app.response);
  app.request = ExpressRequest.prototype as Request;
  app.response = ExpressResponse.prototype as Response;
  return { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse };
}
