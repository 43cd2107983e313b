/** What the simulated colleagues did in the last 30 days, as records of finished requests. Pure. */
import type { RequestRecord } from '../../stats/request-record.js';
import { toEnvironmentKeyId } from '../../vocabulary/key-ids.js';
import { type Colleague, EVERYBODY } from './people.js';
import { SeededRandom } from './random.js';

export const HISTORY_DAYS = 30;

const DAY_MS = 24 * 60 * 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;
const MODELS = ['GLM-5.3', 'GLM-5.3', 'GLM-5.3', 'GLM-4.6', 'GLM-5.3-Flash'] as const;
/** The model whose requests the accounts limit. */
const LIMITED = 'GLM-5.3';
/** Hours at which people work, by how likely; the flooder works at any. */
const HOURS = [8, 9, 9, 10, 10, 10, 11, 11, 13, 14, 14, 15, 15, 16, 17, 19] as const;
/** The share of requests that end otherwise than with an answer. */
const ENDINGS: readonly [number, Partial<RequestRecord>][] = [
  [0.012, { outcome: 'cancelled', status: 499, code: 'client_closed_request' }],
  [0.02, { outcome: 'upstream_error', status: 503, code: 'overloaded' }],
  [0.028, { outcome: 'caller_error', status: 400, code: 'invalid_value' }],
  [0.034, { outcome: 'rate_limited', status: 429, code: 'queue_timeout' }],
];

/** The records of each day, oldest day first, the last one until `now`. The same for the same time. */
export function* makeHistory(now: number, groups: readonly string[]): Generator<RequestRecord[]> {
  const random = new SeededRandom(20_261_128);
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  for (let day = HISTORY_DAYS; day >= 0; day -= 1) {
    const start = today - day * DAY_MS;
    const isWeekend = [0, 6].includes(new Date(start).getUTCDay());
    const records = EVERYBODY.flatMap((one) =>
      Array.from({ length: Math.round(one.perDay * (isWeekend ? 0.2 : random.between(0.6, 1.3))) }, () =>
        makeRecord(one, start, random, groups),
      ),
    );
    // The last hours have as much as any, whenever the demo is started.
    const recent = day === 0 ? makeRecent(now, random, groups) : [];
    yield [...records, ...recent]
      .filter(({ finishedAt }) => finishedAt < now)
      .sort((one, other) => one.finishedAt - other.finishedAt);
  }
}

function makeRecent(now: number, random: SeededRandom, groups: readonly string[]): RequestRecord[] {
  return EVERYBODY.flatMap((one) =>
    Array.from({ length: Math.round(one.perDay / 3) }, () => ({
      ...makeRecord(one, now, random, groups),
      finishedAt: Math.floor(now - random.between(60_000, 6 * HOUR_MS)),
    })),
  );
}

function makeRecord(
  { name, userAgent }: Colleague,
  day: number,
  random: SeededRandom,
  groups: readonly string[],
): RequestRecord {
  const isPerson = name !== 'nightly-ci';
  const hour = isPerson ? random.pick(HOURS) : random.between(0, 24);
  const slotMs = Math.min(120_000, random.lognormal(isPerson ? 2_500 : 5_000, 0.7));
  const model = random.pick(MODELS);
  const isLimited = model === LIMITED;
  const waits = isLimited && random.next() < (isPerson ? 0.18 : 0.5);
  const queueMs = waits ? Math.min(55_000, random.lognormal(isPerson ? 900 : 6_000, 0.9)) : undefined;
  const promptTokens = Math.round(random.lognormal(1_800, 1));
  const completionTokens = Math.round(slotMs / 25);
  const draw = random.next();
  const upstream = random.pick(groups);
  const ending = ENDINGS.find(([share]) => draw < share)?.[1] ?? {};
  return {
    requestId: `simulated-${Math.floor(random.next() * 2 ** 32).toString(16)}`,
    traceId: undefined,
    finishedAt: Math.floor(day + (Math.floor(hour) + random.next()) * HOUR_MS),
    method: 'POST',
    path: '/v1/chat/completions',
    keyName: name,
    keyId: toEnvironmentKeyId(name),
    member: undefined,
    model,
    servedModel: undefined,
    upstream,
    streamed: isPerson,
    status: 200,
    outcome: 'ok',
    code: undefined,
    param: undefined,
    durationMs: slotMs + (queueMs ?? 0),
    firstTokenMs: (queueMs ?? 0) + Math.min(slotMs, random.lognormal(420, 0.4)),
    ownMs: random.between(0.4, 1.5),
    queueMs,
    attempts: 1,
    slotMs: isLimited ? slotMs : undefined,
    slotGroup: isLimited ? `${upstream}/${model.toLowerCase()}` : undefined,
    usage: { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens },
    pricing: undefined,
    cost: undefined,
    clientAddress: `192.0.2.${10 + EVERYBODY.findIndex((one) => one.name === name)}`,
    userAgent,
    ...ending,
  };
}
