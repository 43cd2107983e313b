/** What every QueueStore must do, run on each implementation. */
import { expect } from 'chai';
import {
  CLAIM_MS,
  LEASE_MS,
  MAX_UNCLAIMED,
  MESSAGE_MS,
  ORPHAN_MS,
  type PauseRequest,
  type PoolSettings,
  type QueueRequest,
  type SlotSetting,
} from '../../src/queue/core/types.js';
import type { QueueStore } from '../../src/queue/queue-store.js';
import { buildRegistration } from '../queue/registration.js';
import { until } from '../support/redis.js';

export interface QueueSubject {
  readonly store: QueueStore;
  /** Lets the store's time pass. */
  advance(ms: number): Promise<void>;
}

const POOL = 'pool 1|{x}';
const ALONE = { count: 1, rank: 0 };

export function requestOf(id: string, more: Partial<QueueRequest> = {}): QueueRequest {
  return {
    id,
    flow: 'alice',
    turn: '',
    class: 'interactive',
    groups: ['g'],
    weight: 1,
    patienceMs: 60_000,
    ...more,
  };
}

export function settingsOf(slots: SlotSetting, more: Partial<PoolSettings> = {}): PoolSettings {
  return { groups: { g: slots }, reserve: 0, maxWaitingPerFlow: 100, maxWaiting: 1_000, ...more };
}

/** `create` gives an empty store whose time stands still. */
export function queueContract(name: string, create: () => Promise<QueueSubject>): void {
  describe(`${name} as a QueueStore`, () => {
    let subject: QueueSubject;
    let store: QueueStore;

    beforeEach(async () => {
      subject = await create();
      store = subject.store;
    });

    const register = (settings: PoolSettings, replica = 'r1', peers = ALONE) =>
      store.register(POOL, buildRegistration(settings, { replica, peers }));
    const enter = async (id: string, more: Partial<QueueRequest> = {}, replica = 'r1') =>
      (await store.enter(POOL, requestOf(id, more), replica)).kind;
    const leave = (id: string) => store.leave(POOL, id, 'ok');
    const renew = (replica: string, ...ids: string[]) => store.renew(POOL, replica, ALONE, ids);
    const leased = async () => (await store.read(POOL)).leases.map(({ id }) => id).sort();
    const waiting = async () => (await store.read(POOL)).waiting.map(({ id }) => id).sort();
    const slots = async () => (await store.read(POOL)).groups.get('g')?.slots;
    /** Each answer takes a second; tells in which order the others are granted. */
    const drainInOrder = async () => {
      const order: string[] = [];
      for (let known = await leased(); known.length > 0; ) {
        await subject.advance(1_000);
        for (const id of known) await leave(id);
        known = await leased();
        for (const id of known) await store.take(POOL, id);
        order.push(...known);
      }
      return order;
    };

    it('grants as many requests as there are slots, and the others wait', async () => {
      await register(settingsOf(2));
      const kinds = await Promise.all(['a', 'b', 'c', 'd'].map((id) => enter(id)));
      expect(kinds.toSorted()).to.deep.equal(['granted', 'granted', 'waiting', 'waiting']);
      expect(await leased()).to.have.length(2);
    });

    it('tells a replica that it has to register first', async () => {
      expect(await enter('a')).to.equal('unregistered');
      expect(await renew('r1')).to.equal(undefined);
    });

    it('asks again without a second lease or place', async () => {
      await register(settingsOf(1));
      expect(await store.enter(POOL, requestOf('a'), 'r1')).to.deep.equal({ kind: 'granted', group: 'g' });
      expect(await store.enter(POOL, requestOf('a'), 'r1')).to.deep.equal({ kind: 'granted', group: 'g' });
      expect([await enter('b'), await enter('b')]).to.deep.equal(['waiting', 'waiting']);
      expect(await waiting()).to.deep.equal(['b']);
    });

    it('grants the next in the order of arrival when one leaves', async () => {
      await register(settingsOf(1));
      for (const id of ['a', 'b', 'c', 'd']) await enter(id);
      expect(await drainInOrder()).to.deep.equal(['b', 'c', 'd']);
    });

    it('does nothing for one that has left before', async () => {
      await register(settingsOf(1));
      await enter('a');
      await enter('b');
      await leave('a');
      await leave('a');
      expect(await leased()).to.deep.equal(['b']);
      expect(await store.take(POOL, 'a')).to.equal(undefined);
      expect(await store.putBack(POOL, 'a')).to.equal(false);
    });

    it('forgets a waiting request that leaves', async () => {
      await register(settingsOf(1));
      for (const id of ['a', 'b', 'c']) await enter(id);
      await leave('b');
      expect(await drainInOrder()).to.deep.equal(['c']);
    });

    it('lets flows take slots by what they have had, not by how many wait', async () => {
      await register(settingsOf(1));
      await enter('flood-0', { flow: 'flood' });
      for (let index = 1; index < 5; index += 1) await enter(`flood-${index}`, { flow: 'flood' });
      for (const id of ['bob-1', 'bob-2']) await enter(id, { flow: 'bob' });
      const turns = ['bob-1', 'flood-1', 'bob-2', 'flood-2', 'flood-3', 'flood-4'];
      expect(await drainInOrder()).to.deep.equal(turns);
    });

    it('charges a flow what it used at the upstream, not what the way to its replica took', async () => {
      await register(settingsOf(1));
      for (const id of ['ann-1', 'ann-2']) await enter(id, { flow: 'ann' });
      await enter('bob-1', { flow: 'bob' });
      await subject.advance(1_500);
      await store.leave(POOL, 'ann-1', 'ok', 200);
      await subject.advance(1_400);
      await store.leave(POOL, 'bob-1', 'ok', 1_400);
      await enter('bob-2', { flow: 'bob' });
      expect(await leased()).to.deep.equal(['ann-2']);
      expect((await store.read(POOL)).meanMs).to.be.below(1_000);
    });

    it('counts an answer that runs with its duration so far', async () => {
      await register(settingsOf(2));
      await enter('ann-1', { flow: 'ann' });
      await enter('bob-1', { flow: 'bob' });
      for (const id of ['ann-2', 'ann-3']) await enter(id, { flow: 'ann' });
      for (const id of ['bob-2', 'bob-3']) await enter(id, { flow: 'bob' });
      await subject.advance(1_900);
      // Bob has used 1.9 s and more when his first answer ends, but Ann's goes on and has used as much.
      await store.leave(POOL, 'bob-1', 'ok', 1_500);
      expect(await waiting()).to.deep.equal(['ann-2', 'ann-3', 'bob-3']);
    });

    it('grants interactive requests before batch requests', async () => {
      await register(settingsOf(1));
      await enter('a');
      await enter('batch', { class: 'batch', flow: 'bob' });
      await enter('chat', { flow: 'carol' });
      expect(await drainInOrder()).to.deep.equal(['chat', 'batch']);
    });

    it('keeps slots free of batch requests, but lets them use one', async () => {
      await register(settingsOf(3, { reserve: 1 }));
      const batch = ['a', 'b', 'c'].map((id) => enter(id, { class: 'batch' }));
      expect((await Promise.all(batch)).filter((kind) => kind === 'granted')).to.have.length(2);
      expect(await enter('chat')).to.equal('granted');
      await register(settingsOf(1, { reserve: 5 }));
      for (const id of await leased()) await leave(id);
      expect(await leased()).to.have.length(1);
    });

    it('lets addresses inside a flow take turns', async () => {
      await register(settingsOf(1));
      await enter('first', { flow: 'public' });
      for (const id of ['a1', 'a2', 'a3']) await enter(id, { flow: 'public', turn: '10.0.0.1' });
      for (const id of ['b1', 'b2']) await enter(id, { flow: 'public', turn: 'fe80::1%eth0|' });
      expect(await drainInOrder()).to.deep.equal(['a1', 'b1', 'a2', 'b2', 'a3']);
    });

    it('puts a refused request back before others of its turn that came later', async () => {
      await register(settingsOf(1));
      await enter('first', { flow: 'public' });
      for (const id of ['a1', 'a2']) await enter(id, { flow: 'public', turn: 'a' });
      await leave('first');
      await leave('a1');
      // The flow is empty, and its rounds begin anew.
      expect(await leased()).to.deep.equal(['a2']);
      await enter('b1', { flow: 'public', turn: 'b' });
      await enter('b2', { flow: 'public', turn: 'b' });
      await store.putBack(POOL, 'a2');
      await subject.advance(2_000);
      await renew('r1', 'a2', 'b1', 'b2');
      expect(await leased()).to.deep.equal(['a2']);
    });

    it('uses the groups of a request in its order, and never waits for a full one while another is free', async () => {
      await register(settingsOf(1, { groups: { g: 1, h: 1 } }));
      const groups = { groups: ['h', 'g'] };
      expect(await store.enter(POOL, requestOf('a', groups), 'r1')).to.deep.include({ group: 'h' });
      expect(await store.enter(POOL, requestOf('b', groups), 'r1')).to.deep.include({ group: 'g' });
      expect(await enter('only h', { groups: ['h'] })).to.equal('waiting');
      expect(await enter('any', groups)).to.equal('waiting');
      // The first of the flow cannot use what is free; the second can.
      await leave('b');
      expect(await leased()).to.deep.equal(['a', 'any']);
    });

    it('refuses what would have to wait when the flow or the pool is full', async () => {
      await register(settingsOf(1, { maxWaitingPerFlow: 1, maxWaiting: 2 }));
      expect(await enter('a')).to.equal('granted');
      expect([await enter('b'), await enter('c')]).to.deep.equal(['waiting', 'flow-full']);
      expect(await enter('d', { flow: 'bob' })).to.equal('waiting');
      expect(await enter('e', { flow: 'carol' })).to.equal('pool-full');
      expect(await waiting()).to.deep.equal(['b', 'd']);
    });

    it('takes a grant back that is not taken up, to the head of its flow', async () => {
      await register(settingsOf(1));
      for (const id of ['a', 'b', 'c']) await enter(id);
      await leave('a');
      expect(await leased()).to.deep.equal(['b']);
      await subject.advance(CLAIM_MS);
      await renew('r1', 'b', 'c');
      expect(await leased()).to.deep.equal(['b']);
      expect(await store.take(POOL, 'b')).to.equal('g');
      await subject.advance(CLAIM_MS);
      expect(await renew('r1', 'b', 'c')).to.deep.include({
        missing: [],
        granted: ['b'],
        hopeless: [],
        limits: { g: 1 },
        pauses: {},
      });
    });

    it('tells in a renewal of a slot whose grant nobody heard of', async () => {
      await register(settingsOf(1));
      // Its caller has given up on this answer, and believes that it waits.
      expect(await enter('a')).to.equal('granted');
      expect(await renew('r1', 'a')).to.deep.include({ missing: [], granted: [] });
      await subject.advance(MESSAGE_MS);
      expect(await renew('r1', 'a')).to.deep.include({ missing: [], granted: ['a'] });
      expect(await store.take(POOL, 'a')).to.equal('g');
    });

    it('drops a request whose grant is never taken up', async () => {
      await register(settingsOf(1));
      for (const id of ['a', 'b', 'c']) await enter(id);
      await leave('a');
      for (let grant = 0; grant < MAX_UNCLAIMED; grant += 1) {
        await subject.advance(CLAIM_MS);
        await renew('r1', 'c');
      }
      expect(await leased()).to.deep.equal(['c']);
    });

    it('ends what a replica has when it does not renew, and grants it to others', async () => {
      await register(settingsOf(1));
      await register(settingsOf(1), 'r2');
      await enter('a');
      await enter('b');
      await enter('c', { flow: 'bob' }, 'r2');
      await subject.advance(LEASE_MS - 1);
      await renew('r2', 'c');
      expect(await leased()).to.deep.equal(['a']);
      await subject.advance(1);
      const renewal = { missing: [], granted: [], hopeless: [], limits: { g: 1 }, pauses: {} };
      // The message of the grant is under way.
      expect(await renew('r2', 'c')).to.deep.include(renewal);
      await subject.advance(MESSAGE_MS);
      expect(await renew('r2', 'c')).to.deep.include({ ...renewal, granted: ['c'] });
      expect(await renew('r1', 'a', 'b')).to.equal(undefined);
      expect(await waiting()).to.deep.equal([]);
    });

    it('forgets a group, and what was paused of it, once no replica has it in its configuration or in use', async () => {
      const both = { groups: { g: 1, 'h/m': 1 } };
      const known = async () => {
        const { groups, pauses } = await store.read(POOL);
        return [...groups.keys(), ...pauses.keys()].sort();
      };
      await register(settingsOf(1, both), 'r1', { count: 2, rank: 0 });
      await register(settingsOf(1, both), 'r2', { count: 2, rank: 1 });
      await enter('a', { groups: ['h/m'] });
      await enter('b', { groups: ['h/m'] }, 'r2');
      const pause = {
        group: 'h/m',
        kind: 'operator',
        code: '1113',
        scope: 'credential',
        endsInMs: 0,
      } as const;
      await store.giveBack(POOL, 'a', { ...pause, isConfirmed: true, pauseMs: 1_000, maxMs: 1_000 }, false);
      await subject.advance(1_000);
      await store.renew(POOL, 'r2', ALONE, ['b']);
      expect(await known()).to.deep.equal(['g', 'h', 'h/m']);
      await register(settingsOf(1), 'r1');
      expect(await known(), 'another has it').to.deep.equal(['g', 'h', 'h/m']);
      await register(settingsOf(1), 'r2');
      expect(await leased()).to.deep.equal(['b']);
      expect(await known(), 'in use').to.deep.equal(['g', 'h', 'h/m']);
      await leave('b');
      await register(settingsOf(1), 'r2');
      expect(await known()).to.deep.equal(['g']);
    });

    it('keeps all that a replica renews', async () => {
      await register(settingsOf(1));
      await enter('a');
      await enter('b');
      for (let time = 0; time < 3; time += 1) {
        await subject.advance(LEASE_MS - 1);
        expect(await renew('r1', 'a', 'b', 'z')).to.deep.include({ missing: ['z'], granted: ['a'] });
      }
      expect([await leased(), await waiting()]).to.deep.equal([['a'], ['b']]);
    });

    it('ends a lease that its replica does not know', async () => {
      await register(settingsOf(1));
      await enter('lost answer');
      await renew('r1');
      expect(await leased()).to.deep.equal(['lost answer']);
      await subject.advance(ORPHAN_MS);
      await renew('r1');
      expect(await leased()).to.deep.equal([]);
    });

    it('ends all that a replica has when it stops', async () => {
      await register(settingsOf(1));
      await register(settingsOf(1), 'r2');
      await enter('a');
      await enter('b');
      await enter('c', {}, 'r2');
      await store.unregister(POOL, 'r1');
      expect([await leased(), await waiting()]).to.deep.equal([['c'], []]);
    });

    it('counts what a replica has in flight before it registers, also above the slots', async () => {
      const held = ['a', 'b'].map((id) => ({ ...requestOf(id), group: 'g' }));
      await store.register(POOL, buildRegistration(settingsOf(1), { held }));
      expect(await leased()).to.deep.equal(['a', 'b']);
      expect(await enter('c')).to.equal('waiting');
      await leave('a');
      expect(await leased()).to.deep.equal(['b']);
      await leave('b');
      expect(await leased()).to.deep.equal(['c']);
    });

    it('gives each replica its share until all have registered', async () => {
      const settings = settingsOf(3);
      await register(settings, 'r1', { count: 2, rank: 0 });
      const kinds = [await enter('a'), await enter('b'), await enter('c')];
      expect(kinds).to.deep.equal(['granted', 'granted', 'waiting']);
      await register(settings, 'r2', { count: 2, rank: 1 });
      expect(await leased()).to.deep.equal(['a', 'b', 'c']);
    });

    it('gives all slots to the replicas that registered within a lease', async () => {
      await register(settingsOf(3), 'r1', { count: 9, rank: 8 });
      expect(await enter('a')).to.equal('waiting');
      await subject.advance(LEASE_MS - 1);
      await store.renew(POOL, 'r1', { count: 9, rank: 8 }, ['a']);
      expect(await leased()).to.deep.equal([]);
      await subject.advance(1);
      await store.renew(POOL, 'r1', { count: 9, rank: 8 }, ['a']);
      expect(await leased()).to.deep.equal(['a']);
    });

    it('gives each replica its share after all were away at once', async () => {
      const settings = settingsOf(2);
      for (const rank of [0, 1]) await register(settings, `r${rank}`, { count: 2, rank });
      await subject.advance(LEASE_MS);
      await register(settings, 'r0', { count: 2, rank: 0 });
      expect([await enter('a', {}, 'r0'), await enter('b', {}, 'r0')]).to.deep.equal(['granted', 'waiting']);
      await register(settings, 'r1', { count: 2, rank: 1 });
      expect(await leased()).to.deep.equal(['a', 'b']);
    });

    it('starts nothing where a group has no slot', async () => {
      await register(settingsOf(0, { reserve: 1 }));
      expect([await enter('a'), await enter('b', { class: 'batch' })]).to.deep.equal(['waiting', 'waiting']);
    });

    describe('learning a limit', () => {
      const hold = async (replica: string, ...ids: string[]) => {
        const held = ids.map((id) => ({ ...requestOf(id), group: 'g' }));
        await store.register(POOL, buildRegistration(settingsOf('auto'), { replica, held }));
      };

      it('admits all until the first refusal, then as many as were in flight beside it', async () => {
        await hold('r1', 'a', 'b', 'c', 'd');
        expect([await enter('e'), await slots()]).to.deep.equal(['granted', undefined]);
        expect(await store.putBack(POOL, 'e')).to.equal(true);
        expect(await slots()).to.equal(4);
        // Another refusal of the same burst.
        await store.putBack(POOL, 'd');
        expect(await slots()).to.equal(3);
        expect(await waiting()).to.deep.equal(['d', 'e']);
      });

      it('adds what other replicas have in flight', async () => {
        await hold('r1', 'a', 'b');
        await store.putBack(POOL, 'b');
        await hold('r2', 'c', 'd');
        expect(await slots()).to.equal(3);
        await subject.advance(LEASE_MS);
        await hold('r2', 'e');
        expect(await slots()).to.equal(3);
      });

      it('never goes below one, and pauses longer with each refusal of a lone request', async () => {
        await hold('r1', 'a');
        await store.putBack(POOL, 'a');
        expect([await slots(), await waiting()]).to.deep.equal([1, ['a']]);
        await subject.advance(1_000);
        await renew('r1', 'a');
        expect(await leased()).to.deep.equal(['a']);
        await store.putBack(POOL, 'a');
        await subject.advance(1_999);
        await renew('r1', 'a');
        expect([await slots(), await waiting()]).to.deep.equal([1, ['a']]);
        await subject.advance(1);
        await renew('r1', 'a');
        expect(await leased()).to.deep.equal(['a']);
      });

      it('adds a slot after a third as many successes as slots while somebody waits, once the hold is over', async () => {
        await hold('r1', 'a', 'b', 'c');
        await store.putBack(POOL, 'c');
        await leave('a');
        await leave('b');
        // 24 successes of the hold, the two above among them; then one more.
        for (let index = 0; index < 23; index += 1) await enter(`more-${index}`);
        expect(await slots()).to.equal(2);
        const ended: string[] = [];
        while ((await slots()) === 2) {
          const [id = ''] = await leased();
          await subject.advance(300);
          await leave(id);
          ended.push(id);
          await enter(`next-${ended.length}`);
        }
        expect([ended.length, await slots()]).to.deep.equal([23, 3]);
      });

      it('keeps the limit when all replicas have gone, and takes one that was learnt before', async () => {
        await hold('r1', 'a', 'b', 'c');
        await store.putBack(POOL, 'c');
        await store.unregister(POOL, 'r1');
        await hold('r2');
        expect(await slots()).to.equal(2);
        const settings = settingsOf('auto');
        await store.register('other', buildRegistration(settings, { learnt: { g: 7 } }));
        expect((await store.read('other')).groups.get('g')?.slots).to.equal(7);
      });

      it('tells when the limit changed last', async () => {
        const changedAt = async () => (await store.read(POOL)).groups.get('g')?.changedAt ?? Number.NaN;
        await hold('r1', 'a', 'b', 'c');
        expect(await changedAt()).to.equal(0);
        await store.putBack(POOL, 'c');
        const learntAt = await changedAt();
        expect(learntAt).to.be.above(0);
        await subject.advance(500);
        await hold('r2', 'd');
        expect(await changedAt()).to.equal(learntAt + 500);
        await subject.advance(500);
        await store.putBack(POOL, 'd');
        expect(await changedAt()).to.equal(learntAt + 1_000);
        await subject.advance(2_000);
        while ((await slots()) === 2) {
          await leave((await leased())[0] ?? '');
          for (let index = 0; index < 2; index += 1) await enter(`more-${Math.random()}`);
        }
        expect(await changedAt()).to.equal(learntAt + 3_000);
        await leave((await leased())[0] ?? '');
        expect(await changedAt()).to.equal(learntAt + 3_000);
      });

      it('leaves a configured limit alone', async () => {
        await register(settingsOf(2));
        await enter('a');
        await store.putBack(POOL, 'a');
        expect(await slots()).to.equal(2);
      });
    });

    describe('pausing a credential', () => {
      const OVERLOAD: PauseRequest = {
        group: 'g',
        kind: 'overloaded',
        code: '1305',
        scope: 'model',
        isConfirmed: true,
        pauseMs: 1_000,
        maxMs: 3_000,
        endsInMs: 0,
      };
      const NO_BALANCE: PauseRequest = {
        ...OVERLOAD,
        kind: 'operator',
        code: '1113',
        scope: 'credential',
        pauseMs: 600_000,
        maxMs: 600_000,
      };
      const USED_UP: PauseRequest = { ...NO_BALANCE, kind: 'quota', code: '1308', endsInMs: 3_600_000 };
      const BOTH = { groups: ['g', 'h'] };
      const ONE_EACH = settingsOf(1, { groups: { g: 5, h: 50 } });
      const enterBoth = async (id: string, more: Partial<QueueRequest> = {}) => {
        const result = await store.enter(POOL, requestOf(id, { ...BOTH, ...more }), 'r1');
        return result.kind === 'granted' ? result.group : result.kind;
      };
      const giveBack = async (id: string, pause: PauseRequest, isRepeatable = true) =>
        store.giveBack(POOL, id, { ...pause, group: (await groupOf(id)) ?? '' }, isRepeatable);
      const pauseOf = async (name: string) => (await store.read(POOL)).pauses.get(name);
      const groupOf = async (id: string) =>
        (await store.read(POOL)).leases.find((lease) => lease.id === id)?.group;

      it('lets another take the request that met it, and all that follow', async () => {
        await register(ONE_EACH);
        expect(await enterBoth('a')).to.equal('g');
        expect(await giveBack('a', NO_BALANCE)).to.deep.include({ isWaiting: true, began: 'g' });
        expect(await groupOf('a')).to.equal('h');
        expect(await enterBoth('b')).to.equal('h');
        expect(await pauseOf('g')).to.include({ kind: 'operator', code: '1113', until: 0, failures: 1 });
      });

      it('is told twice without harm to the one that took over', async () => {
        await register(ONE_EACH);
        await enterBoth('a');
        await store.giveBack(POOL, 'a', NO_BALANCE, true);
        expect(await store.giveBack(POOL, 'a', NO_BALANCE, true)).to.equal(undefined);
        expect([await groupOf('a'), await pauseOf('h')]).to.deep.equal(['h', undefined]);
      });

      it('waits at the head of its flow where the other is full', async () => {
        await register(settingsOf(1, { groups: { g: 1, h: 1 } }));
        expect([await enterBoth('a'), await enterBoth('b')]).to.deep.equal(['g', 'h']);
        expect(await enterBoth('c')).to.equal('waiting');
        await giveBack('a', NO_BALANCE);
        expect(await waiting()).to.deep.equal(['a', 'c']);
        await leave('b');
        expect(await leased()).to.deep.equal(['a']);
      });

      it('never uses a group again that has failed a request, paused or not', async () => {
        await register(ONE_EACH);
        await enterBoth('a');
        const unconfirmed = { ...OVERLOAD, isConfirmed: false };
        expect(await giveBack('a', unconfirmed)).to.deep.include({ isWaiting: true, began: '' });
        expect([await groupOf('a'), await pauseOf('g')]).to.deep.equal(['h', undefined]);
        expect(await giveBack('a', unconfirmed)).to.deep.include({ isWaiting: false, isPaused: false });
        expect([await leased(), await waiting()]).to.deep.equal([[], []]);
        expect(await enterBoth('b')).to.equal('g');
      });

      it('lets exactly one request probe when it is due; its success ends the pause', async () => {
        await register(ONE_EACH);
        await enterBoth('a');
        await giveBack('a', OVERLOAD);
        await subject.advance(999);
        expect(await enterBoth('early')).to.equal('h');
        await subject.advance(1);
        expect([await enterBoth('probe'), await enterBoth('b')]).to.deep.equal(['g', 'h']);
        expect(await store.leave(POOL, 'b', 'ok')).to.deep.equal([]);
        expect(await enterBoth('c')).to.equal('h');
        expect(await store.leave(POOL, 'probe', 'ok')).to.deep.equal(['g']);
        expect([await pauseOf('g'), await enterBoth('d')]).to.deep.equal([undefined, 'g']);
      });

      it('is longer with each failed probe, up to its maximum, and is not told again', async () => {
        await register(ONE_EACH);
        await enterBoth('0');
        expect(await giveBack('0', OVERLOAD)).to.deep.include({ began: 'g' });
        for (const [number, ms] of [1_000, 2_000, 3_000, 3_000].entries()) {
          await subject.advance(ms - 1);
          expect(await enterBoth(`early ${number}`)).to.equal('h');
          await subject.advance(1);
          expect(await enterBoth(`probe ${number}`)).to.equal('g');
          const result = await giveBack(`probe ${number}`, { ...OVERLOAD, isConfirmed: false });
          expect(result).to.deep.include({ isWaiting: true, began: '' });
        }
        expect((await pauseOf('g'))?.failures).to.equal(5);
      });

      it('is probed by another request when the probe ends without an answer', async () => {
        await register(ONE_EACH);
        await enterBoth('a');
        await giveBack('a', OVERLOAD);
        await subject.advance(1_000);
        expect(await enterBoth('probe')).to.equal('g');
        await store.leave(POOL, 'probe', 'failed');
        expect(await enterBoth('next')).to.equal('g');
      });

      it('is one pause for those that were in flight, unless one meets something worse', async () => {
        await register(ONE_EACH);
        for (const id of ['a', 'b', 'c']) await enterBoth(id);
        await giveBack('a', OVERLOAD);
        expect(await giveBack('b', OVERLOAD)).to.deep.include({ began: '' });
        expect((await pauseOf('g'))?.failures).to.equal(1);
        expect(await giveBack('c', { ...NO_BALANCE, scope: 'model' })).to.deep.include({ began: 'g' });
        expect(await pauseOf('g')).to.include({ kind: 'operator', failures: 1 });
      });

      it('concerns all models of the credential, or the one model', async () => {
        await register(settingsOf(1, { groups: { 'g/a': 5, 'g/b': 5, h: 5 } }));
        const ask = (id: string, first: string) => enterBoth(id, { groups: [first, 'h'] });
        await ask('1', 'g/a');
        await giveBack('1', OVERLOAD);
        expect([await ask('2', 'g/a'), await ask('3', 'g/b')]).to.deep.equal(['h', 'g/b']);
        expect(await giveBack('3', NO_BALANCE)).to.deep.include({ began: 'g' });
        expect([await ask('4', 'g/a'), await ask('5', 'g/b')]).to.deep.equal(['h', 'h']);
        await subject.advance(600_000);
        await register(settingsOf(1, { groups: { 'g/a': 5, 'g/b': 5, h: 5 } }));
        expect([await ask('6', 'g/b'), await ask('7', 'g/a')]).to.deep.equal(['g/b', 'h']);
        expect(await store.leave(POOL, '6', 'ok')).to.deep.equal(['g']);
        expect(await ask('8', 'g/b')).to.equal('g/b');
      });

      it('answers at once when all groups are paused for longer than the request may wait', async () => {
        await register(ONE_EACH);
        await enterBoth('a');
        await enterBoth('b', { groups: ['h'] });
        await giveBack('a', NO_BALANCE);
        const outlook = { reason: 'quota', code: '1308', inMs: 3_600_000 };
        expect(await giveBack('b', USED_UP)).to.deep.equal({
          isWaiting: false,
          began: 'h',
          isPaused: true,
          outlook,
        });
        const result = await store.enter(POOL, requestOf('c', BOTH), 'r1');
        expect(result).to.deep.equal({ kind: 'paused', outlook });
        expect(await store.enter(POOL, requestOf('d'), 'r1')).to.deep.equal({
          kind: 'paused',
          outlook: { reason: 'operator', code: '1113', inMs: 0 },
        });
        expect(await enterBoth('patient', { patienceMs: 3_600_000 })).to.equal('waiting');
      });

      it('tells those that wait already', async () => {
        await register(settingsOf(1, { groups: { g: 1, h: 1 } }));
        await enterBoth('a');
        await enterBoth('b', { groups: ['h'] });
        for (const id of ['c', 'd']) await enterBoth(id, { patienceMs: id === 'c' ? 60_000 : 7_200_000 });
        await giveBack('a', NO_BALANCE, false);
        await giveBack('b', USED_UP, false);
        await subject.advance(1_000);
        expect((await renew('r1', 'c', 'd'))?.hopeless).to.deep.equal([
          { id: 'c', reason: 'quota', code: '1308', inMs: 3_599_000 },
        ]);
      });

      it('waits for a pause that ends within the deadline', async () => {
        await register(ONE_EACH);
        await enterBoth('a');
        await giveBack('a', OVERLOAD);
        expect(await enter('b', { patienceMs: 999 })).to.equal('paused');
        expect(await enter('c', { patienceMs: 1_000 })).to.equal('waiting');
        await subject.advance(1_000);
        await renew('r1', 'c');
        expect(await groupOf('c')).to.equal('g');
      });

      it('is probed at once after somebody has acted, and only if it had begun before', async () => {
        await register(ONE_EACH);
        await enterBoth('a');
        await subject.advance(10_000);
        await giveBack('a', NO_BALANCE);
        await subject.advance(1_000);
        const registerAgo = (actedAgoMs: number) =>
          store.register(POOL, {
            replica: 'r1',
            peers: ALONE,
            settings: ONE_EACH,
            learnt: {},
            paused: {},
            actedAgoMs,
            held: [],
          });
        await registerAgo(1_001);
        expect(await enterBoth('b')).to.equal('h');
        await registerAgo(999);
        expect([await enterBoth('c'), await enterBoth('d')]).to.deep.equal(['g', 'h']);
      });

      it('survives a store that was emptied, and all replicas', async () => {
        await register(ONE_EACH);
        await enterBoth('a');
        await giveBack('a', NO_BALANCE);
        await store.unregister(POOL, 'r1');
        await register(ONE_EACH);
        expect(await enterBoth('b')).to.equal('h');
        const paused = Object.fromEntries((await store.read(POOL)).pauses);
        const settings = ONE_EACH;
        const registration = {
          replica: 'r1',
          peers: ALONE,
          settings,
          learnt: {},
          actedAgoMs: 10_000,
          held: [],
        };
        const { pauses } = await store.register('other', { ...registration, paused });
        expect(pauses).to.deep.equal(paused);
      });

      it('tells the other replicas that there is one', async () => {
        const told: string[] = [];
        const subscription = await store.listen('r2', {
          onGrant: () => undefined,
          onLimit: (pool) => told.push(pool),
          onConnect: () => undefined,
        });
        await register(settingsOf('auto', { groups: { g: 'auto', h: 'auto' } }));
        await enterBoth('a');
        await giveBack('a', NO_BALANCE);
        await until(() => told.includes(POOL));
        await subscription.close();
      });
    });

    describe('telling replicas', () => {
      it('of each grant once, and nobody of what was granted at once', async () => {
        const told: string[] = [];
        // In a cluster, messages of earlier tests may still be on their way.
        const note = (pool: string, what: string) => {
          if (pool === 'other') told.push(what);
        };
        const listenAs = (replica: string) =>
          store.listen(replica, {
            onGrant: (pool, id) => note(pool, `${replica} ${id}`),
            onLimit: (pool) => note(pool, `${replica} limit`),
            onConnect: () => note('other', `${replica} connected`),
          });
        const subscriptions = [await listenAs('r1'), await listenAs('r2')];
        for (const replica of ['r1', 'r2']) {
          const settings = settingsOf('auto');
          await store.register('other', buildRegistration(settings, { replica }));
        }
        await store.enter('other', requestOf('a'), 'r1');
        await store.enter('other', requestOf('b'), 'r2');
        await store.putBack('other', 'b');
        await store.enter('other', requestOf('c', { flow: 'bob' }), 'r2');
        for (const id of ['a', 'b', 'c']) await store.leave('other', id, 'ok');
        await until(() => told.length >= 6);
        expect(told.toSorted()).to.deep.equal(
          ['r1 connected', 'r1 limit', 'r2 b', 'r2 c', 'r2 connected', 'r2 limit'].toSorted(),
        );
        for (const subscription of subscriptions) await subscription.close();
      });
    });
  });
}
