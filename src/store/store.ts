/**
 * The store's interface: one method for each operation of the gateway. One contract suite tests every implementation.
 * Conversation names are digests; tokens are guest tokens, never an account's. Replicas share state through Redis. While
 * Redis is unavailable, its calls reject with a StoreUnavailableError, and `ResilientStore` falls back to memory.
 */
import type { Fields, LabelKind, Slot, StatsBatch } from '../stats/batch.js';
import type { RequestRecord } from '../stats/request-record.js';
import type { UsageByModel, UsageKey, UsagePart } from '../stats/usage.js';
import type { ReadingStore } from './reading-store.js';
import type { ResponseStore } from './response-store.js';

export { StoreUnavailableError } from '../vocabulary/store-unavailable.js';

/** Lifetime of a conversation's token after its last use, in milliseconds. */
export const CONVERSATION_TTL_MS = 60 * 60 * 1000;
/** Lifetime of an unused spare token, in milliseconds. */
export const SPARE_TOKEN_TTL_MS = 5 * 60 * 1000;
/** Lifetime of a claim to mint a token, in milliseconds. After it, another owner may claim. */
export const MINT_LEASE_MS = 15_000;
/** A replica without an announcement for this long counts as gone, in milliseconds. */
export const REPLICA_SILENCE_MS = 10_000;
/** How long a lost replica is listed after its last announcement, in milliseconds. */
export const LOST_REPLICA_MS = 60 * 60 * 1000;
/** Maximum number of lost replicas that are listed. */
export const MAX_LOST_REPLICAS = 100;
/** Pools of slots that one replica announces. */
export const MAX_ANNOUNCED_POOLS = 50;

/** The token; or the caller shall mint one; or another owner is minting; or the conversation is ambiguous and shares none. */
export type TokenClaim = { readonly token: string } | 'mint' | 'wait' | 'ambiguous';

export interface TokenStore {
  /**
   * Finds the conversation's token and renews its lifetime.
   * @returns undefined if there is none, or the conversation is ambiguous
   */
  findToken(conversation: string): Promise<string | undefined>;
  /** Like `findToken`; if there is no token, exactly one owner may mint it within MINT_LEASE_MS. Atomic. */
  claimToken(conversation: string, owner: string): Promise<TokenClaim>;
  /** Releases the claim of an owner whose mint failed. */
  releaseClaim(conversation: string, owner: string): Promise<void>;
  /**
   * Binds the token unless another one is bound, and resolves to the one to use. Atomic. An ambiguous conversation stays
   * ambiguous, and the caller uses its own token.
   */
  bindToken(conversation: string, token: string): Promise<string>;
  /**
   * Records that an answer with this transcript used this token. Atomic. If another token is recorded already, the
   * transcript belongs to two conversations: the entry becomes ambiguous and stays so.
   */
  rememberToken(conversation: string, token: string): Promise<void>;
  /**
   * Unbinds the token if it is still bound. Atomic. Another token can be bound then, but the entry remains: an answer of
   * another conversation with the same transcript still makes it ambiguous.
   */
  forgetToken(conversation: string, token: string): Promise<void>;
  /** Adds an unused token. */
  addSpareToken(token: string): Promise<void>;
  /** Removes the oldest spare token and resolves to it. Atomic. @returns undefined if there is none */
  takeSpareToken(): Promise<string | undefined>;
  countSpareTokens(): Promise<number>;
}

/** Request counts of one client address. */
export interface AddressCount {
  readonly address: string;
  readonly requests: number;
  readonly unauthorized: number;
  readonly limited: number;
}

export interface StatsStore {
  /** Adds a batch to the counts of all replicas. Atomic, and applied once for each batch number of a replica. */
  recordBatch(batch: StatsBatch): Promise<void>;
  /** Reads the counters of each slot, in the order given; empty for slots without counts. */
  readCounters(slots: readonly Slot[]): Promise<Fields[]>;
  /** Reads the counters of each slot by label. Labels beyond MAX_LABELS are counted as `other`. */
  readLabels(kind: LabelKind, slots: readonly Slot[]): Promise<ReadonlyMap<string, Fields>[]>;
  /** Reads the addresses with the most requests of the current hour, in descending order. */
  readAddresses(hour: Slot, limit: number): Promise<AddressCount[]>;
  /** Lists the keys with usage since a time, latest use first. A key that was renamed since is listed under both names. */
  listUsageKeys(since: number): Promise<UsageKey[]>;
  /** Reads the usage of keys by model, in the order given; empty where there is none. */
  readUsage(parts: readonly UsagePart[]): Promise<UsageByModel[]>;
  /** Reads the latest requests of all replicas, newest first. */
  readRequests(limit: number): Promise<RequestRecord[]>;
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
  /** When the replica began to drain, in Unix milliseconds, `undefined` when it is not draining. */
  readonly drainingSince?: number | undefined;
  /** When the replica was last in degraded mode, in Unix milliseconds, `undefined` when it never was. */
  readonly degradedAt?: number | undefined;
  /** Why what changes is lost at a restart, `undefined` when it is not. Only a gateway without Redis has it. */
  readonly notKept?: string | undefined;
  readonly guestTokens: GuestTokenCounts;
  /** Pools of slots whose limit the replica knows, `undefined` when it knows none. */
  readonly pools?: readonly string[] | undefined;
  /** Digest of the UPSTREAMS_FILE in use, `undefined` without one. */
  readonly upstreamsDigest?: string | undefined;
  /** Credentials, or models of them, that the upstream refuses until an operator acts, `undefined` when there are none. */
  readonly refusals?: readonly { readonly name: string; readonly code: string }[] | undefined;
}

/** Counts of guest tokens by origin, since the replica started. */
export interface GuestTokenCounts {
  /** Turns whose conversation already had a token. */
  readonly reused: number;
  /** Tokens taken from the pool. */
  readonly pooled: number;
  /** Mints that a request waited for. */
  readonly waited: number;
  /** All successful mints. */
  readonly minted: number;
  /** Mints that failed. */
  readonly failed: number;
}

export interface Replica extends Announcement {
  /** Milliseconds since its last announcement. */
  readonly silentMs: number;
}

/** A replica that stopped announcing itself without draining: it was killed, crashed or lost its network. */
export interface LostReplica {
  readonly id: string;
  /** Time of its last announcement, in Unix milliseconds. */
  readonly lostAt: number;
}

export interface ReplicaStore {
  /** Records that a replica is alive, and resolves to the number of live replicas. It is no longer listed as lost. */
  announce(replica: Announcement): Promise<number>;
  /** Removes a replica that shuts down gracefully. */
  withdraw(id: string): Promise<void>;
  /** Reads the replicas with an announcement within REPLICA_SILENCE_MS. */
  readReplicas(): Promise<Replica[]>;
  /** Reads the replicas lost within LOST_REPLICA_MS, latest first, as of the latest announcement of any replica. */
  readLostReplicas(): Promise<LostReplica[]>;
}

export interface Store extends TokenStore, StatsStore, ReplicaStore, ResponseStore, ReadingStore {
  /** Proposes a value. Resolves to the value that was proposed first, which all replicas use. */
  shareSecret(name: string, proposal: string): Promise<string>;
  close(): Promise<void>;
}
