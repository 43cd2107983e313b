/** What can happen to a gateway that somebody may want to be told of: one row for each kind of event. */

export type Severity = 'info' | 'warning' | 'error';

interface Texts {
  readonly en: string;
  readonly zh: string;
}

export interface EventKindRow {
  readonly severity: Severity;
  /** Whether it is sent to ALERT_WEBHOOK. */
  readonly isAlert: boolean;
  /** The kind that ends it. It is told again only after its end; `undefined` when it has no end. */
  readonly endedBy?: string;
  /** Name of the kind, in lists and filters. */
  readonly name: Texts;
  /** What happened. `{subject}` and the names of parameters stand for their values. */
  readonly text: Texts;
}

export const EVENT_KINDS = {
  degraded: {
    severity: 'error',
    // Sent while the store is away, by replica-watch.ts.
    isAlert: false,
    endedBy: 'recovered',
    name: { en: 'Degraded mode', zh: '降级运行' },
    text: {
      en: 'Redis cannot be used: replicas go on without shared state ({reason}).',
      zh: '无法使用 Redis，各副本在没有共享状态的情况下继续运行（{reason}）。',
    },
  },
  recovered: {
    severity: 'info',
    isAlert: true,
    name: { en: 'Back from degraded mode', zh: '恢复正常' },
    text: { en: 'Redis is in use again.', zh: 'Redis 已恢复使用。' },
  },
  replica_lost: {
    severity: 'error',
    isAlert: true,
    name: { en: 'Replica lost', zh: '副本失联' },
    text: {
      en: 'The replica {subject} stopped announcing itself: killed, crashed, or without network.',
      zh: '副本 {subject} 停止上报：可能被终止、崩溃或断网。',
    },
  },
  replica_joined: {
    severity: 'info',
    isAlert: false,
    name: { en: 'Replica started', zh: '副本启动' },
    text: {
      en: 'The replica {subject} started (version {version}).',
      zh: '副本 {subject} 已启动（版本 {version}）。',
    },
  },
  version_changed: {
    severity: 'info',
    isAlert: false,
    name: { en: 'Version changed', zh: '版本变更' },
    text: { en: 'Version {from} was replaced by {to}.', zh: '版本由 {from} 变为 {to}。' },
  },
  upstream_refused: {
    severity: 'error',
    isAlert: true,
    endedBy: 'upstream_answers',
    name: { en: 'Upstream refuses', zh: '上游拒绝' },
    text: {
      en: 'The upstream {subject} refuses requests until somebody acts ({code}).',
      zh: '上游 {subject} 拒绝请求，需要人工处理（{code}）。',
    },
  },
  upstream_answers: {
    severity: 'info',
    isAlert: true,
    name: { en: 'Upstream answers again', zh: '上游恢复' },
    text: { en: 'The upstream {subject} answers again.', zh: '上游 {subject} 已恢复作答。' },
  },
  credential_out: {
    severity: 'warning',
    isAlert: true,
    endedBy: 'credential_back',
    name: { en: 'Credential out', zh: '凭据停用' },
    text: {
      en: 'The credential {subject} is paused: {why} ({code}).',
      zh: '凭据 {subject} 已暂停：{why_zh}（{code}）。',
    },
  },
  credential_back: {
    severity: 'info',
    isAlert: true,
    name: { en: 'Credential back', zh: '凭据恢复' },
    text: { en: 'The credential {subject} answers again.', zh: '凭据 {subject} 已恢复作答。' },
  },
  model_substituted: {
    severity: 'warning',
    isAlert: true,
    name: { en: 'Model substituted', zh: '模型被替换' },
    text: {
      en: 'The upstream answered requests for {subject} with {served}.',
      zh: '请求 {subject} 时，上游以 {served} 作答。',
    },
  },
  budget_warning: {
    severity: 'warning',
    isAlert: true,
    name: { en: 'Budget at 80 %', zh: '预算已用 80%' },
    text: {
      en: '{subject} has spent 80 % of a budget ({budget}).',
      zh: '{subject} 已用去预算（{budget}）的 80%。',
    },
  },
  budget_spent: {
    severity: 'error',
    isAlert: true,
    name: { en: 'Budget spent', zh: '预算用完' },
    text: { en: '{subject} has spent a budget ({budget}).', zh: '{subject} 的预算（{budget}）已用完。' },
  },
  quota_warning: {
    severity: 'warning',
    isAlert: true,
    name: { en: 'Plan quota at 80 %', zh: '套餐额度已用 80%' },
    text: {
      en: 'The plan of {subject} has used {percent} % of its quota ({window}).',
      zh: '{subject} 的套餐额度（{window_zh}）已用 {percent}%。',
    },
  },
  quota_spent: {
    severity: 'error',
    isAlert: true,
    name: { en: 'Plan quota used up', zh: '套餐额度用完' },
    text: {
      en: 'The plan of {subject} has used up its quota ({window}).',
      zh: '{subject} 的套餐额度（{window_zh}）已用完。',
    },
  },
  weekly_digest: {
    severity: 'info',
    isAlert: true,
    name: { en: 'Weekly digest', zh: '每周摘要' },
    text: { en: 'The digest of the week of {subject} was sent.', zh: '已发送 {subject} 当周的摘要。' },
  },
  alert_failed: {
    severity: 'warning',
    isAlert: false,
    name: { en: 'Alert not delivered', zh: '告警未送达' },
    text: {
      en: 'The receiver {subject} did not take an alert ({problem}).',
      zh: '接收端 {subject} 未接受告警（{problem}）。',
    },
  },
  key_created: {
    severity: 'info',
    isAlert: false,
    name: { en: 'Key created', zh: '创建密钥' },
    text: { en: 'The key {subject} was created by {actor}.', zh: '{actor} 创建了密钥 {subject}。' },
  },
  key_revoked: {
    severity: 'info',
    isAlert: false,
    name: { en: 'Key revoked', zh: '撤销密钥' },
    text: { en: 'The key {subject} was revoked by {actor}.', zh: '{actor} 撤销了密钥 {subject}。' },
  },
} as const satisfies Readonly<Record<string, EventKindRow>>;

export type EventKind = keyof typeof EVENT_KINDS;
export const EVENT_KIND_NAMES = Object.keys(EVENT_KINDS) as readonly EventKind[];

export function findEventKind(kind: EventKind): EventKindRow {
  return EVENT_KINDS[kind];
}

/** The kind that is ended by `kind`. @returns undefined if it ends none */
export function findEndedKind(kind: EventKind): EventKind | undefined {
  return ENDED.get(kind);
}

const ENDED: ReadonlyMap<string, EventKind> = new Map(
  EVENT_KIND_NAMES.flatMap((kind) => {
    const { endedBy } = findEventKind(kind);
    return endedBy === undefined ? [] : [[endedBy, kind] as const];
  }),
);
