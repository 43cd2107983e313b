/** What a queue is made of. A pool is a set of slot groups that can serve each other's requests; it has one queue. */
import type { PauseCause, PauseKind } from '../../vocabulary/pauses.js';

/** A replica's leases and waiting requests end this long after its last renewal, in milliseconds. */
export const LEASE_MS = 15_000;
/** A grant that is not taken up within this time goes back to the head of its flow, in milliseconds. */
export const CLAIM_MS = 2_000;
/** How a replica was told of a grant may be under way for so long before a renewal tells of it, in milliseconds. */
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
  /** Groups of those that have failed it, and do not serve it again; left out when there are none. */
  readonly tried?: readonly string[];
  /** Share of its flow, a whole number of 1 or more. */
  readonly weight: number;
  /** How long it may wait from when it enters, in milliseconds. */
  readonly patienceMs: number;
}

export interface Waiting extends QueueRequest {
  readonly replica: string;
  /** Until when it may wait, in Unix milliseconds. */
  readonly deadline: number;
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

/** Why a credential, or a slot group of it, is not asked. Times are Unix milliseconds. */
export interface Pause {
  readonly kind: PauseKind;
  /** What the upstream said: its business code, or the HTTP status. */
  readonly code: string;
  readonly since: number;
  /** When the upstream failed last. */
  readonly failedAt: number;
  /** When it ends by itself, as far as anyone knows; 0: when an operator has acted. */
  readonly until: number;
  /** From then on one request probes whether the upstream answers again. */
  readonly probeAt: number;
  /** Failures in a row: the first one, then those of probes. */
  readonly failures: number;
  /** Id of the request that has probed last, or probes now while it has a lease; empty before the first. */
  readonly probe: string;
}

export type Pauses = Readonly<Record<string, Pause>>;

/** Asks for a pause. */
export interface PauseRequest extends Pick<PauseCause, 'kind' | 'code' | 'scope'> {
  /** Which group has failed: a message that comes twice must not pause the next one. */
  readonly group: string;
  /** False when the failure may be the request's own: it renews the pause that the request has probed, and begins none. */
  readonly isConfirmed: boolean;
  /** How long the first one is, in milliseconds. It doubles with each failed probe. */
  readonly pauseMs: number;
  readonly maxMs: number;
  /** When the upstream says that it ends by itself, in milliseconds from now; 0 when it does not. */
  readonly endsInMs: number;
}

/** The pause for which a request gets no slot. */
export interface Outlook {
  readonly reason: PauseKind;
  readonly code: string;
  /** When it ends by itself, in milliseconds from now; 0 when nobody knows. */
  readonly inMs: number;
}

export interface GiveBackResult {
  /** Whether the request waits again, for another group. */
  readonly isWaiting: boolean;
  /** The pause that has begun with this failure; empty when none has. */
  readonly began: string;
  /** Whether all its groups are paused for longer than it may wait. */
  readonly isPaused: boolean;
  readonly outlook: Outlook;
}

export interface Replica {
  /** Unix milliseconds. */
  readonly until: number;
  readonly peers: Peers;
  /** Groups of its configuration; `undefined` for a replica of a version that does not tell. */
  readonly groups?: readonly string[];
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
  /** Pauses that were known before, for a store that was emptied. */
  readonly paused: Pauses;
  /** How long ago somebody may have mended what was refused (the start of the process), in milliseconds. */
  readonly actedAgoMs: number;
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
  /** All its groups are paused for longer than it may wait. */
  | { readonly kind: 'paused'; readonly outlook: Outlook }
  /** The pool does not know this replica: it has to register first. */
  | { readonly kind: 'unregistered' };

/** Slots by group, for groups whose limit is known. */
export type Limits = Readonly<Record<string, number>>;

/** What a pool knows of its groups. */
export interface Standing {
  readonly limits: Limits;
  readonly pauses: Pauses;
  /** The store's time, to which those of the pauses belong; Unix milliseconds. */
  readonly now: number;
}

export interface Renewal extends Standing {
  /** Ids of the replica's requests that the pool does not know. */
  readonly missing: readonly string[];
  /** Ids of the replica's requests that have a slot. Those that still wait there have missed a message or an answer. */
  readonly granted: readonly string[];
  /** The replica's waiting requests whose groups are all paused for longer than they may wait. */
  readonly hopeless: readonly Hopeless[];
}

export interface Hopeless extends Outlook {
  readonly id: string;
}

/** How a request ended. `failed` covers all that tells nothing about the limit. */
export type LeaseOutcome = 'ok' | 'refused' | 'failed';
