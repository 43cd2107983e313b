/** How long a slot of the upstream stays free between two answers: two gateways that share two slots over Redis. */
import { LimitedUpstream } from '../../test/support/limited-upstream.js';
import { type Ask, load } from './load.js';
import { quantile } from './report.js';
import { KEY, limitedGateway } from './targets.js';

const SLOTS = 2;
const CALLERS_EACH = 8;
const WARM_UP_REQUESTS = 2_000;
const WARM_UP_ANSWER_MS = 1;
const REQUESTS = 600;
/** Answers of different callers differ, so that their ends do not meet. */
const MIN_ANSWER_MS = 30;

export interface HandOver {
  /** From one's end to the next one's request, as the upstream sees them, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly handOvers: number;
  /** Calls above the slots. */
  readonly refused: number;
  readonly failed: number;
  readonly problem: string | undefined;
}

export async function handOver(node: string, redisUrl: string): Promise<HandOver> {
  const upstream = await new LimitedUpstream(SLOTS).start();
  const env = { UPSTREAM_URL: upstream.url, UPSTREAM_SLOTS: String(SLOTS), REDIS_URL: redisUrl };
  const gateways = [await limitedGateway(node, env), await limitedGateway(node, env)];
  const ask = (requests: number, answerMs: (caller: number) => number) =>
    load(
      (caller) => askFor(gateways[caller % gateways.length]?.url ?? '', answerMs(caller)),
      CALLERS_EACH * gateways.length,
      requests,
    );
  try {
    await ask(WARM_UP_REQUESTS, () => WARM_UP_ANSWER_MS);
    upstream.handOverMs.length = 0;
    const { failed, problem } = await ask(REQUESTS, (caller) => MIN_ANSWER_MS + caller);
    // The first ones found the slots free since the warm-up.
    const found = upstream.handOverMs.slice(SLOTS);
    return {
      p50: quantile(found, 0.5),
      p99: quantile(found, 0.99),
      handOvers: found.length,
      refused: upstream.refused,
      failed,
      problem,
    };
  } finally {
    for (const gateway of gateways) await gateway.stop();
    await upstream.stop();
  }
}

function askFor(url: string, answerMs: number): Ask {
  const body = {
    model: 'glm-4.6',
    stream: true,
    messages: [{ role: 'user', content: `ms=${answerMs}` }],
  };
  return {
    url,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
    body: JSON.stringify(body),
    end: 'data: [DONE]',
    events: 0,
  };
}

export function describeHandOver({ p50, p99, handOvers, refused, failed, problem }: HandOver): string {
  const loss = failed === 0 ? '' : `; FAILED ${failed} (${problem})`;
  return `a slot is handed over within ${p50.toFixed(1)} ms (p99 ${p99.toFixed(1)} ms, ${handOvers} times, two gateways; ${refused} calls above the slots)${loss}`;
}
