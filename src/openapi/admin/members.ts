/** /admin/members */
import { MemberChange, NewMember } from '../../protocol/admin/bodies.js';
import type { Endpoint } from '../endpoint.js';
import { arrayOf, object, ref } from '../schema.js';
import { jsonAnswer } from '../shared.js';
import {
  ADMIN_ERRORS,
  CHANGE_ERRORS,
  ENTRY_ERRORS,
  idParameter,
  MEMBER,
  MEMBER_EXAMPLE,
  REMOVED,
} from './shared.js';

const LIST = '/admin/members';
const ENTRY = `${LIST}/{id}`;

const listMembers: Endpoint = {
  method: 'get',
  path: LIST,
  id: 'listMembers',
  summary: ['List members', '列出成员'],
  access: 'admin',
  schemas: { Member: MEMBER, MemberList: object({ data: arrayOf(ref('Member')) }) },
  answer: jsonAnswer(['All members.', '全部成员。'], ref('MemberList'), { data: [MEMBER_EXAMPLE] }),
  others: ADMIN_ERRORS,
};

const addMember: Endpoint = {
  method: 'post',
  path: LIST,
  id: 'createMember',
  summary: ['Add a member', '添加成员'],
  description: [
    'A key for an unknown member makes the member, too. The queue and the limits of a member count all its keys together.',
    '为不存在的成员创建密钥时也会自动创建成员。同一成员的全部密钥在排队和成员限额中合并计算。',
  ],
  access: 'admin',
  schemas: { NewMember },
  body: 'NewMember',
  status: 201,
  answer: jsonAnswer(['The member.', '该成员。'], ref('Member'), { ...MEMBER_EXAMPLE, keys: [] }),
  others: CHANGE_ERRORS,
  sampleBody: () => ({ id: 'alice', requests_per_minute: 60 }),
};

const getMember: Endpoint = {
  method: 'get',
  path: ENTRY,
  id: 'getMember',
  summary: ['Get a member', '查询成员'],
  access: 'admin',
  parameters: [idParameter('alice')],
  answer: jsonAnswer(['The member.', '该成员。'], ref('Member'), MEMBER_EXAMPLE),
  others: ENTRY_ERRORS,
  samplePath: () => `${LIST}/alice`,
};

const changeMember: Endpoint = {
  ...getMember,
  method: 'patch',
  id: 'updateMember',
  summary: ['Change a member', '修改成员'],
  description: [
    'Fields that are left out stay; null clears. A member that is disabled is refused within a second, and its open requests end.',
    '未给出的字段不变，null 表示清除。停用成员在一秒内生效，其进行中的请求也会结束。',
  ],
  schemas: { MemberChange },
  body: 'MemberChange',
  others: CHANGE_ERRORS,
  sampleBody: () => ({ state: 'disabled' }),
};

const removeMember: Endpoint = {
  ...getMember,
  method: 'delete',
  id: 'deleteMember',
  summary: ['Remove a member', '删除成员'],
  description: ['Ends all keys of the member.', '该成员的全部密钥随之失效。'],
  schemas: { Removed: REMOVED },
  answer: jsonAnswer(['The member is removed.', '已删除。'], ref('Removed'), { id: 'alice', deleted: true }),
};

export const MEMBER_ENDPOINTS = [listMembers, addMember, getMember, changeMember, removeMember] as const;
