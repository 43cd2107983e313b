import { expect } from 'chai';
import { judgeStatus, type Reason, STATUS_MINUTES } from '../../src/dashboard/status.js';
import { type Fields, MINUTE_MS } from '../../src/stats/batch.js';
import { sumFields } from '../../src/stats/figures.js';
import type { LostReplica, Replica } from '../../src/store/store.js';
import { announcementOf } from '../store/contract-replicas.js';

/** 20 s into a minute. */
const NOW = 29_323_000 * MINUTE_MS + 20_000;
const minutesAgo = (minutes: number) => Math.floor(NOW / MINUTE_MS - minutes) * MINUTE_MS;

/** The last minutes with these counts, by how many minutes ago they were. */
function minutes(counts: Readonly<Record<number, Fields>>): Fields[] {
  return Array.from({ length: STATUS_MINUTES }, (_, index) => counts[STATUS_MINUTES - 1 - index] ?? {});
}

/** The same counts in each of several minutes. */
function each(from: number, to: number, fields: Fields): Record<number, Fields> {
  return Object.fromEntries(Array.from({ length: from - to + 1 }, (_, index) => [to + index, fields]));
}

function replica(more: Partial<Replica> = {}): Replica {
  const { drainingSince, degradedAt, ...calm } = announcementOf('one');
  return { ...calm, startedAt: NOW - 180 * MINUTE_MS, silentMs: 500, ...more };
}

/** `before` is what was counted before those minutes. */
function status(
  counts: Readonly<Record<number, Fields>>,
  replicas: Replica[] = [replica()],
  { before = { ok: 1_000 }, lostReplicas = [] }: { before?: Fields; lostReplicas?: LostReplica[] } = {},
) {
  const all = minutes(counts);
  const total = sumFields([before, ...all]);
  const { state, since, reasons } = judgeStatus({ total, minutes: all, replicas, lostReplicas, now: NOW });
  return { state, since, kinds: reasons.map(({ kind }) => kind), reasons };
}

const quiet: Reason['kind'][] = [];
const TABLE: readonly {
  it: string;
  counts: Record<number, Fields>;
  state: string;
  since: number | undefined;
  kinds: Reason['kind'][];
}[] = [
  {
    it: 'is waiting when nothing was asked for an hour',
    counts: {},
    state: 'waiting',
    since: undefined,
    kinds: ['idle'],
  },
  {
    it: 'is waiting when callers made mistakes only: that tells nothing of the gateway',
    counts: { 0: { caller_error: 5, rate_limited: 2 }, 30: { cancelled: 1 } },
    state: 'waiting',
    since: undefined,
    kinds: quiet,
  },
  {
    it: 'is degraded when both of two requests failed, at once',
    counts: { 0: { upstream_error: 2 } },
    state: 'degraded',
    since: minutesAgo(0),
    kinds: ['upstream_fails'],
  },
  {
    it: 'is degraded when the only request failed',
    counts: { 1: { gateway_error: 1 } },
    state: 'degraded',
    since: minutesAgo(1),
    kinds: ['gateway_fails'],
  },
  {
    it: 'is degraded when failures of both kinds are many together only',
    counts: { 0: { upstream_error: 1, gateway_error: 2, ok: 10 } },
    state: 'degraded',
    since: minutesAgo(0),
    kinds: ['gateway_fails'],
  },
  {
    it: 'is healthy when one of three requests failed',
    counts: { ...each(63, 5, { ok: 1 }), 0: { upstream_error: 1, ok: 2 } },
    state: 'healthy',
    since: undefined,
    kinds: quiet,
  },
  {
    it: 'is healthy while all goes well, for longer than is looked back',
    counts: each(63, 0, { ok: 5 }),
    state: 'healthy',
    since: undefined,
    kinds: quiet,
  },
  {
    it: 'takes callers’ own errors, limits and cancels for no trouble',
    counts: each(4, 0, { ok: 1, caller_error: 50, rate_limited: 50, cancelled: 50 }),
    state: 'healthy',
    since: undefined,
    kinds: quiet,
  },
  {
    it: 'takes a failure now and then for no trouble',
    counts: { ...each(63, 0, { ok: 1 }), 1: { upstream_error: 1 }, 2: { gateway_error: 1 } },
    state: 'healthy',
    since: undefined,
    kinds: quiet,
  },
  {
    it: 'takes few failures among many answers for no trouble',
    counts: each(63, 0, { ok: 100, upstream_error: 4 }),
    state: 'healthy',
    since: undefined,
    kinds: quiet,
  },
  {
    it: 'is degraded when a tenth of the answers is missing, since the first that was',
    counts: {
      ...each(63, 0, { ok: 8 }),
      3: { ok: 8, upstream_error: 2 },
      1: { ok: 8, upstream_truncated: 3 },
    },
    state: 'degraded',
    since: minutesAgo(3),
    kinds: ['upstream_fails'],
  },
  {
    it: 'is degraded when the gateway itself fails',
    counts: { 0: { ok: 3, gateway_error: 3 } },
    state: 'degraded',
    since: minutesAgo(0),
    kinds: ['gateway_fails'],
  },
  {
    it: 'is refused when half of all is, at the first request already',
    counts: { 0: { upstream_refused: 1, caller_error: 7 } },
    state: 'refused',
    since: minutesAgo(0),
    kinds: ['upstream_refuses'],
  },
  {
    it: 'is refused since the first refusal of those that went on',
    counts: { ...each(63, 13, { ok: 4 }), ...each(12, 0, { upstream_refused: 2 }) },
    state: 'refused',
    since: minutesAgo(12),
    kinds: ['upstream_refuses'],
  },
  {
    it: 'is not refused for the sake of one model among many answers',
    counts: each(63, 0, { ok: 20, upstream_refused: 1 }),
    state: 'healthy',
    since: undefined,
    kinds: quiet,
  },
  {
    it: 'still is what it was when nobody has asked since',
    counts: { 30: { upstream_refused: 4 } },
    state: 'refused',
    since: minutesAgo(30),
    kinds: ['upstream_refuses', 'idle'],
  },
  {
    it: 'is healthy again since the trouble has left the last five minutes',
    counts: { ...each(63, 0, { ok: 5 }), 20: { upstream_error: 10 } },
    state: 'healthy',
    since: minutesAgo(15),
    kinds: quiet,
  },
];

describe('The status', () => {
  for (const { it: title, counts, state, since, kinds } of TABLE) {
    it(title, () => {
      const found = status(counts);
      expect({ state: found.state, since: found.since, kinds: found.kinds }).to.deep.equal({
        state,
        since,
        kinds,
      });
    });
  }

  it('includes how many of how many requests failed', () => {
    expect(
      status({ 0: { ok: 6, upstream_error: 2 }, 4: { upstream_truncated: 2 }, 5: { ok: 50 } }).reasons,
    ).to.deep.equal([{ kind: 'upstream_fails', failed: 4, of: 10 }]);
  });

  const busy = { 0: { ok: 5 } };

  describe('does not begin before', () => {
    const fresh = [replica({ startedAt: NOW - 8_000 }), replica({ id: 'two', startedAt: NOW - 3_000 })];

    it('the oldest replica started', () => {
      const counts = each(63, 0, { ok: 5 });
      expect(status(counts, fresh)).to.deep.include({ state: 'healthy', since: NOW - 8_000 });
      const hour = [...fresh, replica({ id: 'three', startedAt: NOW - 62 * MINUTE_MS })];
      expect(status(counts, hour)).to.deep.include({ state: 'healthy', since: NOW - 62 * MINUTE_MS });
      expect(status(counts, [...fresh, replica()])).to.deep.include({ state: 'healthy', since: undefined });
      const failing = each(63, 0, { upstream_refused: 5 });
      expect(status(failing, fresh)).to.deep.include({ state: 'refused', since: NOW - 8_000 });
    });

    it('the first attempt', () => {
      const nothing = { before: {} };
      expect(status(each(7, 0, { ok: 1 }), [replica()], nothing)).to.deep.include({
        state: 'healthy',
        since: minutesAgo(7),
      });
      // The others may have been asked for longer than is looked back.
      expect(status(each(7, 0, { ok: 1 }), [replica()])).to.deep.include({ since: undefined });
    });
  });

  it('does not judge living replicas by requests before their start', () => {
    const restarted = [replica({ startedAt: NOW - 8_000 })];
    expect(status({ 30: { upstream_refused: 4 } }, restarted)).to.deep.include({
      state: 'waiting',
      since: undefined,
      kinds: [],
    });
  });

  it('is `waiting` before the first request, without a duration', () => {
    expect(status({}, [replica()], { before: {} })).to.deep.include({ state: 'waiting', kinds: [] });
  });

  it('mentions lost replicas although others answer in their place', () => {
    const lostReplicas = [
      { id: 'three', lostAt: NOW - 60_000 },
      { id: 'two', lostAt: NOW - 90_000 },
    ];
    const found = status(busy, [replica()], { lostReplicas });
    expect(found.state).to.equal('healthy');
    expect(found.reasons).to.deep.equal([
      { kind: 'replicas_lost', lost: 2, latest: 'three', at: NOW - 60_000 },
    ]);
  });

  it('is degraded when a replica is silent, unless it was draining', () => {
    const silent = replica({ id: 'two', silentMs: 7_000 });
    const found = status(busy, [replica(), silent]);
    expect(found).to.deep.include({ state: 'degraded', since: NOW - 7_000 });
    expect(found.reasons).to.deep.equal([{ kind: 'replica_silent', replica: 'two', silentMs: 7_000 }]);
    const left = status(busy, [replica(), { ...silent, drainingSince: NOW - 20_000 }]);
    expect(left).to.deep.include({ state: 'healthy', kinds: ['replicas_draining'] });
  });

  it('mentions for some time that a replica ran without Redis', () => {
    const found = status(busy, [replica({ degradedAt: NOW - 60_000 })]);
    expect(found).to.deep.include({ state: 'degraded', since: NOW - 60_000, kinds: ['store_was_away'] });
    expect(status(busy, [replica({ degradedAt: NOW - 180_000 })]).state).to.equal('healthy');
  });

  it('is degraded while what changes cannot be kept', () => {
    const found = status(busy, [replica({ notKept: 'DATA_DIR cannot be written: the disk is full' })]);
    expect(found).to.deep.include({ state: 'degraded', kinds: ['not_kept'] });
  });

  it('is degraded while replicas run different files of upstreams, and names those that differ from most', () => {
    const runs = (id: string, upstreamsDigest?: string) => replica({ id, upstreamsDigest });
    const found = status(busy, [runs('a', 'one'), runs('b', 'two'), runs('c', 'one')]);
    expect(found.state).to.equal('degraded');
    expect(found.reasons).to.deep.equal([{ kind: 'upstreams_differ', replicas: ['b'] }]);
    expect(status(busy, [runs('a', 'one'), runs('b')]).kinds).to.deep.equal(['upstreams_differ']);
    expect(status(busy, [runs('a', 'one'), runs('b', 'one')]).state).to.equal('healthy');
    expect(status(busy, [runs('a'), runs('b')]).state).to.equal('healthy');
  });

  it('is degraded while a credential is refused until somebody acts, told once for all replicas', () => {
    const refusals = [{ name: 'one', code: '1113' }];
    const found = status(busy, [replica({ id: 'a', refusals }), replica({ id: 'b', refusals }), replica()]);
    expect(found.state).to.equal('degraded');
    expect(found.reasons).to.deep.equal([{ kind: 'credential_refused', name: 'one', code: '1113' }]);
  });

  it('is draining only when all replicas are, since the first one began', () => {
    const leaving = (ms: number) => replica({ drainingSince: NOW - ms });
    expect(status(busy, [leaving(3_000), replica()])).to.deep.include({
      state: 'healthy',
      kinds: ['replicas_draining'],
    });
    expect(status(busy, [leaving(3_000), leaving(9_000)])).to.deep.include({
      state: 'draining',
      since: NOW - 9_000,
    });
  });
});
