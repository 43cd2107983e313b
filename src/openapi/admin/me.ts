/** /me: what a member does in a browser. */
import { ShownKey } from '../../protocol/admin/bodies.js';
import { ROLES } from '../../team/core/entities.js';
import type { Endpoint } from '../endpoint.js';
import { errorResponses } from '../errors.js';
import { object, ref, TEXT } from '../schema.js';
import { jsonAnswer } from '../shared.js';
import { ownKey, rotateKey } from './keys.js';
import { CHANGE_ERRORS } from './shared.js';

const openSession: Endpoint = {
  method: 'post',
  path: '/me/session',
  id: 'openSession',
  summary: ['Open a session', '建立会话'],
  description: [
    'For pages: a cookie stands for a key for eight hours. It ends when the key is removed, disabled or rotated. Members with the role `admin` may change the team with it. Requests with the cookie also need the header `x-session-proof`, which only the page of the session holds. A key of the environment has no `id`, `member` and `role`.',
    '供网页使用：八小时内用 cookie 代替密钥。密钥被删除、停用或轮换时会话随之结束。角色为 `admin` 的成员可以用它管理团队。带 cookie 的请求还需要 `x-session-proof` 头，只有会话自己的页面持有它。环境中的密钥没有 `id`、`member` 和 `role`。',
  ],
  access: 'open',
  schemas: {
    ShownKey,
    Session: object({
      'id?': TEXT,
      name: TEXT,
      source: { enum: ['managed', 'environment'] },
      'member?': TEXT,
      'role?': { enum: ROLES },
    }),
  },
  body: 'ShownKey',
  status: 201,
  answer: jsonAnswer(
    ['Whose session it is; the cookie comes with it.', '会话所属者，并设置 cookie。'],
    ref('Session'),
    {
      id: '7hK2mQ9x',
      name: 'alice',
      source: 'managed',
      member: 'alice',
      role: 'member',
    },
  ),
  others: errorResponses([400, 401, 403, 413, 415, 429, 503]),
  sampleBody: () => ({ key: 'sk-zto-…' }),
};

const closeSession: Endpoint = {
  method: 'delete',
  path: '/me/session',
  id: 'closeSession',
  summary: ['Log out', '退出会话'],
  access: 'session',
  schemas: { EndedSession: object({ ended: { const: true } }) },
  answer: jsonAnswer(['The session has ended.', '会话已结束。'], ref('EndedSession'), { ended: true }),
  others: errorResponses([401, 403, 503]),
};

const sessionKey: Endpoint = {
  ...ownKey,
  path: '/me/key',
  id: 'getSessionKey',
  summary: ['The key of the session', '会话的密钥'],
  access: 'session',
  schemas: {},
  others: errorResponses([401, 403, 503]),
};

const rotateOwnKey: Endpoint = {
  ...rotateKey,
  path: '/me/key/rotate',
  id: 'rotateOwnKey',
  summary: ['Rotate your own key', '轮换自己的密钥'],
  description: [
    'The answer holds the new secret, the only time. The session ends.',
    '回答中包含新的密钥原文，仅此一次。会话随之结束。',
  ],
  access: 'session',
  parameters: [],
  schemas: {},
  others: CHANGE_ERRORS,
  samplePath: () => '/me/key/rotate',
};

export const ME_ENDPOINTS = [openSession, closeSession, sessionKey, rotateOwnKey] as const;
