/** GET and DELETE /v1/responses/{id}, GET /v1/responses/{id}/input_items */
import { type Endpoint, query } from '../endpoint.js';
import { errorResponses } from '../errors.js';
import { arrayOf, BOOLEAN, INTEGER, nullable, object, ref, TEXT } from '../schema.js';
import { jsonAnswer } from '../shared.js';

const PATH = '/v1/responses/{id}';
const ID = 'resp_0123456789abcdef0123456789abcdef';
const ID_PARAMETER = { name: 'id', in: 'path', required: true, schema: { ...TEXT, example: ID } };

export const keptResponse: Endpoint = {
  method: 'get',
  path: PATH,
  id: 'getResponse',
  summary: ['Get a kept response', '查询保留的回答'],
  description: [
    'The response as it was answered. Only the API key that asked can read it.',
    '原样返回该回答。只有请求它的 API 密钥可以读取。',
  ],
  access: 'key',
  parameters: [ID_PARAMETER],
  answer: jsonAnswer(['The response.', '该回答。'], ref('Response')),
  others: errorResponses([400, 401, 404, 429, 503]),
  samplePath: () => PATH.replace('{id}', ID),
};

export const deletedResponse: Endpoint = {
  ...keptResponse,
  method: 'delete',
  id: 'deleteResponse',
  summary: ['Delete a kept response', '删除保留的回答'],
  description: ['Afterwards it cannot be read or continued.', '删除后不能再读取或续接。'],
  schemas: {
    DeletedResponse: object({ id: TEXT, object: { const: 'response' }, deleted: { const: true } }),
  },
  answer: jsonAnswer(['It is deleted.', '已删除。'], ref('DeletedResponse'), {
    id: ID,
    object: 'response',
    deleted: true,
  }),
  others: errorResponses([401, 404, 429, 503]),
};

export const responseInputItems: Endpoint = {
  ...keptResponse,
  path: `${PATH}/input_items`,
  id: 'listResponseInputItems',
  summary: ['List the input of a kept response', '列出保留的回答的输入'],
  description: [
    'The items that the client sent for this response, without those of the conversation that it continues.',
    '客户端为该回答发送的条目，不含它所续接的对话。',
  ],
  parameters: [
    ID_PARAMETER,
    query('order', { enum: ['asc', 'desc'], default: 'desc' }, 'By age.', '按时间先后。'),
    query('limit', { ...INTEGER, minimum: 1, maximum: 100, default: 20 }, 'Items of a page.', '每页条目数。'),
    query('after', TEXT, 'The id of the last item of the page before.', '上一页最后一个条目的 id。'),
  ],
  schemas: {
    ResponseInputItems: object({
      object: { const: 'list' },
      data: arrayOf({ type: 'object', required: ['id'] }),
      first_id: nullable('string'),
      last_id: nullable('string'),
      has_more: BOOLEAN,
    }),
  },
  answer: jsonAnswer(['A page of items.', '一页条目。'], ref('ResponseInputItems'), {
    object: 'list',
    data: [],
    first_id: null,
    last_id: null,
    has_more: false,
  }),
  samplePath: () => `${PATH.replace('{id}', ID)}/input_items`,
};
