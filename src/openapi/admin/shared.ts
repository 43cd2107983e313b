/** Components and examples that the endpoints of the team's administration share. */
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
