/** Gateways on one Redis in this process, in front of a simulator that counts every token itself. */

import { loadConfig } from '../../src/config/config.js';
import { type Gateway, startGateway } from '../../src/lifecycle.js';
import { createLogger } from '../../src/logger.js';
import { type Simulator, startSimulator } from '../../src/simulator/server.js';
import { type Json, jsonOf } from '../support/gateway.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { ADMIN, newKey } from '../support/team.js';

const TOKEN = 'token-of-the-upstream';

export interface Reply {
  readonly status: number;
  readonly body: Json;
  readonly code: string | undefined;
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
  ) {
    simulator.on('request', () => {
      if (this.used >= this.#budget) this.begunLate += 1;
    });
  }

  static async start(replicas: number, paceMs = 0): Promise<BudgetCluster> {
    const redis = await startRedis('--appendonly', 'yes', '--appendfsync', 'always');
    const simulator = await startSimulator({ paceMs, promptCache: true });
    const config = loadConfig({
      HOST: '127.0.0.1',
      PORT: '0',
      DEFAULT_KEY: 'key-of-the-public',
      RATE_LIMIT: '0',
      ADMIN_PASSWORD: ADMIN,
      REDIS_URL: redis.url,
      UPSTREAM_URL: `${simulator.url}/api/paas/v4`,
      ZAI_TOKEN: TOKEN,
      LOG_LEVEL: 'silent',
    });
    const gateways: Gateway[] = [];
    for (let index = 0; index < replicas; index += 1)
      gateways.push(await startGateway(config, { log: createLogger(config) }));
    return new BudgetCluster(redis, simulator, gateways);
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
    this.#made += 1;
    const budgets = [{ tokens, period: 'total', hard }];
    const { key } = await newKey(this.url(0), { member: `member-${this.#made}`, budgets });
    this.begunLate = 0;
    this.#usedBefore += this.used;
    this.#budget = tokens;
    return key;
  }

  async ask(number: number, key: string, question: string, more: object = {}): Promise<Reply> {
    const response = await fetch(`${this.url(number)}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'glm-4.6', messages: [{ role: 'user', content: question }], ...more }),
    });
    const body = await jsonOf(response);
    return { status: response.status, body, code: body.error?.code };
  }

  /** Reads a little of a streamed answer, and leaves. */
  async leave(number: number, key: string, question: string, more: object): Promise<void> {
    const controller = new AbortController();
    const response = await fetch(`${this.url(number)}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content: question }], stream: true, ...more }),
      signal: controller.signal,
    });
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
