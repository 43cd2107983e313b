/** GET /healthz and /readyz */
import { curl, type Endpoint } from './endpoint.js';
import { REQUEST_ID_HEADER } from './errors.js';
import { described, jsonContent, object, ref, summarized } from './schema.js';
import { OPEN_TO_ALL } from './shared.js';

export const healthz: Endpoint = {
  path: '/healthz',
  method: 'get',
  schemas: { Health: object({ status: { const: 'ok' } }) },
  operation: {
    operationId: 'getHealth',
    ...summarized('Liveness', '进程是否存活'),
    security: OPEN_TO_ALL,
    responses: {
      200: {
        ...described('The process answers.', '存活。'),
        headers: REQUEST_ID_HEADER,
        content: jsonContent(ref('Health'), { example: { status: 'ok' } }),
      },
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
        status: { type: 'string', enum: ['ready', 'draining'] },
        degraded: {
          type: 'string',
          ...described(
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
    ...summarized('Readiness', '是否接收新请求'),
    ...described('For load balancers.', '供负载均衡器使用。'),
    security: OPEN_TO_ALL,
    responses: {
      200: {
        ...described('The replica accepts new requests.', '接收。'),
        headers: REQUEST_ID_HEADER,
        content: jsonContent(ref('Readiness'), { example: { status: 'ready' } }),
      },
      503: {
        ...described(
          'The replica is shutting down; open requests finish.',
          '正在停止，未完成的请求会继续处理完。',
        ),
        headers: REQUEST_ID_HEADER,
        content: jsonContent(ref('Readiness')),
      },
    },
  },
  samples: (site) => [curl(site, '/readyz')],
};
