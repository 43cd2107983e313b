/** GET /healthz and /readyz */
import type { Endpoint } from './endpoint.js';
import { explain, object, ref, TEXT } from './schema.js';
import { jsonAnswer } from './shared.js';

export const healthz: Endpoint = {
  method: 'get',
  path: '/healthz',
  id: 'getHealth',
  summary: ['Liveness', '进程是否存活'],
  access: 'open',
  schemas: { Health: object({ status: { const: 'ok' } }) },
  answer: jsonAnswer(['The process answers.', '存活。'], ref('Health'), { status: 'ok' }),
};

export const readyz: Endpoint = {
  method: 'get',
  path: '/readyz',
  id: 'getReadiness',
  summary: ['Readiness', '是否接收新请求'],
  description: ['For load balancers.', '供负载均衡器使用。'],
  access: 'open',
  schemas: {
    Readiness: object({
      status: { ...TEXT, enum: ['ready', 'draining', 'no slots', 'no credential'] },
      'degraded?': explain(
        TEXT,
        'Reason for degraded mode, absent while Redis is in use.',
        '该副本为何暂时不使用共享存储。',
      ),
      'not_kept?': explain(
        TEXT,
        'Why changes are lost at a restart: `DATA_DIR` cannot be written. Absent otherwise.',
        '`DATA_DIR` 无法写入、重启后会丢失改动时的原因；正常时没有此字段。',
      ),
    }),
  },
  answer: jsonAnswer(['The replica accepts new requests.', '接收。'], ref('Readiness'), { status: 'ready' }),
  others: {
    503: jsonAnswer(
      [
        'The replica shuts down (open requests finish), has no slot while Redis is away, or the upstream refuses all credentials.',
        '该副本正在停止（未完成的请求会继续处理完）、Redis 不可用时没有分到并发名额，或上游拒绝了全部凭据。',
      ],
      ref('Readiness'),
    ),
  },
};
