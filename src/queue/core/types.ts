/** What a queue is made of. A pool is a set of slot groups that can serve each other's requests; it has one queue. */

/** A replica's leases and waiting requests end this long after its last renewal, in milliseconds. */
export const LEASE_MS = 15_000;
/** A grant that is not taken up within this time goes back to the head of its flow, in milliseconds. */
export const CLAIM_MS = 2_000;
/** A grant's message may be under way for so long before a renewal tells of the grant, in milliseconds. */
export const MESSAGE_MS = 200;
/** A request whose grant was not taken up this often is dropped. */
export const MAX_UNCLAIMED = 3;
/** A lease that its replica does not name in a renewal ends when it is this old, in milliseconds. */
export const ORPHAN_MS = 5_000;
/** Remembered flows that are idle but have had more than their share. */
export const MAX_IDLE_FLOWS = 1_000;
/** Expected duration of an answer before any was measured, in milliseconds. */
export const INITIAL_MEAN_MS = 1_000;

/** Interactive requests are granted before batch requests. */
export type RequestClass = 'interactive' | 'batch';

/** One request that wants a slot. */
export interface QueueRequest {
  readonly id: string;
  /** Whose slot-seconds are counted together: a key, or the public key. */
  readonly flow: string;
  /** Within a flow, those with different turns take turns: the address of a public caller. Empty: first in, first out. */
  readonly turn: string;
  readonly class: RequestClass;
  /** Slot groups that may serve it, in order of preference. */
  readonly groups: readonly string[];
  /** Share of its flow, a whole number of 1 or more. */
  readonly weight: number;
}

export interface Waiting extends QueueRequest {
  readonly replica: string;
  /** Order of arrival in the pool. */
  readonly sequence: number;
  /** Requests of a lower round of their flow go first. */
  readonly round: number;
  /** Grants that were not taken up. */
  readonly unclaimed: number;
}

export interface Lease extends Waiting {
  readonly group: string;
  /** Unix milliseconds. */
  readonly grantedAt: number;
  /** Virtual time that its flow was charged at the grant. */
  readonly charged: number;
  /** Until when the grant has to be taken up, in Unix milliseconds; 0 once it is. */
  readonly claimUntil: number;
}

/** The slots of one credential, or of one credential for one model. */
export interface Group {
  /** Requests that may run at the same time; `undefined` when no limit is known. */
  slots: number | undefined;
  /** When `slots` was learnt or changed last, in Unix milliseconds; 0 when it never was. */
  changedAt: number;
  /** Configured as a number, so that it is not learnt. */
  fixed: boolean;
  /** Successes since the latest change of `slots` that count towards the next slot. */
  successes: number;
  /** Successes that have to pass before they count again. */
  hold: number;
  /** Refusals in a row. */
  refusals: number;
  /** Unix milliseconds; nothing is granted before. */
  pausedUntil: number;
  /** After the first refusal, requests that replicas register until then raise the limit, in Unix milliseconds. */
  countsHeldUntil: number;
}

export interface Replica {
  /** Unix milliseconds. */
  readonly until: number;
  readonly peers: Peers;
}

/** How a replica sees the others: what its share of slots is derived from. */
export interface Peers {
  /** Replicas that are alive, this one included; 1 or more. */
  readonly count: number;
  /** Place of this replica among them, from 0. */
  readonly rank: number;
}

/** A limit as configured: a number, `auto` (learnt from the first refusal on), or `unlimited`. */
export type SlotSetting = number | 'auto' | 'unlimited';

/** What a replica tells a pool before it uses it. */
export interface Registration {
  readonly replica: string;
  readonly peers: Peers;
  readonly settings: PoolSettings;
  /** Limits that were learnt before, for a store that was emptied. */
  readonly learnt: Limits;
  /** What the replica has in flight. */
  readonly held: readonly Held[];
}

export interface PoolSettings {
  readonly groups: Readonly<Record<string, SlotSetting>>;
  /** Slots of each group that batch requests leave free; they may always use one. */
  readonly reserve: number;
  /** Requests of one flow that may wait. */
  readonly maxWaitingPerFlow: number;
  /** Requests that may wait in all. */
  readonly maxWaiting: number;
}

/** A request of a replica that is in flight upstream. */
export interface Held extends QueueRequest {
  readonly group: string;
}

/** Told to the replica that holds the request. */
export interface Grant {
  readonly id: string;
  readonly replica: string;
  readonly group: string;
}

export type EnterResult =
  | { readonly kind: 'granted'; readonly group: string }
  | { readonly kind: 'waiting' }
  /** The flow, or the pool, has as many waiting requests as it may. */
  | { readonly kind: 'flow-full' }
  | { readonly kind: 'pool-full' }
  /** The pool does not know this replica: it has to register first. */
  | { readonly kind: 'unregistered' };

/** Slots by group, for groups whose limit is known. */
export type Limits = Readonly<Record<string, number>>;

export interface Renewal {
  /** Ids of the replica's requests that the pool does not know. */
  readonly missing: readonly string[];
  /** Ids of the replica's requests whose grant waits to be taken up, its message being late or lost. */
  readonly granted: readonly string[];
  readonly limits: Limits;
}

/** How a request ended. `failed` covers all that tells nothing about the limit. */
export type LeaseOutcome = 'ok' | 'refused' | 'failed';
