/** Why a credential of the upstream is not asked for a while. The log, the dashboard and the errors of clients read the texts. */

export interface PauseKindRow {
  /** What happened, for people. */
  readonly en: string;
  readonly zh: string;
  /** What the operator can do about it. */
  readonly cure: string;
  readonly cureZh: string;
  /** Whether the log says it as a warning. */
  readonly isWarning: boolean;
  /** A failure of a higher rank replaces a pause of a lower one. */
  readonly rank: number;
}

export const PAUSE_KINDS = {
  overloaded: {
    en: 'overloaded or unreachable',
    zh: '过载或无法连接',
    cure: 'It is tried again by itself.',
    cureZh: '会自动重试。',
    isWarning: false,
    rank: 0,
  },
  quota: {
    en: 'quota used up',
    zh: '额度已用完',
    cure: 'Wait for the reset, or add a credential.',
    cureZh: '等待额度重置，或添加凭据。',
    isWarning: true,
    rank: 1,
  },
  operator: {
    en: 'refused until somebody acts',
    zh: '被拒绝，需要处理',
    cure: 'Check its key, plan and balance in the upstream’s console.',
    cureZh: '请在上游控制台检查其密钥、套餐和余额。',
    isWarning: true,
    rank: 2,
  },
} as const satisfies Readonly<Record<string, PauseKindRow>>;

export type PauseKind = keyof typeof PAUSE_KINDS;

/** A failure that other requests with the same credential would meet as well. */
export interface PauseCause {
  readonly kind: PauseKind;
  /** What the upstream said: its business code, or the HTTP status. */
  readonly code: string;
  /** Whether it concerns the credential, or the credential for this model only. */
  readonly scope: 'credential' | 'model';
  /** Whether one prompt alone may meet it, so that it takes another conversation's failure to pause anything. */
  readonly mayBeOwn: boolean;
  /** When it ends by itself, in milliseconds from now; `undefined` when unknown. */
  readonly endsInMs?: number | undefined;
}

type Cure = Pick<PauseKindRow, 'cure' | 'cureZh'>;

const CHECK_KEY: Cure = {
  cure: 'Check its key: expired, revoked, or of another region or plan than its address?',
  cureZh: '请检查其密钥：是否过期、被撤销，或与地址的地区、套餐不符。',
};

/** What to do about some codes in particular. */
const CURES: Readonly<Record<string, Cure>> = {
  1000: CHECK_KEY,
  1001: CHECK_KEY,
  1002: CHECK_KEY,
  1003: CHECK_KEY,
  1004: CHECK_KEY,
  upstream_unauthorized: CHECK_KEY,
  1113: {
    cure: 'Top up its account, or correct its address: keys of other plans and regions have their own.',
    cureZh: '请为其账户充值，或更正地址：其他套餐和地区的密钥有各自的地址。',
  },
  1309: { cure: 'Renew its plan.', cureZh: '请续订其套餐。' },
  1311: { cure: 'Its plan does not include this model.', cureZh: '其套餐不含该模型。' },
  1313: {
    cure: 'Its use is restricted (fair use): see the account’s console.',
    cureZh: '其使用受到限制（公平使用），请查看账户控制台。',
  },
  upstream_wrong_url: { cure: 'Correct its address.', cureZh: '请更正其地址。' },
};

/** What the operator can do about a pause. */
export function findCure({ kind, code }: Pick<PauseCause, 'kind' | 'code'>): Cure {
  return (Object.hasOwn(CURES, code) ? CURES[code] : undefined) ?? PAUSE_KINDS[kind];
}
