/** The `traceparent` header of W3C Trace Context (https://www.w3.org/TR/trace-context/): which trace a request belongs to. Pure. */

export interface TraceParent {
  /** Lower-case hexadecimal, 32 characters. */
  readonly traceId: string;
  /** The span that sent the request. Lower-case hexadecimal, 16 characters. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

const FIELDS = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 1;

/** @returns `undefined` if the header is missing or malformed: the request then belongs to no trace */
export function parseTraceparent(header: string | undefined): TraceParent | undefined {
  const [, version, traceId, spanId, flags, more] = FIELDS.exec(header ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  // Later versions may append fields.
  if (version === '00' && more !== undefined) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags ?? '', 16) & SAMPLED) === SAMPLED };
}

/** Writes the header in version 00, whatever the version that was read. */
export function formatTraceparent({ traceId, spanId, isSampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}
