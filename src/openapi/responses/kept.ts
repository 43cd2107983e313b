/** GET and DELETE /v1/responses/{id}, GET /v1/responses/{id}/input_items */
import type { Endpoint, Sample, Site } from '../endpoint.js';
import { errorResponses, REQUEST_ID_HEADER } from '../errors.js';
import { describe, jsonContent, nullable, object, ref, summarize } from '../schema.js';
import { KEY_NEEDED } from '../shared.js';

const PATH = '/v1/responses/{id}';
const ID = 'resp_0123456789abcdef0123456789abcdef';
const ERRORS = [401, 404, 429, 503] as const;

const ID_PARAMETER = {
  name: 'id',
  in: 'path',
  required: true,
  schema: { type: 'string', example: ID },
};

const query = (name: string, schema: object, en: string, zh: string) => ({
  name,
  in: 'query',
  schema,
  ...describe(en, zh),
});

export const keptResponse: Endpoint = {
  path: PATH,
  method: 'get',
  operation: {
    operationId: 'getResponse',
    ...summarize('Get a kept response', '查询保留的回答'),
    ...describe(
      'The response as it was answered. Only the API key that asked can read it.',
      '原样返回该回答。只有请求它的 API 密钥可以读取。',
    ),
    security: KEY_NEEDED,
    parameters: [ID_PARAMETER],
    responses: {
      200: {
        ...describe('The response.', '该回答。'),
        headers: REQUEST_ID_HEADER,
        content: jsonContent(ref('Response')),
      },
      ...errorResponses([400, ...ERRORS]),
    },
  },
  samples: (site) => [keyedCurl(site, '')],
};

export const deletedResponse: Endpoint = {
  path: PATH,
  method: 'delete',
  schemas: {
    DeletedResponse: object({
      id: { type: 'string' },
      object: { const: 'response' },
      deleted: { const: true },
    }),
  },
  operation: {
    operationId: 'deleteResponse',
    ...summarize('Delete a kept response', '删除保留的回答'),
    ...describe('Afterwards it cannot be read or continued.', '删除后不能再读取或续接。'),
    security: KEY_NEEDED,
    parameters: [ID_PARAMETER],
    responses: {
      200: {
        ...describe('It is deleted.', '已删除。'),
        headers: REQUEST_ID_HEADER,
        content: jsonContent(ref('DeletedResponse'), {
          example: { id: ID, object: 'response', deleted: true },
        }),
      },
      ...errorResponses(ERRORS),
    },
  },
  samples: (site) => [keyedCurl(site, '', '-X DELETE ')],
};

export const responseInputItems: Endpoint = {
  path: `${PATH}/input_items`,
  method: 'get',
  schemas: {
    ResponseInputItems: object({
      object: { const: 'list' },
      data: { type: 'array', items: { type: 'object', required: ['id'] } },
      first_id: nullable('string'),
      last_id: nullable('string'),
      has_more: { type: 'boolean' },
    }),
  },
  operation: {
    operationId: 'listResponseInputItems',
    ...summarize('List the input of a kept response', '列出保留的回答的输入'),
    ...describe(
      'The items that the client sent for this response, without those of the conversation that it continues.',
      '客户端为该回答发送的条目，不含它所续接的对话。',
    ),
    security: KEY_NEEDED,
    parameters: [
      ID_PARAMETER,
      query('order', { enum: ['asc', 'desc'], default: 'desc' }, 'By age.', '按时间先后。'),
      query(
        'limit',
        { type: 'integer', minimum: 1, maximum: 100, default: 20 },
        'Items of a page.',
        '每页条目数。',
      ),
      query(
        'after',
        { type: 'string' },
        'The id of the last item of the page before.',
        '上一页最后一个条目的 id。',
      ),
    ],
    responses: {
      200: {
        ...describe('A page of items.', '一页条目。'),
        headers: REQUEST_ID_HEADER,
        content: jsonContent(ref('ResponseInputItems'), {
          example: { object: 'list', data: [], first_id: null, last_id: null, has_more: false },
        }),
      },
      ...errorResponses([400, ...ERRORS]),
    },
  },
  samples: (site) => [keyedCurl(site, '/input_items')],
};

function keyedCurl({ origin, key }: Site, rest: string, options = ''): Sample {
  return {
    lang: 'shell',
    label: 'curl',
    source: `curl ${options}${origin}/v1/responses/${ID}${rest} \\\n  -H "Authorization: Bearer ${key}"`,
  };
}
