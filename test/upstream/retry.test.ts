import { getEventListeners } from 'node:events';
import { mock } from 'node:test';
import { expect } from 'chai';
import type { CompletionEvent } from '../../src/completion/event.js';
import type { EventSink } from '../../src/completion/event-sink.js';
import { computeRetryDelay, withRetries } from '../../src/upstream/retry.js';
import {
  APIUserAbortError,
  ApiError,
  BadRequestError,
  RateLimitError,
  UpstreamError,
} from '../../src/vocabulary/errors.js';
import { pulled } from '../support/pulled.js';
import { isSettled, outcomeOf } from './support.js';

const retriable = new UpstreamError('again', { retriable: true });
const final = new UpstreamError('no use');
const busy = (retryAfterMs: number) => new RateLimitError('busy', { retriable: true, retryAfterMs });

describe('computeRetryDelay', () => {
  const cases: [what: string, error: unknown, attempt: number, random: number, ms: number | undefined][] = [
    ['the first retry, least jitter', retriable, 0, 0, 125],
    ['the first retry, most jitter', retriable, 0, 1, 250],
    ['the second retry, least jitter', retriable, 1, 0, 250],
    ['the second retry, most jitter', retriable, 1, 1, 500],
    ['a third retry', retriable, 2, 0, undefined],
    ['an error that is not retriable', final, 0, 0, undefined],
    ['a bad request', new BadRequestError('no', { code: 'invalid_value' }), 0, 0, undefined],
    ['an error of unknown kind', new TypeError('bug'), 0, 0, undefined],
    ['a short Retry-After', busy(1_000), 0, 0.5, 1_000],
    ['a Retry-After below the backoff', busy(1), 1, 1, 500],
    ['a Retry-After of 5 s', busy(5_000), 0, 0, 5_000],
    ['a Retry-After beyond 5 s', busy(5_001), 0, 0, undefined],
  ];
  for (const [what, error, attempt, random, ms] of cases) {
    it(`is ${ms} for ${what}`, () => {
      expect(computeRetryDelay(error, attempt, random)).to.equal(ms);
    });
  }
});

describe('withRetries', () => {
  const text = (piece: string): CompletionEvent[] => [{ type: 'text-delta', text: piece }];

  /** Each attempt pushes its arrays and then throws its error, if it has one. */
  function attempts(...plans: (CompletionEvent[] | ApiError)[][]) {
    let made = 0;
    const call = async (sink: EventSink) => {
      for (const step of plans[Math.min(made++, plans.length - 1)] ?? []) {
        if (step instanceof ApiError) throw step;
        await sink.push(step);
        if (sink.isSatisfied) return;
      }
    };
    return { call, made: () => made };
  }

  const never = new AbortController().signal;
  const { random } = Math;

  before(() => {
    Math.random = () => 0; // the shortest backoff
  });
  after(() => {
    Math.random = random;
  });

  it('tries again before the first array, twice at most', async () => {
    const { call, made } = attempts([retriable], [retriable], [text('ok')]);
    expect((await outcomeOf((sink) => withRetries(call, sink, never))).text).to.equal('ok');
    expect(made()).to.equal(3);
    const failing = attempts([retriable]);
    expect((await outcomeOf((sink) => withRetries(failing.call, sink, never))).error).to.equal(retriable);
    expect(failing.made()).to.equal(3);
  });

  it('tries again when the answer cannot even be opened', async () => {
    let made = 0;
    const call = async (sink: EventSink) => {
      if (made++ === 0) throw retriable;
      await sink.push(text('ok'));
    };
    expect((await outcomeOf((sink) => withRetries(call, sink, never))).text).to.equal('ok');
  });

  it('does not try again after the first array', async () => {
    const { call, made } = attempts([text('half'), retriable], [text('whole')]);
    const { text: shown, error } = await outcomeOf((sink) => withRetries(call, sink, never));
    expect({ shown, error, made: made() }).to.deep.equal({ shown: 'half', error: retriable, made: 1 });
  });

  it('gives up at once on what does not help to repeat', async () => {
    for (const error of [final, busy(60_000)]) {
      const { call, made } = attempts([error]);
      expect((await outcomeOf((sink) => withRetries(call, sink, never))).error).to.equal(error);
      expect(made()).to.equal(1);
    }
  });

  it('ends an answer without any array', async () => {
    const { call } = attempts([]);
    expect((await outcomeOf((sink) => withRetries(call, sink, never))).error).to.equal(undefined);
  });

  it('tells the attempt when its consumer has enough, at the first array or later', async () => {
    for (const wanted of [1, 2]) {
      const { call, made } = attempts([text('a'), text('b'), text('c')]);
      let taken = 0;
      for await (const _ of pulled((sink) => withRetries(call, sink, never))) if (++taken === wanted) break;
      expect({ taken, made: made() }).to.deep.equal({ taken: wanted, made: 1 });
    }
  });

  it('is woken from its backoff by the abort, and leaves no listener', async () => {
    mock.timers.enable({ apis: ['setTimeout'] }); // so that only the abort can end it
    try {
      const left = new AbortController();
      const { call, made } = attempts([busy(4_000)]);
      const outcome = outcomeOf((sink) => withRetries(call, sink, left.signal));
      expect(await isSettled(outcome)).to.equal(false);
      left.abort();
      expect((await outcome).error).to.be.instanceOf(APIUserAbortError);
      expect(made()).to.equal(1);
      expect(getEventListeners(left.signal, 'abort')).to.have.length(0);
    } finally {
      mock.timers.reset();
    }
  });

  it('lets no bug pass for a failure of the upstream', async () => {
    const call = () => Promise.reject(new TypeError('bug'));
    const thrown = await withRetries(call, { push: () => undefined }, never).catch((error: unknown) => error);
    expect(thrown).to.be.instanceOf(TypeError);
  });
});
