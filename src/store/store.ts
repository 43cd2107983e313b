/**
 * What the gateway keeps, in its own verbs. One contract, tested by one suite on every implementation.
 * Conversation names are digests; tokens are guest tokens, never an account's. What is shared by replicas is shared by
 * Redis; where it cannot be asked its calls reject with a StoreUnavailableError, and `ResilientStore` goes on.
 */
import type { Fields, LabelKind, Slot, StatsBatch } from '../stats/batch.js';
import type { RequestRecord } from '../stats/request-record.js';
import type { ResponseStore } from './response-store.js';

/** The shared store cannot be asked now. Whatever can go on without it does. */
export class StoreUnavailableError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'StoreUnavailableError';
  }
}

/** A conversation's token is forgotten this long after its last use, in milliseconds. */
export const CONVERSATION_TTL_MS = 60 * 60 * 1000;
/** A token minted ahead is thrown away unused after this long, in milliseconds. */
export const SPARE_TOKEN_TTL_MS = 5 * 60 * 1000;
/** Who was let to mint a token has to bring it within this long, or another is let, in milliseconds. */
export const MINT_LEASE_MS = 15_000;
/** A replica that says nothing for this long is gone, in milliseconds. */
export const REPLICA_SILENCE_MS = 10_000;
/** A replica that was lost is remembered for this long after it was last heard of, in milliseconds. */
export const LOST_REPLICA_MS = 60 * 60 * 1000;
/** Lost replicas that are remembered at most. */
export const MAX_LOST_REPLICAS = 100;

/** The token; or this caller is to mint one; or another is at it; or nobody may share one under this name. */
export type TokenClaim = { readonly token: string } | 'mint' | 'wait' | 'ambiguous';

export interface TokenStore {
  /** The conversation's token, whose life begins anew; undefined: none is known, or it is ambiguous. */
  findToken(conversation: string): Promise<string | undefined>;
  /** The same, but where there is none exactly one owner is told to mint it, for MINT_LEASE_MS; atomic. */
  claimToken(conversation: string, owner: string): Promise<TokenClaim>;
  /** The mint failed: another may try. */
  releaseClaim(conversation: string, owner: string): Promise<void>;
  /**
   * Binds the token unless another one is bound, and resolves with the one to use; atomic. An ambiguous conversation
   * stays ambiguous: the caller keeps its own token.
   */
  bindToken(conversation: string, token: string): Promise<string>;
  /**
   * Notes that an answer which ends in this transcript came with this token; atomic. Where another token is noted
   * already, two conversations look alike: the entry becomes ambiguous and stays so.
   */
  rememberToken(conversation: string, token: string): Promise<void>;
  /**
   * Unbinds the token, if it is still the one; atomic. Another can be bound then, but the conversation stays taken:
   * an answer of somebody else's that ends in the same transcript makes it ambiguous all the same.
   */
  forgetToken(conversation: string, token: string): Promise<void>;
  /** Puts aside a token that no conversation has. */
  addSpareToken(token: string): Promise<void>;
  /** Takes a spare token, the oldest: nobody else gets the same; atomic. */
  takeSpareToken(): Promise<string | undefined>;
  countSpareTokens(): Promise<number>;
}

/** Requests and guilt of one client address. */
export interface AddressCount {
  readonly address: string;
  readonly requests: number;
  readonly unauthorized: number;
  readonly limited: number;
}

export interface StatsStore {
  /** Adds a batch to the counts of all replicas; atomic, and only once for each number of a replica. */
  recordBatch(batch: StatsBatch): Promise<void>;
  /** The counters of each slot asked for, in that order; empty where nothing was counted. */
  readCounters(slots: readonly Slot[]): Promise<Fields[]>;
  /** The counters of each slot, by label; past MAX_LABELS they are counted as `other`. */
  readLabels(kind: LabelKind, slots: readonly Slot[]): Promise<ReadonlyMap<string, Fields>[]>;
  /** The busiest addresses of the present hour, busiest first. */
  readAddresses(hour: Slot, most: number): Promise<AddressCount[]>;
  /** The requests that finished last, of all replicas, newest first. */
  readRequests(most: number): Promise<RequestRecord[]>;
}

export interface Announcement {
  readonly id: string;
  readonly version: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly inFlight: number;
  readonly eventLoopLagMs: number;
  readonly memoryBytes: number;
  readonly redisLatencyMs: number;
  /** Since when it takes no new work, in Unix milliseconds; undefined: it does. */
  readonly drainingSince?: number | undefined;
  /** When it last had to go on without Redis, in Unix milliseconds; undefined: never. */
  readonly degradedAt?: number | undefined;
  readonly guestTokens: GuestTokenCounts;
}

/** Where guest tokens came from, since a replica started. */
export interface GuestTokenCounts {
  /** The conversation had one already. */
  readonly reused: number;
  /** One that was minted ahead. */
  readonly pooled: number;
  /** A caller had to wait for a mint. */
  readonly waited: number;
  /** Minted in all, ahead or not. */
  readonly minted: number;
  /** Mints that failed. */
  readonly failed: number;
}

export interface Replica extends Announcement {
  /** Milliseconds since it was heard of. */
  readonly silentMs: number;
}

/** A replica that fell silent without having drained or withdrawn: killed, crashed or cut off. */
export interface LostReplica {
  readonly id: string;
  /** When it was last heard of, in Unix milliseconds. */
  readonly lostAt: number;
}

export interface ReplicaStore {
  /** Says that a replica is alive; resolves with how many are. One that was taken for lost is so no longer. */
  announce(replica: Announcement): Promise<number>;
  /** Says that a replica leaves as it should. */
  withdraw(id: string): Promise<void>;
  /** Those heard of within REPLICA_SILENCE_MS. */
  readReplicas(): Promise<Replica[]>;
  /** Those lost within LOST_REPLICA_MS, latest first, as of the latest announcement of another replica. */
  readLostReplicas(): Promise<LostReplica[]>;
}

export interface Store extends TokenStore, StatsStore, ReplicaStore, ResponseStore {
  /** Proposes a value; resolves with the one that was proposed first and holds for all replicas. */
  shareSecret(name: string, proposal: string): Promise<string>;
  close(): Promise<void>;
}
