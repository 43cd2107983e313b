/**
 * The verbs of a pool. Pure: the time is an argument, and the grants that replicas have to be told of are part of each
 * result. `src/store/redis/queue-scripts.ts` does the same in Lua; a property test compares the two.
 */
import { applySetting, createGroup, noteRefusal, noteSuccess } from './learning.js';
import { PoolState } from './pool-state.js';
import {
  type EnterResult,
  type GiveBackResult,
  type Grant,
  type Held,
  LEASE_MS,
  type Lease,
  type LeaseOutcome,
  MESSAGE_MS,
  ORPHAN_MS,
  type PauseRequest,
  type Peers,
  type QueueRequest,
  type Registration,
  type Renewal,
  type Standing,
} from './types.js';
import { countUsage } from './usage.js';

/** A verb's answer, and the grants that replicas have to be told of. */
export interface Effect<T> {
  readonly result: T;
  readonly grants: readonly Grant[];
}

export class Pool extends PoolState {
  /** Makes a replica known, with its settings and what it has in flight; nothing of that is ended. */
  register(registration: Registration, now: number): Effect<Standing> {
    const { replica, peers, settings, learnt, paused, actedAgoMs, held } = registration;
    this.reap(now);
    if (this.groups.size === 0) {
      this.sharesUntil = now + LEASE_MS;
      for (const [name, pause] of Object.entries(paused)) this.pauses.all.set(name, { ...pause, probe: '' });
    }
    this.settings = settings;
    for (const [id, setting] of Object.entries(settings.groups)) {
      const group = this.groups.get(id) ?? createGroup();
      applySetting(group, setting);
      if (group.slots === undefined && setting === 'auto') group.slots = learnt[id];
      this.groups.set(id, group);
    }
    this.pauses.retryBefore(now - actedAgoMs, now);
    this.replicas.set(replica, { until: now, peers, groups: Object.keys(settings.groups) });
    this.renewReplica(replica, peers, now);
    for (const one of held) this.#adopt(one, replica, now);
    this.forgetRemoved();
    const grants = this.grant(now);
    return { result: this.#standing(now), grants };
  }

  /** Asks for a slot. Asking again with the same id changes nothing. */
  enter(request: QueueRequest, replica: string, now: number): Effect<EnterResult> {
    this.reap(now);
    const result = this.#admitOnce(request, replica, now);
    const grants = this.grant(now);
    const lease = this.leases.get(request.id);
    if (result.kind !== 'waiting' || lease === undefined) return { result, grants };
    this.#claim(lease);
    return {
      result: { kind: 'granted', group: lease.group },
      grants: grants.filter(({ id }) => id !== request.id),
    };
  }

  /** Takes up a grant. @returns The group, `undefined` when the request has no grant. */
  take(id: string, now: number): Effect<string | undefined> {
    this.reap(now);
    const lease = this.leases.get(id);
    if (lease !== undefined) this.#claim(lease);
    return { result: lease?.group, grants: this.grant(now) };
  }

  /**
   * Ends a request, waiting or not; an unknown one has ended before.
   * @param usedMs How long it was at the upstream, a whole number.
   * @returns The pauses that its success has ended.
   */
  leave(
    id: string,
    outcome: LeaseOutcome,
    now: number,
    usedMs = Number.POSITIVE_INFINITY,
  ): Effect<readonly string[]> {
    this.reap(now);
    let lifted: readonly string[] = [];
    const waiting = this.waiting.get(id);
    if (waiting !== undefined) this.stopWaiting(waiting);
    const lease = this.leases.get(id);
    if (lease !== undefined) {
      const durationMs = Math.max(1, Math.min(usedMs, now - lease.grantedAt));
      this.endLease(lease, outcome === 'refused' ? 0 : durationMs);
      if (outcome === 'ok') {
        this.meanMs = Math.max(1, this.meanMs + Math.floor((durationMs - this.meanMs) / 8));
        lifted = this.pauses.lift(lease);
      }
      this.#learn(lease, outcome, now);
    }
    return { result: lifted, grants: this.grant(now) };
  }

  /** After a refusal by the upstream: the request waits again, where it was. @returns False when it has no lease. */
  putBack(id: string, now: number): Effect<boolean> {
    this.reap(now);
    const lease = this.leases.get(id);
    if (lease !== undefined) {
      this.returnToQueue(lease, 0);
      this.#learn(lease, 'refused', now);
    }
    return { result: lease !== undefined, grants: this.grant(now) };
  }

  /**
   * After a failure of its credential: the request waits again, at the head of its flow, for another of its groups.
   * @param isRepeatable False when the request has to end, since its answer has begun.
   * @returns `undefined` when it has no lease of that group.
   */
  giveBack(
    id: string,
    pause: PauseRequest,
    isRepeatable: boolean,
    now: number,
  ): Effect<GiveBackResult | undefined> {
    this.reap(now);
    const lease = this.leases.get(id);
    if (lease?.group !== pause.group) return { result: undefined, grants: this.grant(now) };
    const began = this.pauses.begin(lease, pause, now) ?? '';
    this.leases.delete(id);
    const entry = { ...lease, tried: [...(lease.tried ?? []), lease.group] };
    const isWaiting = isRepeatable && this.canBeServed(entry, now);
    const isPaused = this.isPaused(entry, now);
    const outlook = this.pauses.outlook(lease.groups, now);
    if (isWaiting) this.returnToQueue(entry, 0);
    else this.endLease(lease, Math.max(1, now - lease.grantedAt));
    return { result: { isWaiting, began, isPaused, outlook }, grants: this.grant(now) };
  }

  /**
   * Prolongs all leases and waiting requests of a replica.
   * @param ids All requests of the replica, waiting or in flight.
   * @returns `undefined` when the pool does not know the replica.
   */
  renew(replica: string, peers: Peers, ids: readonly string[], now: number): Effect<Renewal | undefined> {
    this.reap(now);
    if (!this.replicas.has(replica)) return { result: undefined, grants: this.grant(now) };
    this.renewReplica(replica, peers, now);
    const named = new Set(ids);
    for (const lease of [...this.leases.values()]) {
      const isOrphan = lease.replica === replica && !named.has(lease.id);
      if (isOrphan && lease.grantedAt + ORPHAN_MS <= now) this.endLease(lease, now - lease.grantedAt);
    }
    const grants = this.grant(now);
    const missing = ids.filter((id) => !this.leases.has(id) && !this.waiting.has(id));
    const granted = ids.filter((id) => {
      const { grantedAt } = this.leases.get(id) ?? {};
      return grantedAt !== undefined && grantedAt + MESSAGE_MS <= now;
    });
    const hopeless = (this.pauses.all.size === 0 ? [] : ids).flatMap((id) => {
      const request = this.waiting.get(id);
      if (request === undefined || this.canBeServed(request, now)) return [];
      return [{ id, ...this.pauses.outlook(request.groups, now) }];
    });
    return { result: { missing, granted, hopeless, ...this.#standing(now) }, grants };
  }

  /** Ends a replica's part in the pool, as it stops. */
  unregister(replica: string, now: number): Effect<void> {
    this.reap(now);
    this.dropReplica(replica, now);
    return { result: undefined, grants: this.grant(now) };
  }

  #admitOnce(request: QueueRequest, replica: string, now: number): EnterResult {
    if (!this.replicas.has(replica)) return { kind: 'unregistered' };
    const isKnown = this.leases.has(request.id) || this.waiting.has(request.id);
    return isKnown ? { kind: 'waiting' } : this.admit(request, replica, now);
  }

  #adopt({ group: groupId, ...request }: Held, replica: string, now: number): void {
    const group = this.groups.get(groupId);
    if (group === undefined || this.leases.has(request.id)) return;
    this.waiting.delete(request.id);
    this.activate(request.flow);
    this.sequence += 1;
    const deadline = now + request.patienceMs;
    const entry = { ...request, replica, deadline, sequence: this.sequence, round: 0, unclaimed: 0 };
    this.leases.set(request.id, { ...entry, group: groupId, grantedAt: now, charged: 0, claimUntil: 0 });
    if (group.countsHeldUntil <= now || group.slots === undefined) return;
    group.slots += 1;
    group.changedAt = now;
  }

  #standing(now: number): Standing {
    const known = [...this.groups].flatMap(([id, { slots }]) => (slots === undefined ? [] : [[id, slots]]));
    return { limits: Object.fromEntries(known), pauses: Object.fromEntries(this.pauses.all), now };
  }

  #claim(lease: Lease): void {
    this.leases.set(lease.id, { ...lease, claimUntil: 0 });
  }

  #learn({ group: groupId }: Lease, outcome: LeaseOutcome, now: number): void {
    const group = this.groups.get(groupId);
    if (group === undefined || outcome === 'failed') return;
    if (outcome === 'ok') noteSuccess(group, this.waiting.size > 0, now, this.meanMs);
    else noteRefusal(group, countUsage(this.leases.values()).ofGroup(groupId), now);
  }
}
