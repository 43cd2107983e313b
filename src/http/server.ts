/** The listening socket and its connections: from the first that is accepted to the last that has ended. */
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Express, Request, Response } from 'express';
import type { Config } from '../config/config.js';
import type { Logger } from '../logger.js';

/** For the headers of a request to come, at most. */
const HEADERS_TIMEOUT_MS = 30_000;
/** Node looks for requests that take too long this often, at most. */
const TIMEOUT_CHECK_MS = 5_000;
/** For what was sent just before the end to be read. */
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
      ...bornForExpress(app),
    });
    this.#server.on('request', app);
    // Who asks before it uploads is told to go on by readJson, after its key was found right.
    this.#server.on('checkContinue', app);
    this.#server.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    });
    // Out of file descriptors, say: a reason to say so, not to end what is open. A failed start is told as well.
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

  /** Where to call it from this machine: `0.0.0.0` and `::` are no addresses to call. */
  url({ host }: Pick<Config, 'host'>): string {
    const { port } = this.#server.address() as AddressInfo;
    if (['0.0.0.0', '::', '127.0.0.1', '::1'].includes(host)) return `http://localhost:${port}`;
    return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  /** Accepts nothing more; resolves when the last connection has ended. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      // Browsers open some ahead; Node takes those for busy until they have sent something.
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

  /** Ends all connections, whatever goes on there. */
  cut(): void {
    this.#server.closeAllConnections();
  }
}

/**
 * Express gives every request and response its own prototype, after which the engine has to learn each of them anew: on
 * Node 20 a quarter of what a chat completion costs. Here they are born with it, and what Express does changes nothing.
 */
function bornForExpress(app: Express) {
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse extends ServerResponse {}
  Object.setPrototypeOf(ExpressRequest.prototype, app.request);
  Object.setPrototypeOf(ExpressResponse.prototype, app.response);
  app.request = ExpressRequest.prototype as Request;
  app.response = ExpressResponse.prototype as Response;
  return { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse };
}
