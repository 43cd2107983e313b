/** How long another caller waits while the gateway reads a body that is made to cost much, or a large honest one. */
import { Agent, request } from 'node:http';
import { brotliCompressSync } from 'node:zlib';
import { KEY, selfHostedGateway, type Target, type Upstream } from './targets.js';

export interface CostlyBody {
  readonly name: string;
  /** As it is sent, in bytes. */
  readonly bytes: number;
  readonly status: number;
  /** The longest wait of another caller meanwhile: the best of a few rounds, in ms. */
  readonly otherWaitedMs: number;
}

interface Body {
  readonly name: string;
  readonly content: Buffer;
  readonly encoding?: string;
}

const ROUNDS = 5;
const chat = (fields: object) =>
  Buffer.from(
    JSON.stringify({ model: 'GLM-4.5', messages: [{ role: 'user', content: 'sim:say(ok)' }], ...fields }),
  );
const saying = (content: unknown) => chat({ messages: [{ role: 'user', content }] });

function bodies(): Body[] {
  const objects = `[${'{},'.repeat(3_300_000)}{}]`;
  const names = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`name${n}`, n]));
  return [
    { name: '10 MB of empty objects in brotli', content: brotliCompressSync(objects), encoding: 'br' },
    { name: '1 MB of empty objects', content: Buffer.from(`${objects.slice(0, 999_999)}{}]`) },
    { name: '100,000 member names', content: chat({ metadata: names }) },
    { name: '99,000 parts of a message', content: saying(Array(99_000).fill('a')) },
    { name: 'a message of 1 MB', content: saying(`sim:say(ok) ${'x '.repeat(490_000)}`) },
    { name: 'a message of 10 MB', content: saying(`sim:say(ok) ${'x '.repeat(4_900_000)}`) },
  ];
}

export async function costlyBodies(upstream: Upstream, node: string): Promise<CostlyBody[]> {
  const gateway = await selfHostedGateway(`${upstream.url}/v1`, node);
  const agent = new Agent({ keepAlive: true });
  try {
    const results: CostlyBody[] = [];
    for (const body of bodies()) results.push(await measure(gateway, body, agent));
    return results;
  } finally {
    agent.destroy();
    await gateway.stop();
  }
}

async function measure(gateway: Target, body: Body, agent: Agent): Promise<CostlyBody> {
  let status = 0;
  let otherWaitedMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const other = new OtherCaller(gateway.url, agent);
    status = await post(gateway.url, body);
    otherWaitedMs = Math.min(otherWaitedMs, await other.stop());
  }
  return { name: body.name, bytes: body.content.length, status, otherWaitedMs };
}

/** Asks for the health again and again. */
class OtherCaller {
  #stopped = false;
  #longest = 0;
  readonly #done: Promise<void>;

  constructor(url: string, agent: Agent) {
    this.#done = this.#ask(new URL('/healthz', url), agent);
  }

  async stop(): Promise<number> {
    this.#stopped = true;
    await this.#done;
    return this.#longest;
  }

  async #ask(url: URL, agent: Agent): Promise<void> {
    while (!this.#stopped) {
      const asked = performance.now();
      await new Promise<void>((resolve, reject) => {
        request(url, { agent }, (response) => response.resume().once('end', resolve))
          .once('error', reject)
          .end();
      });
      this.#longest = Math.max(this.#longest, performance.now() - asked);
    }
  }
}

function post(url: string, { content, encoding }: Body): Promise<number> {
  const headers = {
    authorization: `Bearer ${KEY}`,
    'content-type': 'application/json',
    'content-length': content.length,
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
  };
  return new Promise((resolve, reject) => {
    request(new URL('/v1/chat/completions', url), { method: 'POST', headers, agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    })
      .once('error', reject)
      .end(content);
  });
}

export function describeCostlyBody({ name, bytes, status, otherWaitedMs }: CostlyBody): string {
  return `${name} (${bytes} bytes sent, ${status}): another caller waited ${otherWaitedMs.toFixed(1)} ms at most`;
}
