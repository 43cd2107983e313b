/** /admin/keys, and GET /v1/key */
import { KeyChange, KeyImport, NewKey, Rotation } from '../../protocol/admin/bodies.js';
import { CLASSES } from '../../team/core/entities.js';
import { SCOPES } from '../../team/core/rights.js';
import type { Endpoint } from '../endpoint.js';
import { errorResponses } from '../errors.js';
import { arrayOf, BOOLEAN, explain, INTEGER, object, orNull, ref, TEXT } from '../schema.js';
import { jsonAnswer } from '../shared.js';
import {
  ADMIN_ERRORS,
  BUDGET_USE_EXAMPLE,
  BUDGET_USES,
  CHANGE_ERRORS,
  ENTRY_ERRORS,
  ENVIRONMENT_KEY,
  ISSUED_KEY,
  ISSUED_KEY_EXAMPLE,
  idParameter,
  KEY,
  KEY_EXAMPLE,
} from './shared.js';

const LIST = '/admin/keys';
const ENTRY = `${LIST}/{id}`;
const ID = KEY_EXAMPLE.id;

const listKeys: Endpoint = {
  method: 'get',
  path: LIST,
  id: 'listKeys',
  summary: ['List keys', '列出密钥'],
  description: [
    'Managed keys, and the names of those of the environment (`API_KEYS`, `DEFAULT_KEY`), which only the environment changes. Secrets are never told again.',
    '受管密钥，以及来自环境变量（`API_KEYS`、`DEFAULT_KEY`）的密钥名；后者只能在环境中修改。密钥原文不会再次显示。',
  ],
  access: 'admin',
  schemas: {
    ManagedKey: KEY,
    EnvironmentKey: ENVIRONMENT_KEY,
    KeyList: object({ data: arrayOf({ anyOf: [ref('ManagedKey'), ref('EnvironmentKey')] }) }),
  },
  answer: jsonAnswer(['All keys.', '全部密钥。'], ref('KeyList'), { data: [KEY_EXAMPLE] }),
  others: ADMIN_ERRORS,
};

const addKey: Endpoint = {
  method: 'post',
  path: LIST,
  id: 'createKey',
  summary: ['Make a key', '创建密钥'],
  description: [
    'The answer holds the secret, the only time. Without a limit of its own the key has `RATE_LIMIT`.',
    '回答中包含密钥原文，仅此一次。未设自己的限额时使用 `RATE_LIMIT`。',
  ],
  access: 'admin',
  schemas: { NewKey, IssuedKey: ISSUED_KEY },
  body: 'NewKey',
  status: 201,
  answer: jsonAnswer(['The key with its secret.', '密钥及其原文。'], ref('IssuedKey'), ISSUED_KEY_EXAMPLE),
  others: CHANGE_ERRORS,
  sampleBody: () => ({ member: 'alice', models: ['glm-4.*'], expires_at: '2027-01-31' }),
};

const importKeys: Endpoint = {
  method: 'post',
  path: `${LIST}/import`,
  id: 'importKeys',
  summary: ['Import keys', '导入密钥'],
  description: [
    'Makes managed keys of secrets that people have already, under the same names: nobody changes a client. All of them or none; those that are there already stay.',
    '把已发放的密钥原样变为受管密钥，名字不变，客户端无需改动。要么全部成功要么全部不变；已存在的保持原样。',
  ],
  access: 'admin',
  schemas: { KeyImport, ImportedKeys: object({ imported: arrayOf(TEXT), unchanged: arrayOf(TEXT) }) },
  body: 'KeyImport',
  answer: jsonAnswer(
    ['Names of what is new, and of what was there.', '新导入的和已存在的名字。'],
    ref('ImportedKeys'),
    {
      imported: ['ann'],
      unchanged: [],
    },
  ),
  others: CHANGE_ERRORS,
  sampleBody: () => ({ keys: [{ name: 'ann', key: 'sk-key-of-ann' }] }),
};

const getKey: Endpoint = {
  method: 'get',
  path: ENTRY,
  id: 'getKey',
  summary: ['Get a key', '查询密钥'],
  access: 'admin',
  parameters: [idParameter(ID)],
  answer: jsonAnswer(['The key.', '该密钥。'], ref('ManagedKey'), KEY_EXAMPLE),
  others: ENTRY_ERRORS,
  samplePath: () => `${LIST}/${ID}`,
};

const changeKey: Endpoint = {
  ...getKey,
  method: 'patch',
  id: 'updateKey',
  summary: ['Change a key', '修改密钥'],
  description: [
    'Fields that are left out stay; null clears. `"state": "disabled"` ends its open requests within a second.',
    '未给出的字段不变，null 表示清除。`"state": "disabled"` 在一秒内结束其进行中的请求。',
  ],
  schemas: { KeyChange },
  body: 'KeyChange',
  others: CHANGE_ERRORS,
  sampleBody: () => ({ state: 'disabled' }),
};

const removeKey: Endpoint = {
  ...getKey,
  method: 'delete',
  id: 'deleteKey',
  summary: ['Remove a key', '删除密钥'],
  description: [
    'All replicas refuse it within a second, and its waiting and open requests end with `key_revoked`.',
    '所有副本在一秒内拒绝该密钥，其排队和进行中的请求以 `key_revoked` 结束。',
  ],
  answer: jsonAnswer(['The key is removed.', '已删除。'], ref('Removed'), { id: ID, deleted: true }),
};

export const rotateKey: Endpoint = {
  ...getKey,
  method: 'post',
  path: `${ENTRY}/rotate`,
  id: 'rotateKey',
  summary: ['Rotate a key', '轮换密钥'],
  description: [
    'The same key with a new secret, in the answer the only time. The old one works for `grace_seconds`.',
    '同一密钥换上新的原文（仅在此回答中显示）；旧的在 `grace_seconds` 秒内继续有效。',
  ],
  schemas: { Rotation },
  body: 'Rotation',
  answer: jsonAnswer(
    ['The key with its new secret.', '密钥及其新原文。'],
    ref('IssuedKey'),
    ISSUED_KEY_EXAMPLE,
  ),
  others: CHANGE_ERRORS,
  samplePath: () => `${LIST}/${ID}/rotate`,
  sampleBody: () => ({ grace_seconds: 3600 }),
};

const SET_BY = explain({ enum: SCOPES }, 'What is tightest.', '起作用的一级。');

/** GET /v1/key */
export const ownKey: Endpoint = {
  method: 'get',
  path: '/v1/key',
  id: 'getOwnKey',
  summary: ['Your own key', '查询自己的密钥'],
  description: [
    'What the key that asks may do: the tightest of key, member and gateway.',
    '所用密钥的权限：取密钥、成员和网关中最严的一级。',
  ],
  access: 'key',
  schemas: {
    OwnKey: object({
      'id?': TEXT,
      name: TEXT,
      'member?': TEXT,
      source: { enum: ['managed', 'environment'] },
      models: explain(
        arrayOf(object({ allowed: arrayOf(TEXT), set_by: SET_BY })),
        'A model must match each list; without any, all may be used.',
        '模型须符合每一个列表；没有列表时可用全部模型。',
      ),
      requests_per_minute: orNull(object({ limit: INTEGER, set_by: SET_BY })),
      tokens_per_minute: orNull(object({ limit: INTEGER, set_by: SET_BY })),
      max_in_flight: orNull(object({ limit: INTEGER, set_by: SET_BY })),
      budgets: BUDGET_USES,
      class: { enum: CLASSES },
      weight: INTEGER,
      keep_responses: explain(
        BOOLEAN,
        'Whether responses are kept for later requests.',
        '是否保留回答供后续请求引用。',
      ),
      expires_at: { type: ['string', 'null'], format: 'date-time' },
    }),
  },
  answer: jsonAnswer(['The key’s rights.', '该密钥的权限。'], ref('OwnKey'), {
    id: ID,
    name: 'alice',
    member: 'alice',
    source: 'managed',
    models: [{ allowed: ['glm-4.*'], set_by: 'key' }],
    requests_per_minute: { limit: 120, set_by: 'gateway' },
    tokens_per_minute: null,
    max_in_flight: null,
    budgets: [BUDGET_USE_EXAMPLE],
    class: 'interactive',
    weight: 1,
    keep_responses: true,
    expires_at: '2027-02-01T00:00:00.000Z',
  }),
  others: errorResponses([401, 429, 503]),
};

export const KEY_ENDPOINTS = [listKeys, addKey, importKeys, getKey, changeKey, removeKey, rotateKey] as const;
