import { expect } from 'chai';
import { AskedUpstream } from '../../src/http/asked-upstream.js';
import { inSlot, type Seat, type Slots } from '../../src/http/in-slot.js';
import { QueueWait } from '../../src/http/queue-wait.js';
import { RequestMeter } from '../../src/http/request-meter.js';
import { SlotQueue } from '../../src/queue/slot-queue.js';
import { MemoryQueueStore } from '../../src/store/memory-queue.js';
import { httpError } from '../../src/upstream/openai-compatible/error-codes.js';
import { firstByteTimeoutError } from '../../src/upstream/upstream-errors.js';
import type { ApiError } from '../../src/vocabulary/errors.js';
import { until } from '../support/redis.js';

const ENTRIES = ['a', 'b'];

describe('A request that meets the failure of a credential', () => {
  let events: string[];
  let slots: SlotQueue;
  /** What each entry answers. */
  let failing: Record<string, (() => ApiError) | undefined>;
  let asked: string[];

  const open = (entries: readonly string[]) =>
    new SlotQueue({
      replica: 'test',
      store: new MemoryQueueStore(),
      createFallback: () => new MemoryQueueStore(),
      settingsOf: () => ({
        groups: Object.fromEntries(entries.map((entry) => [`${entry}/m`, 'auto' as const])),
        reserve: 0,
        maxWaitingPerFlow: 100,
        maxWaiting: 1_000,
      }),
      events: {
        onPause: (name, { code }) => events.push(`${name} out ${code}`),
        onBack: (name) => events.push(`${name} back`),
      },
      readReplicas: async () => ['test'],
    });

  beforeEach(async () => {
    events = [];
    asked = [];
    failing = {};
    slots = open(ENTRIES);
    await slots.start();
  });
  afterEach(() => slots.close());

  const ask = async (
    conversation = 'c',
    { entries = ENTRIES, fails = 'before', fallback = '', pool = slots as Slots } = {},
  ) => {
    let hasBegun = false;
    const model = { name: 'm', id: 'm', thinking: undefined } as never;
    const routes = entries.map((entry) => ({
      entry,
      upstream: {} as never,
      model,
      group: `${entry}/m`,
      isFallback: entry === fallback,
    }));
    const seat: Seat = {
      slots: pool,
      plan: { pool: 'm', routes, isTold: true },
      request: {
        flow: 'f',
        turn: '',
        class: 'interactive',
        weight: 1,
        timeoutMs: 60_000,
        conversation: () => conversation,
      },
      signal: new AbortController().signal,
      asked: new AskedUpstream({ isTold: false }),
      wait: new QueueWait(),
      meter: new RequestMeter(),
    };
    await inSlot(
      seat,
      async ({ entry }) => {
        asked.push(entry);
        hasBegun = fails === 'after' && failing[entry] !== undefined;
        const error = failing[entry]?.();
        if (error !== undefined) throw error;
      },
      () => hasBegun,
    );
  };
  const codeOf = (run: Promise<void>) =>
    run.then(
      () => 'ok',
      ({ code, status, shouldRetry }: ApiError) => `${status} ${code} ${shouldRetry}`,
    );
  const error = (code: number, status = 429, message = 'no') =>
    httpError(status, JSON.stringify({ error: { code: String(code), message } }), undefined);

  it('is served by another, which takes over what follows', async () => {
    failing.a = () => error(1113);
    for (let number = 0; number < 3; number += 1) await ask();
    expect(asked).to.deep.equal(['a', 'b', 'b', 'b']);
    expect(events).to.deep.equal(['a out 1113']);
  });

  it('ends with the upstream’s error when its answer has begun, and others are spared', async () => {
    failing.a = () => error(1308, 429, 'limit reached, resets at 2099-01-01 00:00:00');
    expect(await codeOf(ask('c', { fails: 'after' }))).to.equal('429 insufficient_quota false');
    await ask();
    expect(asked).to.deep.equal(['a', 'b']);
    expect(events).to.deep.equal(['a out 1308']);
  });

  it('has an honest error once all are out, without a call', async () => {
    failing.a = () => error(1113);
    failing.b = () => error(1000, 401);
    for (let number = 0; number < 2; number += 1)
      expect(await codeOf(ask())).to.equal('503 upstream_paused false');
    expect(asked).to.deep.equal(['a', 'b']);
    await until(() => slots.pausedCredentials.size > 0);
    expect(slots.pausedCredentials).to.deep.equal(new Set(['a', 'b']));
  });

  it('is told when the first of several quotas is renewed', async () => {
    failing.a = () => error(1113);
    const until = new Date(Date.now() + 3_600_000).toISOString();
    failing.b = () => error(1308, 429, `used up until ${until}`);
    expect(await codeOf(ask())).to.equal('429 insufficient_quota false');
    const { retryAfterSeconds } = await ask().then(
      () => expect.fail('no error'),
      (thrown: ApiError) => thrown,
    );
    expect(retryAfterSeconds).to.be.within(3_500, 3_600);
    expect(asked).to.deep.equal(['a', 'b']);
  });

  it('asks another after any failure that may pass, and pauses one that two conversations find overloaded', async () => {
    failing.a = () => error(1305);
    for (const conversation of ['long prompt', 'long prompt', 'long prompt']) await ask(conversation);
    expect(asked).to.deep.equal(['a', 'b', 'a', 'b', 'a', 'b']);
    failing.a = () => httpError(500, 'broken', undefined);
    await ask('other');
    await ask('third');
    expect(asked.slice(6)).to.deep.equal(['a', 'b', 'b']);
    expect(events).to.deep.equal(['a/m out upstream_error']);
  });

  it('keeps its own error where there is one credential only, which is asked every time', async () => {
    await slots.close();
    slots = open(['a']);
    failing.a = () => error(1113);
    for (let number = 0; number < 3; number += 1)
      expect(await codeOf(ask(`${number}`, { entries: ['a'] }))).to.equal('429 insufficient_quota false');
    failing.a = undefined;
    expect(await codeOf(ask('c', { entries: ['a'] }))).to.equal('ok');
    expect(asked).to.have.length(4);
    expect(events).to.deep.equal([]);
  });

  it('is asked again elsewhere when an upstream stays silent, and one silence pauses nothing', async () => {
    failing.a = firstByteTimeoutError;
    await ask('long prompt');
    await ask('long prompt');
    expect(asked).to.deep.equal(['a', 'b', 'a', 'b']);
    expect(events).to.deep.equal([]);
    await ask('another');
    await ask('a third');
    expect(asked.slice(4)).to.deep.equal(['a', 'b', 'b']);
    expect(events).to.deep.equal(['a/m out upstream_timeout']);
  });

  it('waits for a fallback only for what is left of its time', async () => {
    const waits: number[] = [];
    const slow: Slots = {
      acquire: async (pool, request, signal) => {
        waits.push(request.timeoutMs);
        await new Promise((resolve) => setTimeout(resolve, 20));
        return slots.acquire(pool, request, signal);
      },
    };
    failing.a = () => error(1113);
    await ask('c', { fallback: 'b', pool: slow });
    expect(asked).to.deep.equal(['a', 'b']);
    expect(waits[0]).to.equal(60_000);
    expect(waits[1]).to.be.within(1, 59_990);
  });

  it('passes a failure on that is about the request', async () => {
    failing.a = () => error(1210, 400, 'bad parameter');
    expect(await codeOf(ask())).to.match(/^400 upstream_bad_request/);
    expect(asked).to.deep.equal(['a']);
  });
});
