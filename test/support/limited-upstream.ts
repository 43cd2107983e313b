/** An OpenAI-compatible upstream that answers only so many requests at a time, and refuses the others with Z.ai's 1302. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const CHUNK = { id: 'a', object: 'chat.completion.chunk' };
const COMPLETION = {
  type: 'text/event-stream',
  text: [
    { ...CHUNK, choices: [{ index: 0, delta: { role: 'assistant', content: 'done' } }] },
    { ...CHUNK, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
  ]
    .map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
    .concat('data: [DONE]\n\n')
    .join(''),
};
const VECTORS = {
  type: 'application/json',
  text: '{"data":[],"usage":{"prompt_tokens":3,"total_tokens":3}}',
};

export class LimitedUpstream {
  calls = 0;
  refused = 0;
  inFlight = 0;
  mostInFlight = 0;
  /** Milliseconds during which that many answers ran. */
  readonly busyMs: number[] = [];
  #since = performance.now();
  readonly #server: Server = createServer((req, res) => void this.#answer(req, res));

  /** @param slots How many requests it admits. */
  constructor(public slots: number) {}

  /** Base address, for UPSTREAM_URL. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.method !== 'POST') {
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify({ object: 'list', data: [{ id: 'glm-4.6', object: 'model' }] }));
      return;
    }
    let body = '';
    for await (const chunk of req) body += chunk;
    this.calls += 1;
    if (this.inFlight >= this.slots) {
      this.refused += 1;
      res.writeHead(429, { 'content-type': 'application/json' });
      res.end(JSON.stringify({ error: { code: '1302', message: 'Rate limit reached for requests' } }));
      return;
    }
    this.#change(1);
    const ms = Number(/ms=(\d+)/.exec(body)?.[1] ?? 50);
    const timer = setTimeout(() => {
      const { type, text } = req.url?.endsWith('/chat/completions') ? COMPLETION : VECTORS;
      res.writeHead(200, { 'content-type': type });
      // The slot is free when the gateway can know it, not later.
      this.#change(-1);
      res.end(text);
    }, ms);
    res.once('close', () => {
      if (res.writableEnded) return;
      clearTimeout(timer);
      this.#change(-1);
    });
  }

  #change(by: number): void {
    const now = performance.now();
    this.busyMs[this.inFlight] = (this.busyMs[this.inFlight] ?? 0) + now - this.#since;
    this.#since = now;
    this.inFlight += by;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
  }
}
