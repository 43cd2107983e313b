/** Which failures pause a credential, so that others serve what it would. One row for each code of Z.ai, and of the gateway. */

import type { ErrorCode } from '../vocabulary/error-codes.js';
import { ApiError } from '../vocabulary/errors.js';
import type { PauseCause } from '../vocabulary/pauses.js';

type Row = Pick<PauseCause, 'kind' | 'scope' | 'mayBeOwn'>;

const OVERLOADED: Row = { kind: 'overloaded', scope: 'model', mayBeOwn: true };
const USED_UP: Row = { kind: 'quota', scope: 'credential', mayBeOwn: false };
const ACCOUNT: Row = { kind: 'operator', scope: 'credential', mayBeOwn: false };

/** Z.ai's business codes. */
const BY_UPSTREAM_CODE: Readonly<Record<number, Row>> = {
  1000: ACCOUNT, // authentication failed
  1001: ACCOUNT, // no credential
  1002: ACCOUNT, // invalid token
  1003: ACCOUNT, // expired token
  1004: ACCOUNT, // token check failed
  1110: ACCOUNT, // inactive account
  1111: ACCOUNT, // no such account
  1112: ACCOUNT, // locked account
  1113: ACCOUNT, // no balance
  1120: ACCOUNT, // account not reachable
  1121: ACCOUNT, // account suspended
  1304: { ...USED_UP, scope: 'model' }, // daily count
  1305: OVERLOADED, // platform
  1308: USED_UP, // five hours
  1309: ACCOUNT, // plan expired
  1310: USED_UP, // week or month
  1311: { ...ACCOUNT, scope: 'model' }, // plan without this model
  1312: OVERLOADED, // model
  1313: ACCOUNT, // fair use
};

/** Where the upstream gives no code of its own, such as a self-hosted server. */
const BY_ERROR_CODE: Partial<Readonly<Record<ErrorCode, Row>>> = {
  overloaded: OVERLOADED,
  upstream_unauthorized: ACCOUNT,
  insufficient_quota: ACCOUNT,
  upstream_wrong_url: ACCOUNT,
  model_not_available: { ...ACCOUNT, scope: 'model' },
  upstream_not_allowed: { ...ACCOUNT, scope: 'model' },
  upstream_refused: { ...ACCOUNT, mayBeOwn: true },
  upstream_no_guest_token: { ...OVERLOADED, scope: 'credential' },
  upstream_not_a_stream: { ...OVERLOADED, scope: 'credential' },
  upstream_intercepted: { ...OVERLOADED, scope: 'credential' },
  upstream_unreachable: { ...OVERLOADED, scope: 'credential', mayBeOwn: false },
  upstream_timeout: OVERLOADED,
  upstream_connection_lost: OVERLOADED,
  upstream_truncated: OVERLOADED,
  upstream_error: OVERLOADED,
};

/** @returns `undefined` for failures that tell nothing about the credential. */
export function findPauseCause(error: unknown): PauseCause | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const { code, upstreamCode, retriable, retryAfterMs } = error;
  const row =
    (upstreamCode === undefined ? undefined : BY_UPSTREAM_CODE[upstreamCode]) ??
    (code === null ? undefined : BY_ERROR_CODE[code]) ??
    (retriable ? OVERLOADED : undefined);
  return row && { ...row, code: String(upstreamCode ?? code), endsInMs: retryAfterMs };
}
