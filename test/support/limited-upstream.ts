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

/** One admitted call. Times are the upstream's own, in milliseconds. */
export interface UpstreamCall {
  /** The gateway's request id. */
  readonly id: string;
  /** What the prompt says after `who=`. */
  who: string;
  readonly startedAt: number;
  /** `undefined` while it runs. */
  endedAt: number | undefined;
  /** The whole answer was sent. */
  isWhole: boolean;
}

/** A prompt may say `ms=200` (how long the answer takes), `held` (until `release`) and `who=ann`. */
export class LimitedUpstream {
  calls = 0;
  refused = 0;
  inFlight = 0;
  mostInFlight = 0;
  readonly admitted: UpstreamCall[] = [];
  /** From the end of one answer to the next request for its slot, in milliseconds. */
  readonly handOverMs: number[] = [];
  #freeSince: number[] = [];
  #held: (() => void)[] = [];
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

  /** Answers what is held. */
  release(): void {
    for (const finish of this.#held.splice(0)) finish();
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
    this.calls += 1;
    if (this.inFlight >= this.slots) {
      this.refused += 1;
      req.resume();
      res.writeHead(429, { 'content-type': 'application/json' });
      res.end(JSON.stringify({ error: { code: '1302', message: 'Rate limit reached for requests' } }));
      return;
    }
    const call = this.#begin(String(req.headers['x-request-id']));
    let timer: NodeJS.Timeout | undefined;
    res.once('close', () => {
      clearTimeout(timer);
      this.#end(call);
    });
    const body = await readText(req).catch(() => '');
    call.who = /who=(\w+)/.exec(body)?.[1] ?? '';
    if (call.endedAt !== undefined) return;
    const finish = () => {
      if (call.endedAt !== undefined) return;
      const { type, text } = req.url?.endsWith('/chat/completions') ? COMPLETION : VECTORS;
      res.writeHead(200, { 'content-type': type });
      call.isWhole = true;
      // The slot is free when the gateway can know it, not later.
      this.#end(call);
      res.end(text);
    };
    if (/\bheld\b/.test(body)) this.#held.push(finish);
    else timer = setTimeout(finish, Number(/ms=(\d+)/.exec(body)?.[1] ?? 50));
  }

  #begin(id: string): UpstreamCall {
    const startedAt = performance.now();
    const freeSince = this.#freeSince.shift();
    if (freeSince !== undefined) this.handOverMs.push(startedAt - freeSince);
    const call = { id, who: '', startedAt, endedAt: undefined, isWhole: false };
    this.admitted.push(call);
    this.#change(1);
    return call;
  }

  #end(call: UpstreamCall): void {
    if (call.endedAt !== undefined) return;
    call.endedAt = performance.now();
    this.#freeSince.push(call.endedAt);
    this.#change(-1);
  }

  #change(by: number): void {
    this.inFlight += by;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
  }
}

async function readText(req: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of req) text += chunk;
  return text;
}
