/** GET /v1/models and /v1/models/{id} */
import { curl, type Endpoint } from './endpoint.js';
import { errorResponses, REQUEST_ID_HEADER } from './errors.js';
import { described, jsonContent, nullable, object, ref, summarized } from './schema.js';
import { OPEN_TO_ALL } from './shared.js';

const example = { id: 'GLM-4.5', object: 'model', created: 1_751_328_000, owned_by: 'z.ai' };

export const listModels: Endpoint = {
  path: '/v1/models',
  method: 'get',
  schemas: {
    Model: object({
      id: { type: 'string', ...described('What `model` takes.', '`model` 字段的取值。') },
      object: { const: 'model' },
      created: { type: 'integer', ...described('Unix seconds.', 'Unix 时间戳（秒）。') },
      owned_by: { type: 'string' },
    }),
    AnthropicModel: object({
      type: { const: 'model' },
      id: { type: 'string' },
      display_name: { type: 'string' },
      created_at: { type: 'string' },
      capabilities: { type: 'null' },
      deprecated_at: { type: 'null' },
      lifecycle: { const: 'active' },
      line: { type: 'null' },
      max_input_tokens: { type: 'null' },
      max_tokens: { type: 'null' },
      retires_at: { type: 'null' },
    }),
    AnthropicModelList: object({
      data: { type: 'array', items: ref('AnthropicModel') },
      has_more: { const: false },
      first_id: nullable('string'),
      last_id: nullable('string'),
    }),
    ModelList: object({ object: { const: 'list' }, data: { type: 'array', items: ref('Model') } }),
  },
  operation: {
    operationId: 'listModels',
    ...summarized('List the models', '列出模型'),
    ...described(
      'The default model first. Needs no key. With the header `anthropic-version` the list comes in Anthropic’s shape.',
      '默认模型排在最前。不需要密钥。带 `anthropic-version` 请求头时，按 Anthropic 的格式返回。',
    ),
    security: OPEN_TO_ALL,
    responses: {
      200: {
        ...described('The models.', '模型列表。'),
        headers: REQUEST_ID_HEADER,
        content: jsonContent(
          { anyOf: [ref('ModelList'), ref('AnthropicModelList')] },
          { example: { object: 'list', data: [example] } },
        ),
      },
      ...errorResponses([502, 503, 504]),
    },
  },
  samples: (site) => [curl(site, '/v1/models')],
};

export const getModel: Endpoint = {
  path: '/v1/models/{id}',
  method: 'get',
  operation: {
    operationId: 'getModel',
    ...summarized('One model', '查询单个模型'),
    ...described('By its id, in any case. Needs no key.', '按名字查询，不分大小写。不需要密钥。'),
    security: OPEN_TO_ALL,
    parameters: [
      {
        name: 'id',
        in: 'path',
        required: true,
        schema: { type: 'string' },
        ...described('Ids of self-hosted models may hold slashes.', '自建模型的名字可以含斜杠。'),
      },
    ],
    responses: {
      200: {
        ...described('The model.', '该模型。'),
        headers: REQUEST_ID_HEADER,
        content: jsonContent({ anyOf: [ref('Model'), ref('AnthropicModel')] }, { example }),
      },
      ...errorResponses([404, 502, 503, 504]),
    },
  },
  samples: (site) => [curl(site, `/v1/models/${encodeURI(site.model)}`)],
};
