/** A gateway in front of a stepwise upstream, clients of every protocol, and access to the gateway's own connections. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { KEY, Rig, type RigOptions } from '../support/gateway.js';
import { type Form, StepUpstream } from './upstream.js';

/** The request for a streamed answer in each protocol, and the end of its stream. */
export const PROTOCOLS = {
  'chat completions': {
    path: '/v1/chat/completions',
    ask: (text: string) => ({ messages: [{ role: 'user', content: text }] }),
    end: 'data: [DONE]\n\n',
  },
  messages: {
    path: '/v1/messages',
    ask: (text: string) => ({ max_tokens: 1_000, messages: [{ role: 'user', content: text }] }),
    end: 'event: message_stop\n',
  },
  responses: {
    path: '/v1/responses',
    ask: (text: string) => ({ input: text }),
    end: 'event: response.completed\n',
  },
  'legacy completions': {
    path: '/v1/completions',
    ask: (text: string) => ({ prompt: text }),
    end: 'data: [DONE]\n\n',
  },
} as const;
export type Protocol = keyof typeof PROTOCOLS;
export const PROTOCOL_NAMES = Object.keys(PROTOCOLS) as Protocol[];

/** Starts gateway and upstream before the suite's tests, and stops them after. */
export function useSteps(form: Form, options: Omit<RigOptions, 'form'> = {}) {
  const parts = { rig: new Rig(), upstream: undefined as unknown as StepUpstream };
  before(async () => {
    parts.upstream = await StepUpstream.start(form);
    const { env, ...rest } = options;
    await parts.rig.start({
      ...rest,
      env: { UPSTREAM_URL: parts.upstream.url, LOG_LEVEL: 'silent', ...env },
    });
  });
  after(async () => {
    await parts.rig.stop();
    await parts.upstream.close();
  });
  return parts;
}

/** The client keeps only the last part of an answer, so that memory measurements show the gateway's share. */
const KEPT = 16 * 1024;

/** A client in this process that reads a streamed answer. */
export class StreamClient {
  tail = '';
  bytes = 0;
  ended = false;
  #wake: () => void = () => undefined;

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('latin1');
    response.on('data', (text: string) => {
      this.bytes += text.length;
      this.tail = (this.tail + text).slice(-KEPT);
      this.#wake();
    });
    response.on('end', () => {
      this.ended = true;
      this.#wake();
    });
    response.on('close', () => this.#wake());
    response.on('error', () => undefined);
  }

  /** Resolves when the answer has begun. */
  static ask(rig: Rig, protocol: Protocol, fields: object = {}): Promise<StreamClient> {
    const { path, ask } = PROTOCOLS[protocol];
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port: rig.port, path, method: 'POST', headers, agent: false })
        .on('response', (response) => resolve(new StreamClient(response)))
        .on('error', reject)
        .end(JSON.stringify({ model: 'GLM-4.5', stream: true, ...ask('hello'), ...fields }));
    });
  }

  /** Resolves when the text has arrived. */
  has(text: string): Promise<void> {
    return this.#until(() => this.tail.includes(text));
  }

  /** Resolves with the end of the answer. */
  whole(): Promise<void> {
    return this.#until(() => this.ended);
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.response.closed) throw new Error(`the answer is over after: ${this.tail}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** One response on the gateway's side. */
export interface Leaving {
  readonly response: ServerResponse;
  readonly socket: Socket;
  /** The content of each write to the socket. */
  readonly writes: string[];
  /** Number of texts passed to the response. */
  texts: number;
}

/** The next request that the gateway gets. To be called before it is sent. */
export function nextLeaving(port: number): Promise<Leaving> {
  return nextOn('http.server.request.start', ({ response, socket }: Started) => {
    if (socket.localPort !== port) return undefined;
    const leaving: Leaving = { response, socket, writes: [], texts: 0 };
    tapSocket(socket, leaving.writes);
    for (const name of ['write', 'end'] as const) {
      const original = response[name];
      response[name] = ((...args: unknown[]) => {
        if (typeof args[0] === 'string' || args[0] instanceof Uint8Array) leaving.texts += 1;
        return Reflect.apply(original, response, args);
      }) as never;
    }
    return leaving;
  });
}

/** The next request that the gateway makes of this upstream's answers. To be called before it is made. */
export function nextAsking({ host }: StepUpstream): Promise<ClientRequest> {
  return nextOn('http.client.request.start', ({ request: made }: { request: ClientRequest }) =>
    made.getHeader('host') === host && made.method === 'POST' ? made : undefined,
  );
}

interface Started {
  response: ServerResponse;
  socket: Socket;
}

/** Node publishes every request on a diagnostics channel, so tests need no part of the gateway. */
function nextOn<Message, T>(channel: string, look: (message: Message) => T | undefined): Promise<T> {
  return new Promise((resolve) => {
    const listen = (message: unknown) => {
      const found = look(message as Message);
      if (found === undefined) return;
      unsubscribe(channel, listen);
      resolve(found);
    };
    subscribe(channel, listen);
  });
}

/** Each call of these methods is one system call. */
function tapSocket(socket: Socket, writes: string[]): void {
  const { _write: one, _writev: many } = socket;
  socket._write = (chunk, encoding, done) => {
    writes.push(String(chunk));
    one.call(socket, chunk, encoding, done);
  };
  socket._writev = (chunks, done) => {
    writes.push(chunks.map(({ chunk }) => String(chunk)).join(''));
    many?.call(socket, chunks, done);
  };
}
