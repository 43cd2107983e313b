/** What holds for a request from its first byte to the end of its response: who asks, and until when. */
import type { Meters } from '../budgets/core/meters.js';
import type { Sealing } from '../kept-responses/seal.js';
import type { KnownKey } from '../team/key-cache.js';

export interface RequestContext {
  /** Sent to the client and to the upstream as `x-request-id`. */
  readonly id: string;
  /** IP address, as the trusted proxies report it. Kept here because a closed socket no longer knows it. */
  readonly clientAddress: string;
  /** `undefined` until `authenticate` has accepted a key. */
  readonly caller?: Caller | undefined;
  /**
   * Aborted when the request ends before its response: the client has left, or the gateway shuts down. The reason is
   * always an ApiError.
   */
  readonly signal: AbortSignal;
}

export interface Caller {
  /** What usage is counted under: a managed key's id, `env:NAME` of a key of the environment, or `public`. */
  readonly keyId: string;
  readonly keyName: string;
  /** Callers that use the public key are told apart by address. */
  readonly isPublic: boolean;
  /** Derives what the caller's kept responses are sealed with from its API key; `undefined` if none may be kept. */
  readonly deriveSealing: (() => Sealing) | undefined;
  /** `undefined` for keys of the environment. */
  readonly managed?: KnownKey | undefined;
  /** Budgets of a key of the environment. */
  readonly meters?: Meters | undefined;
}
