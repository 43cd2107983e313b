/** Settings of keys and members: options of the command line ↔ fields of the admin API. Pure. */
import { MAX_IN_FLIGHT, MAX_TOKENS_PER_MINUTE } from '../../budgets/core/budget.js';
import { CLASSES, MAX_EXPIRES_DAYS, MAX_RATE, MAX_WEIGHT, ROLES } from '../../team/core/entities.js';
import {
  readBudgets,
  readChoice,
  readCount,
  readDays,
  readList,
  readMoment,
  readYesOrNo,
} from './option-values.js';

export type Owner = 'key' | 'member';

interface Setting {
  readonly field: string;
  readonly of: readonly Owner[];
  /** @param option as typed, for the message @throws UsageError @returns null where the setting is removed */
  readonly read: (option: string, text: string, now: number) => unknown;
}

const asItIs = (_option: string, text: string) => text;

/** By option, without its dashes. */
export const SETTINGS = {
  name: { field: 'name', of: ['key', 'member'], read: asItIs },
  models: { field: 'models', of: ['key', 'member'], read: (_option, text) => readList(text) },
  rpm: {
    field: 'requests_per_minute',
    of: ['key', 'member'],
    read: (option, text) => readCount(option, text, MAX_RATE, 'none'),
  },
  tpm: {
    field: 'tokens_per_minute',
    of: ['key', 'member'],
    read: (option, text) => readCount(option, text, MAX_TOKENS_PER_MINUTE, 'none'),
  },
  'in-flight': {
    field: 'max_in_flight',
    of: ['key', 'member'],
    read: (option, text) => readCount(option, text, MAX_IN_FLIGHT, 'none'),
  },
  budget: { field: 'budgets', of: ['key', 'member'], read: readBudgets },
  class: {
    field: 'class',
    of: ['key', 'member'],
    read: (option, text) => readChoice(option, text, CLASSES),
  },
  'keep-responses': { field: 'keep_responses', of: ['key', 'member'], read: readYesOrNo },
  note: { field: 'note', of: ['key', 'member'], read: asItIs },
  expires: { field: 'expires_at', of: ['key'], read: readMoment },
  'expires-after-use': {
    field: 'expires_days',
    of: ['key'],
    read: (option, text) => readDays(option, text, MAX_EXPIRES_DAYS),
  },
  role: { field: 'role', of: ['member'], read: (option, text) => readChoice(option, text, ROLES) },
  weight: { field: 'weight', of: ['member'], read: (option, text) => readCount(option, text, MAX_WEIGHT) },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

export function findSetting(name: SettingName): Setting {
  return SETTINGS[name];
}
