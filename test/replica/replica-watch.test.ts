import { expect } from 'chai';
import { EventTeller } from '../../src/events/event-teller.js';
import { ReplicaWatch } from '../../src/replica/replica-watch.js';
import { MemoryEvents } from '../../src/store/memory-events.js';
import type { LostReplica, Replica } from '../../src/store/store.js';
import { VERSION } from '../../src/version.js';
import { announcementOf } from '../store/contract-replicas.js';
import { until } from '../support/redis.js';

describe('What happens to replicas', () => {
  let eventStore: MemoryEvents;
  let lost: LostReplica[];
  let degraded: string | undefined;
  let reads: number;
  let tellers: EventTeller[];
  /** Replicas that Redis lists. */
  let alive: string[];
  /** Who has sent an alert without Redis. */
  let sent: string[];
  const replicaOf = (id: string): Replica => ({ ...announcementOf(id), silentMs: 0 });

  beforeEach(() => {
    eventStore = new MemoryEvents();
    lost = [];
    degraded = undefined;
    reads = 0;
    tellers = [];
    alive = [];
    sent = [];
  });

  function watch(id: string, isShared = true): ReplicaWatch {
    const events = new EventTeller(eventStore, false);
    tellers.push(events);
    const readLostReplicas = async () => {
      reads += 1;
      return lost;
    };
    return new ReplicaWatch({
      id,
      events,
      eventStore,
      store: { readLostReplicas, readReplicas: async () => alive.map((one) => replicaOf(one)) },
      sendNow: () => sent.push(id),
      isShared,
      degraded: () => degraded,
    });
  }

  const told = async () => {
    for (const teller of tellers) await teller.flush();
    return (await eventStore.read({ limit: 100 })).map(({ kind, subject }) => `${kind} ${subject}`).reverse();
  };

  it('is told once over all replicas: one that was lost', async () => {
    lost = [{ id: 'c', lostAt: 1 }];
    const [a, b] = [watch('a'), watch('b')];
    for (let look = 0; look < 12; look += 1) await Promise.all([a.look(), b.look()]);
    expect(await told()).to.deep.equal(['replica_lost c']);
    expect(reads).to.equal(6);
  });

  it('is told when Redis was away for two looks, and when it is back', async () => {
    const [a, b] = [watch('a'), watch('b')];
    const look = async () => {
      await Promise.all([a.look(), b.look()]);
      await told();
    };
    degraded = 'Redis is away';
    await look();
    degraded = undefined;
    await look();
    expect(await told(), 'one look').to.deep.equal([]);
    degraded = 'Redis is away';
    for (let count = 0; count < 5; count += 1) await look();
    degraded = undefined;
    await look();
    await look();
    expect(await told()).to.deep.equal(['degraded redis', 'recovered redis']);
  });

  it('is sent by one of those that were alive, while Redis is away', async () => {
    alive = ['b', 'a', 'c'];
    const all = alive.map((id) => watch(id));
    const look = () => Promise.all(all.map((one) => one.look()));
    await look();
    degraded = 'Redis is away';
    for (let count = 0; count < 4; count += 1) await look();
    expect(sent).to.deep.equal(['a']);
  });

  it('is told of a start, and of a version that replaces another', async () => {
    await eventStore.append({
      kind: 'replica_joined',
      subject: 'old',
      params: { version: '0.0.1' },
      ageMs: 1_000,
      isAlert: false,
    });
    const [a, b] = [watch('a', false), watch('b', false)];
    a.start();
    b.start();
    await until(async () => (await told()).length === 4);
    expect(await told()).to.have.members([
      'replica_joined old',
      'replica_joined a',
      'replica_joined b',
      'version_changed ztoapi',
    ]);
    const [changed] = await eventStore.read({ kinds: ['version_changed'], limit: 1 });
    expect(changed?.params).to.deep.equal({ from: '0.0.1', to: VERSION });
  });
});
