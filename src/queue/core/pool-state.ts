/** What a pool holds, and the steps that its verbs have in common: ending what has lapsed, granting what is free. */
import { chooseRound, compareWaiting, presentRound } from './order.js';
import { namePauses, Pauses } from './pauses.js';
import {
  CLAIM_MS,
  type EnterResult,
  type Grant,
  type Group,
  INITIAL_MEAN_MS,
  LEASE_MS,
  type Lease,
  MAX_IDLE_FLOWS,
  MAX_UNCLAIMED,
  type Peers,
  type PoolSettings,
  type QueueRequest,
  type Replica,
  type Waiting,
} from './types.js';
import { countUsage, type Usage } from './usage.js';

export class PoolState {
  readonly groups = new Map<string, Group>();
  readonly replicas = new Map<string, Replica>();
  readonly leases = new Map<string, Lease>();
  readonly waiting = new Map<string, Waiting>();
  readonly pauses = new Pauses(this.leases);
  /** Virtual time of each flow that waits or has a lease: milliseconds of slot time, divided by its weight. */
  readonly flows = new Map<string, number>();
  /** Virtual time of flows without either that have had more than the others. */
  readonly idle = new Map<string, number>();
  settings: PoolSettings = { groups: {}, reserve: 0, maxWaitingPerFlow: 0, maxWaiting: 0 };
  /** Virtual time of the flow that was granted last: where a returning flow begins. */
  floor = 0;
  /** Moving mean of how long a slot is held, in milliseconds. */
  meanMs = INITIAL_MEAN_MS;
  sequence = 0;
  /** Until then each replica has only its share of the slots, since others may not have registered; Unix milliseconds. */
  sharesUntil = 0;

  /** Virtual time by flow that its leases have used but not been charged yet. */
  readonly #overdue = new Map<string, number>();

  /** What a grant charges a flow before its duration is known. */
  protected estimate({ weight }: QueueRequest): number {
    return Math.max(1, Math.floor(this.meanMs / weight));
  }

  /** What a flow is charged in the end. */
  protected cost({ weight }: QueueRequest, durationMs: number): number {
    return Math.max(1, Math.floor(durationMs / weight));
  }

  /** Orders waiting requests. Negative when `one` goes first. */
  protected compare(one: Waiting, other: Waiting): number {
    return compareWaiting(one, this.#timeOf(one.flow), other, this.#timeOf(other.flow));
  }

  /** Adds a request to its flow, unless the queue is full and it would have to wait. */
  protected admit(request: QueueRequest, replica: string, now: number): EnterResult {
    const ofFlow = this.#ofFlow(request.flow);
    const ofClass = ofFlow.filter((one) => one.class === request.class);
    const round = chooseRound(request.turn, ofClass);
    const deadline = now + request.patienceMs;
    const entry: Waiting = {
      ...request,
      replica,
      deadline,
      sequence: this.sequence + 1,
      round,
      unclaimed: 0,
    };
    if (!this.canBeServed(entry, now))
      return { kind: 'paused', outlook: this.pauses.outlook(entry.groups, now) };
    if (this.#findGroup(entry, countUsage(this.leases.values()), now) === undefined) {
      if (ofFlow.length >= this.settings.maxWaitingPerFlow) return { kind: 'flow-full' };
      if (this.waiting.size >= this.settings.maxWaiting) return { kind: 'pool-full' };
    }
    this.sequence += 1;
    this.activate(entry.flow);
    this.waiting.set(entry.id, entry);
    return { kind: 'waiting' };
  }

  /** Whether one of its groups may serve it before its deadline. A request without a known group waits for one. */
  protected canBeServed({ groups, tried, deadline }: Waiting, now: number): boolean {
    const known = groups.filter((id) => this.groups.has(id));
    const isOpen = (id: string) => !tried?.includes(id) && this.pauses.returnsAt(id, now) <= deadline;
    return known.length === 0 || known.some(isOpen);
  }

  /** Whether all its groups are paused for longer than it may wait. */
  protected isPaused({ groups, deadline }: Waiting, now: number): boolean {
    const known = groups.filter((id) => this.groups.has(id));
    return known.length > 0 && known.every((id) => this.pauses.returnsAt(id, now) > deadline);
  }

  protected renewReplica(replica: string, peers: Peers, now: number): void {
    this.replicas.set(replica, { ...this.replicas.get(replica), until: now + LEASE_MS, peers });
    if (this.replicas.size >= peers.count) this.sharesUntil = 0;
  }

  /** Forgets groups and pauses that no replica has in its configuration any more, and no request in flight. */
  protected forgetRemoved(): void {
    const known = new Set([...this.leases.values()].map(({ group }) => group));
    for (const { groups } of this.replicas.values()) {
      if (groups === undefined) return;
      for (const id of groups) known.add(id);
    }
    for (const id of this.groups.keys()) if (!known.has(id)) this.groups.delete(id);
    const names = new Set([...known].flatMap(namePauses));
    for (const name of this.pauses.all.keys()) if (!names.has(name)) this.pauses.all.delete(name);
  }

  /** Ends the part of replicas whose lease has lapsed; takes back grants that were not taken up. */
  protected reap(now: number): void {
    for (const [replica, { until }] of [...this.replicas]) {
      if (until > now) continue;
      this.dropReplica(replica, now);
      // All at once: the store was away, and they may all have requests in flight.
      if (this.replicas.size === 0) this.sharesUntil = now + LEASE_MS;
    }
    const leases = [...this.leases.values()].sort((one, other) => one.sequence - other.sequence);
    for (const lease of leases) {
      if (lease.claimUntil === 0 || lease.claimUntil > now) continue;
      if (lease.unclaimed + 1 >= MAX_UNCLAIMED) this.endLease(lease, 0);
      else this.returnToQueue(lease, 1);
    }
    this.pauses.forgetOld(now);
  }

  protected dropReplica(replica: string, now: number): void {
    this.replicas.delete(replica);
    for (const lease of [...this.leases.values()]) {
      if (lease.replica === replica) this.endLease(lease, now - lease.grantedAt);
    }
    for (const request of [...this.waiting.values()]) {
      if (request.replica === replica) this.stopWaiting(request);
    }
  }

  /** Grants free slots, in the order of the discipline. */
  protected grant(now: number): Grant[] {
    const grants: Grant[] = [];
    if (this.waiting.size === 0) return grants;
    const usage = countUsage(this.leases.values());
    this.#noteOverdue(now);
    for (;;) {
      const next = this.#pickNext(usage, now);
      if (next === undefined) return grants;
      const { request, group } = next;
      this.waiting.delete(request.id);
      const charged = this.estimate(request);
      this.floor = Math.max(this.floor, this.#timeOf(request.flow));
      this.flows.set(request.flow, (this.flows.get(request.flow) ?? 0) + charged);
      const lease = { ...request, group, grantedAt: now, charged, claimUntil: now + CLAIM_MS };
      this.leases.set(request.id, lease);
      this.pauses.startProbe(lease);
      usage.add(lease);
      grants.push({ id: request.id, replica: request.replica, group });
    }
  }

  protected activate(flow: string): void {
    if (this.flows.has(flow)) return;
    this.flows.set(flow, Math.max(this.idle.get(flow) ?? 0, this.floor));
    this.idle.delete(flow);
  }

  protected stopWaiting({ id, flow }: QueueRequest): void {
    this.waiting.delete(id);
    this.#deactivate(flow);
  }

  /** Ends a lease that was used for so long; 0 means that its slot did no work. */
  protected endLease(lease: Lease, durationMs: number): void {
    this.leases.delete(lease.id);
    this.#settle(lease, durationMs === 0 ? 0 : this.cost(lease, durationMs));
    this.#deactivate(lease.flow);
  }

  /** Its slot did no work: the request waits where it was before, at the head of its flow. */
  protected returnToQueue(
    { group, grantedAt, charged, claimUntil, ...entry }: Lease,
    unclaimed: number,
  ): void {
    this.leases.delete(entry.id);
    this.#settle({ flow: entry.flow, charged }, 0);
    const siblings = this.#ofFlow(entry.flow).filter((one) => one.class === entry.class);
    const round = siblings.length === 0 ? entry.round : Math.min(entry.round, presentRound(siblings));
    this.waiting.set(entry.id, { ...entry, round, unclaimed: entry.unclaimed + unclaimed });
  }

  /** Leases that last longer than was estimated count with their duration so far. */
  #noteOverdue(now: number): void {
    this.#overdue.clear();
    for (const lease of this.leases.values()) {
      const more = this.cost(lease, now - lease.grantedAt) - lease.charged;
      if (more > 0) this.#overdue.set(lease.flow, (this.#overdue.get(lease.flow) ?? 0) + more);
    }
  }

  #timeOf(flow: string): number {
    return (this.flows.get(flow) ?? 0) + (this.#overdue.get(flow) ?? 0);
  }

  #ofFlow(flow: string): Waiting[] {
    return [...this.waiting.values()].filter((one) => one.flow === flow);
  }

  #pickNext(usage: Usage, now: number): { request: Waiting; group: string } | undefined {
    let next: { request: Waiting; group: string } | undefined;
    for (const request of this.waiting.values()) {
      if (next !== undefined && this.compare(request, next.request) >= 0) continue;
      const group = this.#findGroup(request, usage, now);
      if (group !== undefined) next = { request, group };
    }
    return next;
  }

  /** The first group of the request's choice that has a free slot for it. */
  #findGroup(request: Waiting, usage: Usage, now: number): string | undefined {
    return request.groups.find((id) => {
      const group = this.groups.get(id);
      if (group === undefined || group.pausedUntil > now) return false;
      if (request.tried?.includes(id) || this.pauses.isOut(id, now)) return false;
      if (group.slots === undefined) return true;
      const { reserve } = this.settings;
      const forBatch = Math.max(Math.min(1, group.slots), group.slots - reserve);
      if (usage.ofGroup(id) >= (request.class === 'batch' ? forBatch : group.slots)) return false;
      return (
        this.sharesUntil <= now || usage.ofReplica(id, request.replica) < this.#share(group.slots, request)
      );
    });
  }

  #share(slots: number, { replica }: Waiting): number {
    const { count, rank } = this.replicas.get(replica)?.peers ?? { count: 1, rank: 0 };
    return Math.floor(slots / count) + (rank < slots % count ? 1 : 0);
  }

  #settle({ flow, charged }: Pick<Lease, 'flow' | 'charged'>, cost: number): void {
    this.flows.set(flow, (this.flows.get(flow) ?? 0) + cost - charged);
  }

  /** Forgets a flow that neither waits nor has a lease, unless it has had more than the others. */
  #deactivate(flow: string): void {
    const isActive = [this.waiting, this.leases].some((map) =>
      [...map.values()].some((one) => one.flow === flow),
    );
    if (isActive) return;
    const time = this.flows.get(flow) ?? 0;
    this.flows.delete(flow);
    if (this.flows.size === 0) {
      this.idle.clear();
      this.floor = 0;
      return;
    }
    if (time > this.floor) this.idle.set(flow, time);
    for (const [other, its] of this.idle) if (its <= this.floor) this.idle.delete(other);
    if (this.idle.size > MAX_IDLE_FLOWS) this.#forgetLeastIdle();
  }

  #forgetLeastIdle(): void {
    const [least] = [...this.idle].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
    if (least !== undefined) this.idle.delete(least[0]);
  }
}
