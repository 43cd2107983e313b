/** /admin/alerts/test */
import type { Endpoint } from '../endpoint.js';
import { arrayOf, BOOLEAN, explain, nullable, object, ref, TEXT } from '../schema.js';
import { jsonAnswer } from '../shared.js';
import { ADMIN_ERRORS } from './shared.js';

export const alertTest: Endpoint = {
  method: 'post',
  path: '/admin/alerts/test',
  id: 'testAlerts',
  summary: ['Test the alerts', '测试告警'],
  description: [
    'Sends a message that says that it is a test to every receiver of `ALERT_WEBHOOK`, once, and waits for their answers, at most 10 seconds.',
    '向 `ALERT_WEBHOOK` 的每个接收端各发送一条测试消息并等待应答，最多 10 秒。',
  ],
  access: 'admin',
  schemas: {
    AlertTest: object({
      data: arrayOf(
        object({
          receiver: explain(TEXT, 'Form and host.', '格式与主机名。'),
          delivered: BOOLEAN,
          problem: nullable('string'),
        }),
      ),
    }),
  },
  answer: jsonAnswer(['What became of each message.', '各条消息的发送结果。'], ref('AlertTest'), {
    data: [{ receiver: 'slack hooks.slack.com', delivered: true, problem: null }],
  }),
  others: ADMIN_ERRORS,
};
