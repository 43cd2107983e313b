/** Components and examples that the endpoints of the team's administration share. */
import { METER_SCOPES } from '../../budgets/core/meters.js';
import { PERIODS } from '../../calendar.js';
import { CLASSES, ROLES, STATES } from '../../team/core/entities.js';
import { errorResponses } from '../errors.js';
import { arrayOf, BOOLEAN, explain, INTEGER, type JsonSchema, nullable, object, TEXT } from '../schema.js';

export const ADMIN_ERRORS = errorResponses([401, 403, 429, 503]);
/** … of requests with an id in the path. */
export const ENTRY_ERRORS = errorResponses([401, 403, 404, 429, 503]);
/** … with a body. */
export const CHANGE_ERRORS = errorResponses([400, 401, 403, 404, 409, 413, 415, 429, 503]);

const TIME_TEXT = { ...TEXT, format: 'date-time' };
const OPTIONAL_TIME = { ...TIME_TEXT, type: ['string', 'null'] };
const GLOBS = { type: ['array', 'null'], items: TEXT };
const RATE = nullable('integer');
const budgetMembers = {
  'tokens?': INTEGER,
  'money?': { type: 'number' },
  'currency?': { enum: ['USD', 'CNY'] },
  period: { enum: PERIODS },
  hard: BOOLEAN,
};
const BUDGETS = explain(arrayOf(object(budgetMembers)), 'What may be spent.', '可用额度。');
const AMOUNT = nullable('number');

/** Budgets with what is spent of them. */
export const BUDGET_USES = explain(
  arrayOf(
    object({
      ...budgetMembers,
      set_by: { enum: METER_SCOPES },
      spent: AMOUNT,
      reserved: explain(AMOUNT, 'By open requests.', '由进行中的请求占用。'),
      left: explain(
        AMOUNT,
        'What is not spent. Null while Redis is away.',
        '未用部分；Redis 不可用时为 null。',
      ),
      resets_at: OPTIONAL_TIME,
    }),
  ),
  'What the key and its member may spend, and have spent.',
  '密钥及其成员的预算与已用量。',
);

export const BUDGET_USE_EXAMPLE = {
  money: 20,
  currency: 'USD',
  period: 'month',
  hard: false,
  set_by: 'member',
  spent: 3.25,
  reserved: 0.018,
  left: 16.75,
  resets_at: '2026-12-01T00:00:00.000Z',
};

export function idParameter(example: string): JsonSchema {
  return { name: 'id', in: 'path', required: true, schema: { ...TEXT, example } };
}

export const MEMBER = object({
  id: TEXT,
  name: TEXT,
  note: TEXT,
  role: { enum: ROLES },
  state: { enum: STATES },
  class: { enum: CLASSES },
  weight: INTEGER,
  models: GLOBS,
  requests_per_minute: RATE,
  tokens_per_minute: RATE,
  max_in_flight: RATE,
  budgets: BUDGETS,
  keep_responses: BOOLEAN,
  created_at: TIME_TEXT,
  keys: explain(arrayOf(TEXT), 'Ids of the member’s keys.', '该成员的密钥 id。'),
});

export const MEMBER_EXAMPLE = {
  id: 'alice',
  name: 'alice',
  note: '',
  role: 'member',
  state: 'active',
  class: 'interactive',
  weight: 1,
  models: null,
  requests_per_minute: null,
  tokens_per_minute: null,
  max_in_flight: null,
  budgets: [],
  keep_responses: true,
  created_at: '2026-11-30T09:00:00.000Z',
  keys: ['7hK2mQ9x'],
};

const keyMembers = {
  id: TEXT,
  name: TEXT,
  member: TEXT,
  source: { const: 'managed' },
  note: TEXT,
  state: { enum: STATES },
  class: { enum: [...CLASSES, null] },
  models: GLOBS,
  requests_per_minute: RATE,
  tokens_per_minute: RATE,
  max_in_flight: RATE,
  budgets: BUDGETS,
  keep_responses: BOOLEAN,
  expires_at: OPTIONAL_TIME,
  expires_days: nullable('integer'),
  first_used_at: OPTIONAL_TIME,
  created_at: TIME_TEXT,
  created_by: TEXT,
  secrets: explain(
    arrayOf(object({ ends_with: TEXT, created_at: TIME_TEXT, ends_at: OPTIONAL_TIME })),
    'The current secret, and the one before it until its grace period ends.',
    '当前密钥，以及轮换宽限期内的旧密钥。',
  ),
};

export const KEY = object(keyMembers);
export const ISSUED_KEY = object({
  ...keyMembers,
  key: explain(TEXT, 'The secret. Shown only now.', '密钥原文，仅此一次显示。'),
});

/** A key of API_KEYS or DEFAULT_KEY. */
export const ENVIRONMENT_KEY = object({
  id: { type: 'null' },
  name: TEXT,
  member: { type: 'null' },
  source: { const: 'environment' },
  state: { const: 'active' },
});

export const KEY_EXAMPLE = {
  id: '7hK2mQ9x',
  name: 'alice',
  member: 'alice',
  source: 'managed',
  note: '',
  state: 'active',
  class: null,
  models: ['glm-4.*'],
  requests_per_minute: null,
  tokens_per_minute: null,
  max_in_flight: null,
  budgets: [],
  keep_responses: true,
  expires_at: '2027-02-01T00:00:00.000Z',
  expires_days: null,
  first_used_at: null,
  created_at: '2026-11-30T09:00:00.000Z',
  created_by: 'admin',
  secrets: [{ ends_with: 'x3Zq', created_at: '2026-11-30T09:00:00.000Z', ends_at: null }],
};

export const ISSUED_KEY_EXAMPLE = { ...KEY_EXAMPLE, key: 'sk-zto-7hK2mQ9x…x3Zq' };

export const REMOVED = object({ id: TEXT, deleted: { const: true } });
