/** A receiver of alerts on this machine. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from '../support/gateway.js';

export interface Received {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Json;
}

export class Receiver {
  readonly received: Received[] = [];
  /** How it answers; by default 200 and `{}`. */
  answer: (response: ServerResponse) => void = (response) => response.end('{}');
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const url = new URL(request.url ?? '/', 'http://receiver');
      const body = JSON.parse(Buffer.concat(parts).toString() || '{}');
      this.received.push({ path: url.pathname, query: url.searchParams, body });
      this.answer(response);
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
