/** An upstream on a real port that does only what the test tells it, step by step, in both forms of the protocol. */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The paths by which the gateway recognizes the forms. */
export const FORMS = { 'web chat': '/api/chat/completions', 'openai-compatible': '/api/paas/v4' } as const;
export type Form = keyof typeof FORMS;
export const FORM_NAMES = Object.keys(FORMS) as Form[];

export class StepUpstream {
  readonly #server: Server;
  readonly #waiting: ((answer: StepAnswer) => void)[] = [];

  private constructor(private readonly form: Form) {
    this.#server = createServer({ highWaterMark: 64 * 1024, keepAliveTimeout: 60_000 }, (request, response) =>
      request.resume().once('end', () => this.#serve(request.method, response)),
    );
  }

  static async start(form: Form): Promise<StepUpstream> {
    const upstream = new StepUpstream(form);
    upstream.#server.listen(0, '127.0.0.1');
    await once(upstream.#server, 'listening');
    return upstream;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The value for UPSTREAM_URL. */
  get url(): string {
    return `http://${this.host}${FORMS[this.form]}`;
  }

  /** Resolves with the next requested answer. */
  asked(): Promise<StepAnswer> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(method: string | undefined, response: ServerResponse): void {
    // The only other request is the one for a guest token.
    if (method === 'GET') return void response.end('{"token":"guest-token"}');
    response.setHeader('content-type', 'text/event-stream');
    const take = this.#waiting.shift();
    if (take === undefined) throw new Error('nobody waits for this answer');
    take(new StepAnswer(response, this.form));
  }
}

export class StepAnswer {
  constructor(
    readonly response: ServerResponse,
    readonly form: Form,
  ) {}

  /** Each event a chunk of its own, as servers send them, all in one write of the socket: one read for the gateway. */
  send(...payloads: readonly string[]): void {
    const { socket } = this.response;
    socket?.cork();
    for (const payload of payloads) this.response.write(frame(payload));
    socket?.uncork();
  }

  /** The events that end an answer. */
  get ending(): string[] {
    const last =
      this.form === 'web chat'
        ? { type: 'chat:completion', data: { done: true, delta_content: '', phase: 'done' } }
        : { id: 'x', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
    return [JSON.stringify(last), '[DONE]'];
  }

  /** The last events, and the end of the body in the same write. */
  sendLast(...payloads: readonly string[]): void {
    this.response.end([...payloads, ...this.ending].map(frame).join(''));
  }

  /** Writes the bytes; resolves when the socket accepts more. */
  async pour(bytes: Uint8Array): Promise<void> {
    if (!this.response.write(bytes)) await once(this.response, 'drain');
  }
}

export function frame(payload: string): string {
  return `data: ${payload}\n\n`;
}

/** One event with a piece of the answer. */
export function delta(form: Form, text: string): string {
  return form === 'web chat'
    ? JSON.stringify({ type: 'chat:completion', data: { delta_content: text, phase: 'answer' } })
    : JSON.stringify({ id: 'x', choices: [{ index: 0, delta: { content: text }, finish_reason: null }] });
}

const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };

/** An event without visible content. */
export function usageOf(form: Form): string {
  return form === 'web chat'
    ? JSON.stringify({ type: 'chat:completion', data: { usage, phase: 'other' } })
    : JSON.stringify({ id: 'x', choices: [], usage });
}
