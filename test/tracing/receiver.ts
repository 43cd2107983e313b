/** An OTLP receiver: a real HTTP server that decodes what is posted to `/v1/traces`. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { readSpans, type Span } from './otlp.js';

export class Receiver {
  readonly spans: Span[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  /** Everything that arrived, undecoded. */
  readonly bodies: Buffer[] = [];
  /** The status of further answers; 0: none is given. */
  status = 200;
  #waiting: (() => void)[] = [];

  private constructor(private readonly server: Server) {}

  static async start(port = 0): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', async (req, res) => {
      const parts: Buffer[] = [];
      for await (const part of req) parts.push(part);
      const sent = Buffer.concat(parts);
      const body = req.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
      receiver.headers.push(req.headers);
      receiver.bodies.push(body);
      if (receiver.status === 200 && req.url === '/v1/traces') {
        receiver.spans.push(...readSpans(req.headers['content-type'] ?? '', body));
      }
      for (const wake of receiver.#waiting.splice(0)) wake();
      if (receiver.status !== 0) res.writeHead(receiver.status).end();
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The spans of a trace once its server span is there. */
  async trace(matches: (server: Span) => boolean): Promise<Trace> {
    for (;;) {
      const server = this.spans.find((span) => span.kind === 2 && matches(span));
      if (server) return new Trace(server, this.spans);
      await this.news();
    }
  }

  /** The next export. */
  news(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** One request's spans. */
export class Trace {
  constructor(
    readonly server: Span,
    private readonly all: readonly Span[],
  ) {}

  /** Children of the server's span in the order in which they began. */
  get children(): Span[] {
    return this.all
      .filter(({ parentSpanId }) => parentSpanId === this.server.spanId)
      .sort((one, other) => one.startMs - other.startMs);
  }

  get names(): string[] {
    return this.children.map(({ name }) => name);
  }

  get attempts(): Span[] {
    return this.children.filter(({ kind }) => kind === 3);
  }
}
