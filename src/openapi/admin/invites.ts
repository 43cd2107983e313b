/** /admin/invites, and POST /join */
import { Join, NewInvite } from '../../protocol/admin/bodies.js';
import type { Endpoint } from '../endpoint.js';
import { errorResponses } from '../errors.js';
import { arrayOf, explain, object, ref, TEXT } from '../schema.js';
import { jsonAnswer } from '../shared.js';
import { ADMIN_ERRORS, CHANGE_ERRORS, ENTRY_ERRORS, idParameter, REMOVED } from './shared.js';

const PATH = '/admin/invites';
const TOKEN = 'k3Jx…';
const TIME_TEXT = { ...TEXT, format: 'date-time' };
const EXPIRES_AT = '2026-12-07T09:00:00.000Z';

const listInvites: Endpoint = {
  method: 'get',
  path: PATH,
  id: 'listInvites',
  summary: ['List invites', '列出邀请'],
  description: [
    'Those that nobody has taken yet. The links are not told again.',
    '尚未使用的邀请。链接不会再次显示。',
  ],
  access: 'admin',
  schemas: {
    InviteList: object({
      data: arrayOf(object({ member: TEXT, created_at: TIME_TEXT, created_by: TEXT, expires_at: TIME_TEXT })),
    }),
  },
  answer: jsonAnswer(['Open invites.', '未使用的邀请。'], ref('InviteList'), {
    data: [
      { member: 'bob', created_at: '2026-11-30T09:00:00.000Z', created_by: 'admin', expires_at: EXPIRES_AT },
    ],
  }),
  others: ADMIN_ERRORS,
};

const addInvite: Endpoint = {
  method: 'post',
  path: PATH,
  id: 'createInvite',
  summary: ['Invite a colleague', '邀请同事'],
  description: [
    'A link that gives its reader a key, once, within seven days. Whoever invites never sees the key. A new invite of the same member ends the one before, and its key if that was never used.',
    '链接在七天内可用一次，打开者得到自己的密钥，邀请者看不到密钥。为同一成员再次创建邀请会使之前的邀请失效；由它生成而从未使用的密钥也随之失效。',
  ],
  access: 'admin',
  schemas: {
    NewInvite,
    Invite: object({
      url: explain(TEXT, 'Shown only now.', '仅此一次显示。'),
      member: TEXT,
      expires_at: TIME_TEXT,
    }),
  },
  body: 'NewInvite',
  status: 201,
  answer: jsonAnswer(['The link.', '邀请链接。'], ref('Invite'), {
    url: `https://gateway.example.com/join#${TOKEN}`,
    member: 'bob',
    expires_at: EXPIRES_AT,
  }),
  others: CHANGE_ERRORS,
  sampleBody: () => ({ member: 'bob' }),
};

const removeInvite: Endpoint = {
  method: 'delete',
  path: `${PATH}/{id}`,
  id: 'deleteInvite',
  summary: ['Take an invite back', '撤销邀请'],
  description: [
    'The open invite of the member with this id. The member stays.',
    '撤销 id 对应成员尚未使用的邀请，成员本身不变。',
  ],
  access: 'admin',
  parameters: [idParameter('bob')],
  schemas: { Removed: REMOVED },
  answer: jsonAnswer(['Taken back.', '已撤销。'], ref('Removed'), { id: 'bob', deleted: true }),
  others: ENTRY_ERRORS,
  samplePath: () => `${PATH}/bob`,
};

const join: Endpoint = {
  method: 'post',
  path: '/join',
  id: 'takeInvite',
  summary: ['Take an invite', '接受邀请'],
  description: [
    'What the button of the invite’s page does. Works once; of several at the same time one gets the key.',
    '邀请页面上按钮的作用。只能成功一次；同时多次请求时只有一个得到密钥。',
  ],
  access: 'open',
  schemas: {
    Join,
    JoinedKey: object({
      id: TEXT,
      name: TEXT,
      member: TEXT,
      key: explain(TEXT, 'Shown only now.', '仅此一次显示。'),
      base_url: TEXT,
    }),
  },
  body: 'Join',
  status: 201,
  answer: jsonAnswer(['The key.', '密钥。'], ref('JoinedKey'), {
    id: '7hK2mQ9x',
    name: 'bob',
    member: 'bob',
    key: 'sk-zto-7hK2mQ9x…x3Zq',
    base_url: 'https://gateway.example.com/v1',
  }),
  others: errorResponses([400, 404, 409, 413, 415, 429, 503]),
  sampleBody: () => ({ token: 'THE-TOKEN-BEHIND-THE-HASH-SIGN' }),
};

export const INVITE_ENDPOINTS = [listInvites, addInvite, removeInvite, join] as const;
