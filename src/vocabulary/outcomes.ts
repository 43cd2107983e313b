/** How a finished request is counted. The statistics, the log, the pages, the JSON and the metrics all read this table. */

export const FAULTS = {
  none: { en: 'Succeeded', zh: '成功' },
  caller: { en: 'Caller', zh: '调用方' },
  upstream: { en: 'Upstream', zh: '上游' },
  gateway: { en: 'Gateway', zh: '网关' },
  /** The client left before its response was complete. */
  left: { en: 'Client left', zh: '客户端离开' },
} as const satisfies Readonly<Record<string, Label>>;

/** Who is responsible for an outcome. It names the colour and the mark on the dashboard (`dashboard.css`). */
export type Fault = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as readonly Fault[];

export const OUTCOMES = {
  ok: {
    fault: 'none',
    isFailure: false,
    countsForHealth: true,
    logLevel: 'info',
    en: 'succeeded',
    zh: '成功',
  },
  caller_error: {
    fault: 'caller',
    isFailure: true,
    countsForHealth: false,
    logLevel: 'info',
    en: 'client error',
    zh: '调用方错误',
  },
  rate_limited: {
    fault: 'caller',
    isFailure: true,
    countsForHealth: false,
    logLevel: 'info',
    en: 'over its limit',
    zh: '超出限额',
  },
  upstream_error: {
    fault: 'upstream',
    isFailure: true,
    countsForHealth: true,
    logLevel: 'warn',
    en: 'upstream failed',
    zh: '上游故障',
  },
  upstream_refused: {
    fault: 'upstream',
    isFailure: true,
    countsForHealth: true,
    logLevel: 'warn',
    en: 'upstream refused',
    zh: '上游拒绝',
  },
  upstream_truncated: {
    fault: 'upstream',
    isFailure: true,
    countsForHealth: true,
    logLevel: 'warn',
    en: 'cut off',
    zh: '回答中断',
  },
  gateway_error: {
    fault: 'gateway',
    isFailure: true,
    countsForHealth: true,
    logLevel: 'warn',
    en: 'gateway failed',
    zh: '网关故障',
  },
  cancelled: {
    fault: 'left',
    isFailure: false,
    countsForHealth: false,
    logLevel: 'info',
    en: 'cancelled',
    zh: '已取消',
  },
} as const satisfies Readonly<Record<string, OutcomeRow>>;

export type Outcome = keyof typeof OUTCOMES;
export const OUTCOME_NAMES = Object.keys(OUTCOMES) as readonly Outcome[];

interface Label {
  readonly en: string;
  readonly zh: string;
}

type OutcomeRow = Label & {
  /** Whether the request is an attempt that says something about how the gateway and its upstream are doing. */
  readonly countsForHealth: boolean;
  /** Level of the request's log line. */
  readonly logLevel: 'info' | 'warn';
} & (
    | { readonly fault: 'none' | 'left'; readonly isFailure: false }
    | { readonly fault: 'caller' | 'upstream' | 'gateway'; readonly isFailure: true }
  );

/** Reads one language's labels out of a table. */
export function labelsOf<Name extends string>(
  table: Readonly<Record<Name, Label>>,
  language: keyof Label,
): Readonly<Record<Name, string>> {
  const labels = Object.entries<Label>(table).map(([name, label]) => [name, label[language]]);
  return Object.fromEntries(labels) as Record<Name, string>;
}
