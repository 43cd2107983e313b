import { expect } from 'chai';
import { AskedUpstream } from '../../src/http/asked-upstream.js';
import { inSlot, type Seat, type Slots } from '../../src/http/in-slot.js';
import { QueueWait } from '../../src/http/queue-wait.js';
import { RequestMeter } from '../../src/http/request-meter.js';
import { SlotQueue } from '../../src/queue/slot-queue.js';
import { MemoryQueueStore } from '../../src/store/memory-queue.js';
import { httpError } from '../../src/upstream/openai-compatible/error-codes.js';
import { firstByteTimeoutError } from '../../src/upstream/upstream-errors.js';
import { type ApiError, PermissionDeniedError } from '../../src/vocabulary/errors.js';
import { until } from '../support/redis.js';

const ENTRIES = ['a', 'b'];

describe('A request that meets the failure of a credential', () => {
  let events: string[];
  let slots: SlotQueue;
  /** What each entry answers. */
  let failing: Record<string, (() => ApiError) | undefined>;
  let asked: string[];
  /** What the answer of each entry waits for. */
  let working: Record<string, Promise<void>>;
  /** Replaces the entries of all requests. */
  let replace: (entries: readonly string[]) => void;

  const open = (entries: readonly string[], slotsOfEach: number | 'auto' = 'auto') =>
    new SlotQueue({
      replica: 'test',
      store: new MemoryQueueStore(),
      createFallback: () => new MemoryQueueStore(),
      settingsOf: () => ({
        groups: Object.fromEntries(entries.map((entry) => [`${entry}/m`, slotsOfEach])),
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
    working = {};
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
    let present: readonly string[] = entries;
    const routes = () =>
      present.map((entry) => ({
        entry,
        upstream: {} as never,
        model,
        group: `${entry}/m`,
        isFallback: entry === fallback,
      }));
    const seat: Seat = {
      slots: pool,
      plan: () => {
        if (present.length > 0) return { pool: 'm', routes: routes(), isTold: true };
        throw new PermissionDeniedError('no upstream', { code: 'model_not_available' });
      },
      onReplaced: (listener) => {
        replace = (others) => {
          present = others;
          listener();
        };
        return () => undefined;
      },
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
        await working[entry];
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
    const [first = 0, second = 0] = waits;
    expect(first).to.be.within(50_000, 60_000);
    expect(second).to.be.within(1, first - 19);
  });

  it('is served by the entries that replace those it waits for, within its time', async () => {
    await slots.close();
    slots = open(ENTRIES, 1);
    let finish: () => void = () => undefined;
    working.a = new Promise((resolve) => {
      finish = resolve;
    });
    const first = ask('c', { entries: ['a'] });
    const waiting = ask('d', { entries: ['a'] });
    await until(() => slots.waiting === 1);
    replace(['a']);
    expect(asked, 'nothing has changed for it').to.deep.equal(['a']);
    replace(['b']);
    await waiting;
    expect(asked).to.deep.equal(['a', 'b']);
    expect(slots.waiting).to.equal(0);
    finish();
    await first;
    await ask('e', { entries: ['a'] });
    await ask('f', { entries: ['b'] });
    expect(asked).to.deep.equal(['a', 'b', 'a', 'b']);
  });

  it('ends with the reason when the entries that replace those it waits for may not serve it', async () => {
    await slots.close();
    slots = open(ENTRIES, 1);
    let finish: () => void = () => undefined;
    working.a = new Promise((resolve) => {
      finish = resolve;
    });
    const first = ask('c', { entries: ['a'] });
    const waiting = codeOf(ask('d', { entries: ['a'] }));
    await until(() => slots.waiting === 1);
    replace([]);
    expect(await waiting).to.equal('403 model_not_available undefined');
    finish();
    await first;
    await ask('e', { entries: ['a'] });
  });

  it('passes a failure on that is about the request', async () => {
    failing.a = () => error(1210, 400, 'bad parameter');
    expect(await codeOf(ask())).to.match(/^400 upstream_bad_request/);
    expect(asked).to.deep.equal(['a']);
  });
});
