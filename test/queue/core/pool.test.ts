import { expect } from 'chai';
import fc from 'fast-check';
import { Pool } from '../../../src/queue/core/pool.js';
import { MAX_IDLE_FLOWS, type QueueRequest, type Waiting } from '../../../src/queue/core/types.js';
import { samples } from '../../support/samples.js';
import { randomFrom } from '../../support/scheduler.js';
import { buildRegistration } from '../registration.js';
import { Ids, removeGroups, type Step, type Trace, traces } from '../traces.js';
import { FirstInFirstOut, RoundRobin } from '../unfair-pools.js';

const TRACES = samples(1_000, 10_000);

const START = 1_764_000_000_000;
const ALONE = { count: 1, rank: 0 };

/** Throws unless the condition holds. An assertion by chai would take most of the time of 10,000 traces. */
function check(holds: boolean, failure: string): void {
  if (!holds) throw new Error(failure);
}

/** Applies a trace; `inspect` is called after every verb, with the leases that existed before it. */
function play(
  pool: Pool,
  { settings, steps }: Trace,
  inspect: (now: number, before: Set<string>) => void,
): number {
  let now = START;
  const ids = new Ids();
  const apply = (step: Step) => {
    switch (step.verb) {
      case 'wait':
        now += step.ms;
        return;
      case 'register': {
        const held = ids.addHeld(step.replica, step.held);
        return pool.register(
          {
            replica: step.replica,
            peers: step.peers,
            settings: removeGroups(settings, step.without),
            learnt: {},
            paused: {},
            actedAgoMs: step.actedAgoMs,
            held,
          },
          now,
        );
      }
      case 'enter':
        return pool.enter(ids.add(step.request, step.replica), step.replica, now);
      case 'renew':
        return pool.renew(step.replica, step.peers, ids.ofReplica(step.replica), now);
      case 'unregister':
        return pool.unregister(step.replica, now);
    }
    const picked = ids.pick(step.pick);
    if (picked === undefined) return;
    const { request, replica } = picked;
    if (step.verb === 'take') return pool.take(request.id, now);
    if (step.verb === 'putBack') return pool.putBack(request.id, now);
    if (step.verb === 'giveBack') return pool.giveBack(request.id, step.pause, step.isRepeatable, now);
    if (step.verb === 'leave') return pool.leave(request.id, step.outcome, now, step.usedMs);
    return pool.enter(request, replica, now);
  };
  pool.register(buildRegistration(settings), now);
  for (const step of steps) {
    const before = new Set(pool.leases.keys());
    if (apply(step) !== undefined) inspect(now, before);
  }
  return now;
}

/** Free slots of a group for a class, by counting; the shares of replicas aside. */
function hasRoom(pool: Pool, id: string, request: QueueRequest, now: number): boolean {
  const group = pool.groups.get(id);
  if (group === undefined || group.pausedUntil > now || request.tried?.includes(id)) return false;
  if (isPaused(pool, id, now)) return false;
  if (group.slots === undefined) return true;
  const used = [...pool.leases.values()].filter((lease) => lease.group === id).length;
  const reserved = request.class === 'batch' ? pool.settings.reserve : 0;
  return used < Math.max(Math.min(1, group.slots), group.slots - reserved);
}

/** Whether a pause concerns the group, and either its probe is not due or one is in flight. */
function isPaused(pool: Pool, group: string, now: number): boolean {
  return [...pool.pauses.all].some(([name, { probeAt, probe }]) => {
    const concerns = (id: string) => id === name || id.startsWith(`${name}/`);
    const probing = pool.leases.get(probe);
    return concerns(group) && (probeAt > now || (probing !== undefined && concerns(probing.group)));
  });
}

describe(`A pool over ${TRACES} random traces`, () => {
  it('keeps its invariants after every verb', function () {
    this.timeout(300_000);
    let granted = 0;
    fc.assert(
      fc.property(traces, (trace) => {
        const pool = new Pool();
        play(pool, trace, (now, before) => {
          const leases = [...pool.leases.values()];
          const waiting = [...pool.waiting.values()];
          const fresh = leases.filter(({ id }) => !before.has(id));
          granted += fresh.length;
          // Work conservation.
          if (pool.sharesUntil <= now) {
            for (const request of waiting)
              check(!request.groups.some((id) => hasRoom(pool, id, request, now)), 'idle slot');
          }
          // Slots: what is granted now is within the limit, whatever replicas brought along.
          for (const [id, group] of pool.groups) {
            const used = leases.filter((lease) => lease.group === id);
            const grantedNow = used.filter((lease) => fresh.includes(lease) && lease.charged > 0);
            if (group.slots !== undefined && grantedNow.length > 0)
              check(used.length <= Math.max(group.slots, before.size), 'too many leases');
          }
          for (const { group } of leases) check(pool.groups.has(group), 'a lease of an unknown group');
          // Order within a flow: nobody who waits could have had that slot before.
          for (const lease of fresh.filter(({ charged }) => charged > 0)) {
            const passed = waiting.filter(
              (one) =>
                goesBefore(one, lease) &&
                one.groups.includes(lease.group) &&
                !one.tried?.includes(lease.group),
            );
            check(pool.sharesUntil > now || passed.length === 0, 'overtaken');
          }
          // One probe of each pause, and only once it is due.
          for (const [name, pause] of pool.pauses.all) {
            const concerned = fresh.filter(
              ({ group, charged }) => charged > 0 && (group === name || group.startsWith(`${name}/`)),
            );
            expect(concerned.length, 'probes').to.be.at.most(pause.probeAt > now ? 0 : 1);
            for (const { id } of concerned) expect(pause.probe).to.equal(id);
          }
          // Bounded state: nothing is kept of flows and requests that are gone.
          const active = new Set([...leases, ...waiting].map(({ flow }) => flow));
          const hasFlowsOfActive = [...active].every((flow) => pool.flows.has(flow));
          check(pool.flows.size === active.size && hasFlowsOfActive, 'flows that are not those of requests');
          check(pool.idle.size <= (active.size === 0 ? 0 : MAX_IDLE_FLOWS), 'too many idle flows');
          check(!waiting.some(({ id }) => pool.leases.has(id)), 'a request that waits and has a slot');
          check(
            [...leases, ...waiting].every(({ replica }) => pool.replicas.has(replica)),
            'a request of an unknown replica',
          );
        });
      }),
      { numRuns: 10_000, seed: 15 },
    );
    expect(granted).to.be.greaterThan(35_000);
  });

  it('serves every request, however many others come', function () {
    this.timeout(300_000);
    fc.assert(
      fc.property(traces, fc.nat(), (trace, seed) => {
        const pool = new Pool();
        const settings = {
          ...trace.settings,
          groups: { g1: 2, g2: 1 },
          maxWaitingPerFlow: 50,
          maxWaiting: 500,
        };
        let now = play(pool, { ...trace, settings }, () => undefined) + 60_000;
        const random = randomFrom(seed);
        pool.register(buildRegistration(settings), now);
        const request = (id: string, flow: string): QueueRequest => ({
          id,
          flow,
          turn: '',
          class: 'interactive',
          groups: random() < 0.5 ? ['g1', 'g2'] : ['g2'],
          weight: 1,
          patienceMs: 3_600_000,
        });
        for (let index = 0; index < 20; index += 1) pool.enter(request(`flood-${index}`, 'flood'), 'r1', now);
        pool.enter({ ...request('patient', 'member'), groups: ['g2'] }, 'r1', now);
        // Every answer is followed by another request of its flow, and a new flow comes with it.
        for (let answers = 0; pool.waiting.has('patient'); answers += 1) {
          check(answers < 60, 'answered 60 times before it');
          now += 1 + Math.floor(random() * 2_000);
          for (const { id, flow } of [...pool.leases.values()]) {
            pool.leave(id, 'ok', now);
            pool.enter(request(`${id}+`, flow), 'r1', now);
            pool.enter(request(`new-${answers}-${id}`, `new-${answers}`), 'r1', now);
          }
          pool.renew('r1', ALONE, [...pool.leases.keys()], now);
        }
      }),
      { numRuns: TRACES, seed: 15 },
    );
  });
});

function goesBefore(one: Waiting, other: Waiting): boolean {
  const isSameQueue = one.flow === other.flow && one.class === other.class;
  return (
    isSameQueue && (one.round < other.round || (one.round === other.round && one.sequence < other.sequence))
  );
}

describe('The discipline', () => {
  /** Slot time by flow after an hour: 20 agents of one key with long answers, 4 members who always want two slots. */
  function shareAnHour(pool: Pool): Map<string, number> {
    const random = randomFrom(7);
    const slotMs = new Map<string, number>();
    const ends: { id: string; flow: string; at: number; ms: number }[] = [];
    const settings = { groups: { g: 2 }, reserve: 0, maxWaitingPerFlow: 100, maxWaiting: 1_000 };
    let now = START;
    let number = 0;
    pool.register(buildRegistration(settings, { replica: 'r' }), now);
    const enter = (flow: string) => {
      number += 1;
      pool.enter(
        {
          id: `${number}`,
          flow,
          turn: '',
          class: 'interactive',
          groups: ['g'],
          weight: 1,
          patienceMs: 3_600_000,
        },
        'r',
        now,
      );
    };
    for (let agent = 0; agent < 20; agent += 1) enter('flood');
    for (const member of ['a', 'b', 'c', 'd']) for (let request = 0; request < 2; request += 1) enter(member);
    while (now < START + 3_600_000) {
      for (const { id, flow } of pool.leases.values()) {
        if (ends.some((one) => one.id === id)) continue;
        const ms = Math.round((flow === 'flood' ? 40_000 : 8_000) * (0.2 + 1.6 * random()));
        pool.take(id, now);
        ends.push({ id, flow, at: now + ms, ms });
      }
      ends.sort((one, other) => one.at - other.at);
      const next = ends.shift();
      if (next === undefined) throw new Error('nothing in flight');
      for (; now < next.at; now = Math.min(now + 5_000, next.at))
        pool.renew('r', ALONE, [...pool.leases.keys(), ...pool.waiting.keys()], now);
      slotMs.set(next.flow, (slotMs.get(next.flow) ?? 0) + next.ms);
      pool.leave(next.id, 'ok', now);
      enter(next.flow);
    }
    return slotMs;
  }

  function jain(values: readonly number[]): number {
    const sum = values.reduce((total, value) => total + value, 0);
    return sum ** 2 / (values.length * values.reduce((total, value) => total + value ** 2, 0));
  }

  it('gives a flood and each member the same slot time', () => {
    const slotMs = shareAnHour(new Pool());
    expect(slotMs.size).to.equal(5);
    expect(jain([...slotMs.values()])).to.be.above(0.998);
  });

  it('cannot be replaced by first in, first out, nor by turns over keys', () => {
    expect(jain([...shareAnHour(new FirstInFirstOut()).values()])).to.be.below(0.4);
    expect(jain([...shareAnHour(new RoundRobin()).values()])).to.be.below(0.8);
  });
});
