/**
 * The queue of a pool of slots, as replicas share it. One contract, tested by one suite in memory and on Redis. Every verb
 * is atomic and counts by the store's own clock. Calls reject with a StoreUnavailableError while the store is away.
 */
import type {
  EnterResult,
  GiveBackResult,
  Group,
  Lease,
  LeaseOutcome,
  Pause,
  PauseRequest,
  Peers,
  QueueRequest,
  Registration,
  Renewal,
  Standing,
  Waiting,
} from './core/types.js';

export interface QueueStore {
  /** Known to be away: calls reject without reaching it. Left out by stores that cannot be away. */
  readonly isAway?: boolean;
  /** Makes a replica known to a pool, with its settings and what it has in flight; nothing of that is ended. */
  register(pool: string, registration: Registration): Promise<Standing>;
  /** Asks for a slot: granted at once, or waiting in its flow. Asking again with the same id changes nothing. */
  enter(pool: string, request: QueueRequest, replica: string): Promise<EnterResult>;
  /** Takes up a grant within CLAIM_MS. @returns The slot group, `undefined` when the request has no grant. */
  take(pool: string, id: string): Promise<string | undefined>;
  /**
   * Ends a request, waiting or in flight. Ending it again changes nothing.
   * @param usedMs How long it was at the upstream: what its flow is charged, instead of all the time since the grant.
   * @returns The pauses that its success has ended.
   */
  leave(pool: string, id: string, outcome: LeaseOutcome, usedMs?: number): Promise<readonly string[]>;
  /** After a refusal by the upstream: the request waits again, where it was. @returns False when it has no lease. */
  putBack(pool: string, id: string): Promise<boolean>;
  /**
   * After a failure of its credential: the request waits again, at the head of its flow, for another of its groups; or it
   * ends, where none of them can serve it.
   * @param isRepeatable False when the request has to end, since its answer has begun.
   * @returns `undefined` when it has no lease of that group.
   */
  giveBack(
    pool: string,
    id: string,
    pause: PauseRequest,
    isRepeatable: boolean,
  ): Promise<GiveBackResult | undefined>;
  /**
   * Prolongs all that a replica has in the pool, for LEASE_MS.
   * @param ids All requests of the replica, waiting or in flight.
   * @returns `undefined` when the pool does not know the replica: its lease has lapsed, or the store was emptied.
   */
  renew(pool: string, replica: string, peers: Peers, ids: readonly string[]): Promise<Renewal | undefined>;
  /** Ends all that a replica has in the pool, as it stops. */
  unregister(pool: string, replica: string): Promise<void>;
  read(pool: string): Promise<PoolView>;
  /** Tells a replica of its grants. Resolves once it listens, or with the first failure noted and retried. */
  listen(replica: string, listener: QueueListener): Promise<QueueSubscription>;
}

export interface QueueListener {
  /** The request was granted a slot: take it up within CLAIM_MS. */
  onGrant(pool: string, id: string): void;
  /** A limit or a pause is known for a pool: it has just become known, or was before this replica listened. */
  onLimit(pool: string): void;
  /** Messages may have been missed: called after every connection, the first included. */
  onConnect(): void;
}

export interface QueueSubscription {
  close(): Promise<void>;
}

/** A pool as it stands, for the places of those who wait and for the page. */
export interface PoolView {
  readonly groups: ReadonlyMap<string, Group>;
  /** By the name of the credential, or of a group where only that one is paused. */
  readonly pauses: ReadonlyMap<string, Pause>;
  readonly leases: readonly Lease[];
  readonly waiting: readonly Waiting[];
  /** Virtual time of each flow that waits or has a lease. */
  readonly flows: ReadonlyMap<string, number>;
  readonly meanMs: number;
}
