/** GET /healthz and /readyz */
import { curl, type Endpoint } from './endpoint.js';
import { describe, object, ref, summarize } from './schema.js';
import { jsonAnswer, OPEN_TO_ALL } from './shared.js';

export const healthz: Endpoint = {
  path: '/healthz',
  method: 'get',
  schemas: { Health: object({ status: { const: 'ok' } }) },
  operation: {
    operationId: 'getHealth',
    ...summarize('Liveness', '进程是否存活'),
    security: OPEN_TO_ALL,
    responses: {
      200: jsonAnswer(describe('The process answers.', '存活。'), ref('Health'), { status: 'ok' }),
    },
  },
  samples: (site) => [curl(site, '/healthz')],
};

export const readyz: Endpoint = {
  path: '/readyz',
  method: 'get',
  schemas: {
    Readiness: object(
      {
        status: { type: 'string', enum: ['ready', 'draining', 'no slots'] },
        degraded: {
          type: 'string',
          ...describe(
            'Reason for degraded mode, absent while Redis is in use.',
            '该副本为何暂时不使用共享存储。',
          ),
        },
      },
      ['degraded'],
    ),
  },
  operation: {
    operationId: 'getReadiness',
    ...summarize('Readiness', '是否接收新请求'),
    ...describe('For load balancers.', '供负载均衡器使用。'),
    security: OPEN_TO_ALL,
    responses: {
      200: jsonAnswer(describe('The replica accepts new requests.', '接收。'), ref('Readiness'), {
        status: 'ready',
      }),
      503: jsonAnswer(
        describe(
          'The replica is shutting down; open requests finish.',
          '正在停止，未完成的请求会继续处理完。',
        ),
        ref('Readiness'),
      ),
    },
  },
  samples: (site) => [curl(site, '/readyz')],
};
