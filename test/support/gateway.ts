/** A gateway in front of a simulator, both on real ports, with access to the gateway's log and records. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import OpenAI from 'openai';
import type { GatewayOptions } from '../../src/compose.js';
import { loadConfig } from '../../src/config/config.js';
import type { Environment } from '../../src/config/environment.js';
import { type Gateway, startGateway } from '../../src/lifecycle.js';
import { createLogger } from '../../src/logger.js';
import { type SimulatedRequest, type Simulator, startSimulator } from '../../src/simulator/server.js';
import type { RequestRecord } from '../../src/stats/request-record.js';

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
export type Json = any;

/** The simulator's path for each form of upstream. */
export const UPSTREAM_PATHS = {
  web: '/api/chat/completions',
  zai: '/api/paas/v4',
  'self-hosted': '/v1',
} as const;
export type UpstreamForm = keyof typeof UPSTREAM_PATHS;
export const UPSTREAM_FORMS = Object.keys(UPSTREAM_PATHS) as UpstreamForm[];

export const KEY = 'test-key-of-the-public';

export interface RigOptions {
  form?: UpstreamForm;
  env?: Environment;
  /** Where loadConfig reads from. */
  sources?: Parameters<typeof loadConfig>[1];
  simulator?: Parameters<typeof startSimulator>[0];
  gateway?: Partial<GatewayOptions>;
}

export interface AskOptions {
  headers?: Record<string, string>;
  signal?: AbortSignal;
  [field: string]: unknown;
}

export class Rig {
  readonly records: RequestRecord[] = [];
  readonly #lines: string[] = [];
  #waiting: (() => void)[] = [];
  simulator!: Simulator;
  gateway!: Gateway;
  #ids = 0;

  async start({
    form = 'web',
    env = {},
    sources = {},
    simulator = {},
    gateway = {},
  }: RigOptions): Promise<this> {
    this.simulator = await startSimulator({ paceMs: 0, ...simulator });
    const variables = {
      HOST: '127.0.0.1',
      PORT: '0',
      DEFAULT_KEY: KEY,
      // Limits have tests of their own.
      PUBLIC_RATE_LIMIT: '0',
      PUBLIC_RATE_LIMIT_TOTAL: '0',
      RATE_LIMIT: '0',
      LOG_LEVEL: 'trace',
      DEBUG_MODE: 'false',
      DATA_DIR: 'none',
      UPSTREAM_URL: `${this.simulator.url}${UPSTREAM_PATHS[form]}`,
      ...env,
    };
    const config = loadConfig(variables, sources);
    this.gateway = await startGateway(config, {
      log: createLogger(config, memory(this.#lines)),
      onFinished: (record) => this.#finished(record),
      ...gateway,
    });
    return this;
  }

  async stop(): Promise<void> {
    await this.gateway.close();
    await this.simulator.close();
  }

  get url(): string {
    return this.gateway.url;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** The whole log so far. */
  get log(): string {
    return this.#lines.join('');
  }

  /** The log's lines as objects. */
  get logLines(): Json[] {
    return this.log
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  /** The unmodified SDK, without retries of its own: tests count those of the gateway. */
  sdk(apiKey = KEY): OpenAI {
    return new OpenAI({ baseURL: `${this.url}/v1`, apiKey, maxRetries: 0 });
  }

  /** Posts one question (or whole `messages`) and does not read the answer. */
  ask(question: string, { headers = {}, signal, ...body }: AskOptions = {}): Promise<Response> {
    const messages = [{ role: 'user', content: question }];
    return this.post(JSON.stringify({ model: 'GLM-4.5', messages, ...body }), {
      headers,
      ...(signal ? { signal } : {}),
    });
  }

  post(
    body: string | Uint8Array,
    { headers = {}, ...init }: RequestInit & { headers?: Record<string, string> } = {},
  ) {
    return fetch(`${this.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
      body,
      ...init,
    });
  }

  /** The whole answer's text. */
  async say(question: string, options: AskOptions = {}): Promise<string> {
    const body = await jsonOf(await this.ask(question, { stream: false, ...options }));
    if (body.error) throw new Error(body.error.message);
    return body.choices[0].message.content;
  }

  /** A request id to find the record by. */
  newId(): string {
    this.#ids += 1;
    return `request-${this.#ids}`;
  }

  /** The record of a request, which is written when its response has ended. */
  async recordOf(response: Response | string): Promise<RequestRecord> {
    const id = typeof response === 'string' ? response : response.headers.get('x-request-id');
    return this.record(({ requestId }) => requestId === id);
  }

  /** The first record that matches; waits for it if there is none yet. */
  async record(matches: (record: RequestRecord) => boolean = () => true): Promise<RequestRecord> {
    for (;;) {
      const found = this.records.find(matches);
      if (found) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The next request that reaches the simulator's chat endpoint. */
  upstreamRequest(): Promise<SimulatedRequest> {
    return this.#next('request');
  }

  upstreamClosed(): Promise<SimulatedRequest> {
    return this.#next('close');
  }

  /** Chat requests that reached the simulator. */
  get upstreamChats(): SimulatedRequest[] {
    return this.simulator.requests.filter(({ path }) => path.includes('/chat/completions'));
  }

  #next(event: 'request' | 'close'): Promise<SimulatedRequest> {
    return new Promise((resolve) => {
      const off = this.simulator.on(event, (request) => {
        if (!request.path.includes('/chat/completions')) return;
        off();
        resolve(request);
      });
    });
  }

  #finished(record: RequestRecord): void {
    this.records.push(record);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** The rig of a suite, started before its tests and stopped after them. */
export function useGateway(options: RigOptions = {}): Rig {
  const rig = new Rig();
  before(async () => {
    await rig.start(options);
  });
  after(() => rig.stop());
  return rig;
}

export async function jsonOf(response: Response): Promise<Json> {
  return response.json();
}

/** The parsed payload of each `data: ` line; `[DONE]` as a string. */
export function dataOf(text: string): Json[] {
  return text
    .split('\n\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => (event === 'data: [DONE]' ? '[DONE]' : JSON.parse(event.slice(6))));
}

/** The text of a stream's chunks, by field of the delta. */
export function joined(chunks: Json[], field = 'content'): string {
  return chunks.map((chunk) => chunk.choices?.[0]?.delta?.[field] ?? '').join('');
}

/** A client that writes its own bytes. */
export class RawClient {
  text = '';
  readonly socket: Socket;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      this.text += bytes;
      this.#wake();
    });
    socket.on('close', () => this.#wake());
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<RawClient> {
    const socket = connect(port, host);
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  write(...lines: string[]): void {
    this.socket.write(lines.join('\r\n'));
  }

  /** A chat completion, or only its beginning: `contentLength` may promise more than `body` holds. */
  post(body: string, headers: readonly string[] = [], contentLength = Buffer.byteLength(body)): void {
    this.write(
      'POST /v1/chat/completions HTTP/1.1',
      'Host: gateway',
      'Content-Type: application/json',
      `Content-Length: ${contentLength}`,
      ...(headers.some((header) => /^(authorization|x-api-key):/i.test(header))
        ? headers
        : [`Authorization: Bearer ${KEY}`, ...headers]),
      '',
      body,
    );
  }

  /** Resolves with the received text once it matches. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.text)) {
      if (this.socket.closed) throw new Error(`The gateway closed the connection after: ${this.text}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.text;
  }

  async closed(): Promise<string> {
    if (!this.socket.closed) await once(this.socket, 'close');
    return this.text;
  }

  /** Destroys the socket. @returns `performance.now()` of that moment. */
  leave(): number {
    this.socket.destroy();
    return performance.now();
  }
}

/** The body of a chat completion as text. */
export function chatBody(question: string, fields: object = {}): string {
  return JSON.stringify({ model: 'GLM-4.5', messages: [{ role: 'user', content: question }], ...fields });
}

/** The error's body of a response that is one. */
export async function errorOf(response: Response): Promise<Json> {
  return (await jsonOf(response)).error;
}

function memory(lines: string[]): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
}
