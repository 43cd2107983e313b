/** /admin/audit */
import { AUDIT_ACTIONS } from '../../team/core/entities.js';
import { type Endpoint, query } from '../endpoint.js';
import { errorResponses } from '../errors.js';
import { arrayOf, INTEGER, nullable, object, ref, TEXT } from '../schema.js';
import { jsonAnswer } from '../shared.js';

export const audit: Endpoint = {
  method: 'get',
  path: '/admin/audit',
  id: 'listAudit',
  summary: ['List changes of the team', '查看团队变更记录'],
  description: [
    'Who has changed what, newest first. Entries cannot be changed or removed; the newest 10,000 are kept.',
    '谁改了什么，最新的在前。记录不能修改或删除，保留最新的 10,000 条。',
  ],
  access: 'admin',
  parameters: [query('limit', { ...INTEGER, minimum: 1, maximum: 1000, default: 100 }, 'Entries.', '条数。')],
  schemas: {
    Audit: object({
      data: arrayOf(
        object({
          at: { ...TEXT, format: 'date-time' },
          actor: TEXT,
          address: nullable('string'),
          action: { enum: AUDIT_ACTIONS },
          target: TEXT,
          changes: { type: ['object', 'null'] },
        }),
      ),
    }),
  },
  answer: jsonAnswer(['The newest changes.', '最新的变更。'], ref('Audit'), {
    data: [
      {
        at: '2026-11-30T09:00:00.000Z',
        actor: 'admin',
        address: '192.0.2.7',
        action: 'key.update',
        target: 'alice/alice',
        changes: { models: ['glm-4.*'] },
      },
    ],
  }),
  others: errorResponses([400, 401, 429, 503]),
};
