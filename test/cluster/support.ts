import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { type Cluster, type Part, startCluster } from '../../scripts/cluster.mjs';
import { type SimulatedRequest, type Simulator, startSimulator } from '../../src/simulator/server.js';
import { builtMain } from '../support/build.js';
import type { Json } from '../support/gateway.js';
import { needs } from '../support/redis.js';

export { builtMain };

const PASSWORD = 'password-of-the-dashboard';
const PREFIX = 'ztoapi:v1:';
/** Limit for one request and its answer. */
const PATIENCE_MS = 90_000;
const NAMES = ['ann', 'bob', 'cat', 'dan', 'eve'];

/** Keys have the form `key-of-NAME`; the public key is `key-of-all`. Without limits unless `env` sets them. */
export function gatewayEnvironment(simulator: Pick<Simulator, 'url'>, env: Record<string, string> = {}) {
  return {
    UPSTREAM_URL: `${simulator.url}/api/chat/completions`,
    // Overrides variables of this machine.
    ZAI_TOKEN: '',
    METRICS_PORT: '',
    REDIS_PREFIX: PREFIX,
    REDIS_SENTINELS: '',
    DEFAULT_KEY: 'key-of-all',
    API_KEYS: NAMES.map((name) => `${name}:key-of-${name}`).join(','),
    RATE_LIMIT: '0',
    PUBLIC_RATE_LIMIT: '0',
    PUBLIC_RATE_LIMIT_TOTAL: '0',
    DASHBOARD_PASSWORD: PASSWORD,
    LOG_LEVEL: 'info',
    ...env,
  };
}

export class Rig {
  simulator!: Simulator;
  cluster!: Cluster;
  /** A connection to Redis beside those of the gateways. */
  redis!: Redis;
  readonly lines: string[] = [];

  async start(env: Record<string, string>): Promise<void> {
    this.simulator = await startSimulator({ paceMs: 0 });
    this.cluster = await startCluster({
      replicas: 3,
      main: builtMain(),
      env: gatewayEnvironment(this.simulator, env),
      onLine: (part, line) => this.lines.push(`${part}: ${line}`),
    });
    this.redis = new Redis(this.cluster.redis.url, { maxRetriesPerRequest: null });
    this.redis.on('error', () => undefined);
    await eventually(async () => {
      for (const gateway of this.gateways) {
        expect((await this.stats(gateway)).replicas, 'replicas seen').to.have.length(3);
      }
    });
  }

  async stop(): Promise<void> {
    this.redis?.disconnect();
    await this.cluster?.stop();
    await this.simulator?.close();
  }

  get gateways(): Part[] {
    return this.cluster.gateways;
  }

  /** Asks through the balancer, or the address in `at`. */
  ask(question: string, options: AskOptions = {}): Promise<Reply> {
    return ask(options.at ?? this.cluster.url, question, options);
  }

  async stats(gateway: Part): Promise<Json> {
    return this.#dashboard(gateway, 'stats');
  }

  async list(gateway: Part): Promise<Json[]> {
    return this.#dashboard(gateway, 'requests');
  }

  /** Ids of all requests kept in Redis: 1,000 at most. */
  async recorded(): Promise<string[]> {
    const lines = await this.redis.lrange(`${PREFIX}{stats}:requests`, 0, -1);
    return lines.map((line) => JSON.parse(line).requestId);
  }

  /** Waits until every replica shows this total, and still shows it after two more writes. */
  async showsTotal(total: number): Promise<Json[]> {
    const read = async () => {
      const all = await Promise.all(this.gateways.map((gateway) => this.stats(gateway)));
      expect(all.map((stats) => stats.TotalRequests)).to.deep.equal(this.gateways.map(() => total));
      return all;
    };
    await eventually(read);
    await sleep(600);
    return read();
  }

  /** The simulator's requests for these request ids. */
  upstream(ids: Iterable<string>): SimulatedRequest[] {
    const wanted = new Set(ids);
    return this.simulator.requests.filter(
      ({ path, headers }) => path.includes('/chat/') && wanted.has(String(headers['x-request-id'])),
    );
  }

  /** The guest tokens that the upstream saw with these requests, in no order. */
  tokens(...replies: Reply[]): string[] {
    return this.upstream(replies.map(({ id }) => id)).map(bearerOf);
  }

  spares(): Promise<string[]> {
    return this.redis.zrange(`${PREFIX}{spares}`, '0', '-1');
  }

  /** Removes and returns all spare tokens. */
  async takeSpares(): Promise<string[]> {
    const key = `${PREFIX}{spares}`;
    const [spares] = (await this.redis.multi().zrange(key, '0', '-1').del(key).exec()) ?? [];
    return (spares?.[1] ?? []) as string[];
  }

  /** Expects that every replica has answered some of these. */
  areOfAll(replies: readonly Reply[]): void {
    const replicas = new Set(replies.map(replicaOf));
    expect([...replicas]).to.include.members(this.gateways.map(({ name }) => name));
  }

  async #dashboard(gateway: Part, page: string): Promise<Json> {
    const authorization = `Basic ${Buffer.from(`team:${PASSWORD}`).toString('base64')}`;
    const { status, text } = await send(`${gateway.url}/dashboard/${page}`, { headers: { authorization } });
    expect(status, text).to.equal(200);
    return JSON.parse(text);
  }
}

/** The rig of a suite, which is skipped if redis-server or haproxy is not installed. */
export function useRig(env: Record<string, string> = {}): Rig {
  const rig = new Rig();
  before(async function () {
    needs(this, 'redis-server', 'haproxy');
    await rig.start(env);
  });
  after(async () => {
    await rig.stop();
  });
  return rig;
}

export interface AskOptions {
  /** The caller's name; the key is `key-of-NAME`. */
  key?: string;
  at?: string;
  /** The address to call from. */
  from?: string;
  headers?: Record<string, string>;
  messages?: { role: string; content: string }[];
  stream?: boolean;
  onBegin?: () => void;
  /** The client leaves when it aborts. */
  signal?: AbortSignal;
}

export interface Reply {
  readonly id: string;
  /** 0 without a response. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Number of network reads of the answer. */
  readonly reads: number;
  /** The socket's error, `undefined` when the HTTP response is complete. */
  readonly error: string | undefined;
  /** `Date.now()` when it began and when it was over. */
  readonly startedAt: number;
  readonly endedAt: number;
}

let asked = 0;

/** Posts one question and reads the whole answer over a connection of its own. Never rejects. */
export function ask(url: string, question: string, options: AskOptions = {}): Promise<Reply> {
  const { key = 'ann', messages = [{ role: 'user', content: question }], stream = false } = options;
  const body = JSON.stringify({ model: 'GLM-4.5', messages, stream });
  asked += 1;
  return send(`${url}/v1/chat/completions`, {
    ...options,
    body,
    headers: {
      'x-request-id': `ask-${asked}`,
      authorization: `Bearer key-of-${key}`,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...options.headers,
    },
  });
}

interface SendOptions extends Pick<AskOptions, 'from' | 'onBegin' | 'signal'> {
  headers?: Record<string, string>;
  body?: string;
}

/** Sends a POST with the body, or a GET without one. */
export function send(
  url: string,
  { headers = {}, body, from, onBegin, signal }: SendOptions = {},
): Promise<Reply> {
  const id = headers['x-request-id'] ?? '';
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let reads = 0;
    const startedAt = Date.now();
    const head: Pick<Reply, 'status' | 'headers'> = { status: 0, headers: {} };
    const end = (error?: string) =>
      resolve({
        id,
        ...head,
        text: Buffer.concat(parts).toString(),
        reads,
        error,
        startedAt,
        endedAt: Date.now(),
      });
    const agent = new Agent({ keepAlive: false });
    const method = body === undefined ? 'GET' : 'POST';
    const more = { ...(from ? { localAddress: from } : {}), ...(signal ? { signal } : {}) };
    const call = request(url, { method, headers, agent, ...more });
    const timer = setTimeout(() => call.destroy(new Error(`no end within ${PATIENCE_MS} ms`)), PATIENCE_MS);
    call.once('close', () => clearTimeout(timer));
    call.on('error', (error) => end(error.message));
    call.on('response', (response) => {
      Object.assign(head, { status: response.statusCode, headers: response.headers });
      if (onBegin) response.once('data', () => onBegin());
      let reading = false;
      response.on('data', (part: Buffer) => {
        parts.push(part);
        if (reading) return;
        reading = true;
        reads += 1;
        setImmediate(() => {
          reading = false;
        });
      });
      response.on('error', (error) => end(error.message));
      response.on('end', () => end(response.complete ? undefined : 'the response was cut'));
    });
    if (body === undefined) call.end();
    else call.end(body);
  });
}

/** The replica that answered, according to HAProxy. */
export function replicaOf({ headers }: Reply): string | undefined {
  return headers['x-replica'] as string | undefined;
}

/** Whether the answer is complete: by HTTP and, for a stream, by its protocol. */
export function isWhole({ status, text, error }: Reply): boolean {
  if (status !== 200 || error !== undefined) return false;
  // Comments of a stream that waits come first.
  if (!/^(data)?: /.test(text)) return JSON.parse(text).choices[0].finish_reason === 'stop';
  return text.endsWith('data: [DONE]\n\n') && text.includes('"finish_reason":"stop"');
}

/** One line for each reply that is not a whole answer: what a failed assertion shows. */
export function faults(replies: readonly Reply[]): string[] {
  return replies
    .filter((reply) => !isWhole(reply))
    .map(({ id, status, text, error }) => `${id}: ${status} ${error ?? ''} ${text.slice(-200)}`);
}

/** Pause of a client of `Load` after an answer. Without it they leave no CPU time to what the test is about. */
const PAUSE_MS = 50;

/** Clients that each send one request after the other until they are stopped. */
export class Load {
  readonly replies: Reply[] = [];
  #going = true;
  readonly #workers: Promise<void>[];

  constructor(ask: (turn: number) => Promise<Reply>, workers: number) {
    let turn = 0;
    this.#workers = Array.from({ length: workers }, async () => {
      while (this.#going) {
        turn += 1;
        this.replies.push(await ask(turn));
        await sleep(PAUSE_MS);
      }
    });
  }

  /** Resolves with the answers to requests from now on, once there are this many. */
  async answers(many: number): Promise<Reply[]> {
    const since = Date.now();
    return eventually(async () => {
      const answers = this.replies.filter(({ startedAt }) => startedAt > since);
      expect(answers.length, 'answers').to.be.at.least(many);
      return answers;
    });
  }

  /** Resolves when the last answer is there. */
  async stop(): Promise<Reply[]> {
    this.#going = false;
    await Promise.all(this.#workers);
    return this.replies;
  }
}

/** Repeats `check` until it succeeds. Rejects with its last error after `ms`. */
export async function eventually<T>(check: () => Promise<T>, ms = 60_000): Promise<T> {
  const until = Date.now() + ms;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until) throw error;
    }
    await sleep(25);
  }
}

/** The token that came with a request; empty where there was none. */
export function bearerOf({ headers }: Pick<SimulatedRequest, 'headers'>): string {
  return headers.authorization?.replace(/^Bearer /, '') ?? '';
}

/** How often each value occurs. */
export function tally<T>(values: Iterable<T>): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
