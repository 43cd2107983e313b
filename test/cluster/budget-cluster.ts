/** Gateways on one Redis, in this process or their own, in front of a simulator that counts every token itself. */
import { Redis } from 'ioredis';
import { loadConfig } from '../../src/config/config.js';
import { type Gateway, startGateway } from '../../src/lifecycle.js';
import { createLogger } from '../../src/logger.js';
import { type Simulator, startSimulator } from '../../src/simulator/server.js';
import { Keys } from '../../src/store/redis/keys.js';
import { builtMain } from '../support/build.js';
import { type Json, jsonOf } from '../support/gateway.js';
import { type Program, startNode } from '../support/processes.js';
import { type RedisServer, startRedis, until } from '../support/redis.js';
import { ADMIN, newKey } from '../support/team.js';

const TOKEN = 'token-of-the-upstream';

/** Dollars per token: of input, of cached input, and of output. */
export const PRICES: Readonly<Record<string, readonly [number, number, number]>> = {
  'glm-4.6': [6e-7, 1.1e-7, 2.2e-6],
  'glm-5': [1e-6, 2e-7, 3.2e-6],
  'glm-4.5-air': [2e-7, 3e-8, 1.1e-6],
};

function readPrices(): string {
  const entries = Object.entries(PRICES).map(([model, [input, cached, output]]) => [
    model,
    {
      input_cost_per_token: input,
      cache_read_input_token_cost: cached,
      output_cost_per_token: output,
    },
  ]);
  return JSON.stringify(Object.fromEntries(entries));
}

export interface Reply {
  readonly status: number;
  readonly body: Json;
  readonly code: string | undefined;
  /** `x-response-cost` */
  readonly cost: string | undefined;
}

export function post(
  url: string,
  key: string,
  question: string,
  more: object,
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content: question }], ...more }),
    ...(signal ? { signal } : {}),
  });
}

export class BudgetCluster {
  /** Requests that reached the upstream after it had counted the whole budget. */
  begunLate = 0;
  #budget = Number.POSITIVE_INFINITY;
  #usedBefore = 0;
  #made = 0;

  private constructor(
    readonly redis: RedisServer,
    readonly simulator: Simulator,
    readonly gateways: readonly Gateway[],
    private readonly environment: Readonly<Record<string, string>>,
  ) {
    simulator.on('request', () => {
      if (this.used >= this.#budget) this.begunLate += 1;
    });
  }

  /** @param more Variables of the gateways */
  static async start(replicas: number, more: Record<string, string> = {}): Promise<BudgetCluster> {
    const redis = await startRedis('--appendonly', 'yes', '--appendfsync', 'always');
    const simulator = await startSimulator({ paceMs: 0, promptCache: true });
    const environment = {
      HOST: '127.0.0.1',
      PORT: '0',
      DEFAULT_KEY: 'key-of-the-public',
      RATE_LIMIT: '0',
      ADMIN_PASSWORD: ADMIN,
      REDIS_URL: redis.url,
      UPSTREAM_URL: `${simulator.url}/api/paas/v4`,
      ZAI_TOKEN: TOKEN,
      LOG_LEVEL: 'silent',
      ...more,
    };
    const config = loadConfig({ ...environment, PRICES: 'prices.json' }, { readText: readPrices });
    const gateways: Gateway[] = [];
    for (let index = 0; index < replicas; index += 1)
      gateways.push(await startGateway(config, { log: createLogger(config) }));
    return new BudgetCluster(redis, simulator, gateways, environment);
  }

  /** Starts one more gateway, as a process that can be killed. */
  async startProcess(): Promise<{ readonly url: string; readonly program: Program }> {
    const env = { PATH: process.env.PATH, ...this.environment, DEBUG_MODE: 'false', LOG_LEVEL: 'info' };
    const program = startNode([builtMain()], { env });
    const [, url = ''] = await program.until(/listens on (http:\S+?);/);
    return { url: url.replace('localhost', '127.0.0.1'), program };
  }

  /** Resolves when each replica has announced itself since the last one has started: then it knows how many there are. */
  async replicasKnown(): Promise<void> {
    const client = new Redis(this.redis.url);
    const read = async () => {
      const lines = await client.hvals(new Keys('ztoapi:v1:').replicas());
      return lines.map((line) => Number.parseInt(line, 10)).sort((one, other) => one - other);
    };
    try {
      const last = (await read()).at(-1) ?? 0;
      await until(async () => {
        const seen = await read();
        return seen.length === this.gateways.length && (seen[0] ?? 0) > last;
      });
    } finally {
      client.disconnect();
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.gateways.map((gateway) => gateway.close()));
    await this.simulator.close();
    await this.redis.stop('SIGTERM');
  }

  /** Tokens that the upstream has counted for the present key. */
  get used(): number {
    const { inputTokens, outputTokens } = this.simulator.account(TOKEN).tally;
    return inputTokens + outputTokens - this.#usedBefore;
  }

  get maxInFlight(): number {
    return this.simulator.account(TOKEN).maxInFlight;
  }

  url(number: number): string {
    const gateway = this.gateways[number % this.gateways.length];
    if (gateway === undefined) throw new Error('no gateway');
    return gateway.url;
  }

  /** Makes a key whose traffic is counted from now on. */
  async keyWith(tokens: number, hard = false): Promise<string> {
    const key = await this.#newKey({ tokens, period: 'total', hard });
    this.#budget = tokens;
    return key;
  }

  async keyWithMoney(money: number): Promise<string> {
    const key = await this.#newKey({ money, currency: 'USD', period: 'total' });
    this.#budget = Number.POSITIVE_INFINITY;
    return key;
  }

  async #newKey(budget: object): Promise<string> {
    this.#made += 1;
    const budgets = [budget];
    const { key } = await newKey(this.url(0), { member: `member-${this.#made}`, budgets });
    this.begunLate = 0;
    this.#usedBefore += this.used;
    return key;
  }

  async ask(number: number, key: string, question: string, more: object = {}): Promise<Reply> {
    const response = await post(this.url(number), key, question, { model: 'glm-4.6', ...more });
    const body = await jsonOf(response);
    const cost = response.headers.get('x-response-cost') ?? undefined;
    return { status: response.status, body, code: body.error?.code, cost };
  }

  /** Reads a little of a streamed answer, and leaves. */
  async leave(number: number, key: string, question: string, more: object): Promise<void> {
    const controller = new AbortController();
    const response = await post(
      this.url(number),
      key,
      question,
      { stream: true, ...more },
      controller.signal,
    );
    const reader = response.body?.getReader();
    for (let read = 0; read < 3; read += 1) await reader?.read();
    controller.abort();
  }

  /** @returns `undefined` while Redis is away */
  async spent(number: number, key: string): Promise<{ spent: number; reserved: number } | undefined> {
    const response = await fetch(`${this.url(number)}/v1/key`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const { budgets } = await jsonOf(response);
    return budgets?.[0]?.spent === null ? undefined : budgets?.[0];
  }
}
