/** GET /v1/models and /v1/models/{id} */
import { EFFORTS } from '../completion/model-info.js';
import { buildModel } from '../protocol/openai-chat/model-body.js';
import { modelsOf } from '../upstream/models.js';
import { curl, type Endpoint } from './endpoint.js';
import { errorResponses } from './errors.js';
import { describe, nullable, object, ref, summarize } from './schema.js';
import { jsonAnswer, OPEN_TO_ALL } from './shared.js';

const info = modelsOf('api').find(({ name }) => name === 'GLM-5.3');
const example = buildModel(
  'GLM-5.3',
  info ?? { name: 'GLM-5.3', id: 'glm-5.3', created: 0, ownedBy: 'z.ai' },
  false,
);

const tokens = (en: string, zh: string) => ({ type: 'integer', ...describe(en, zh) });
const SUPPORTED = object({ supported: { type: 'boolean' } });
const supportedOf = (...names: string[]) =>
  object(
    Object.fromEntries(
      ['supported', ...names].map((name) => [name, name === 'supported' ? { type: 'boolean' } : SUPPORTED]),
    ),
  );
const PRICE = { type: 'string', pattern: '^\\d+(\\.\\d+)?$' };

const Model = object(
  {
    id: {
      type: 'string',
      ...describe(
        'A value for `model`: the name in the request, which may be an alias.',
        '`model` 字段的取值；即查询时所用的名字，别名也一样。',
      ),
    },
    object: { const: 'model' },
    created: { type: 'integer', ...describe('Unix seconds.', 'Unix 时间戳（秒）。') },
    owned_by: { type: 'string' },
    name: { type: 'string', ...describe('The model’s own name.', '模型自己的名字。') },
    root: { type: 'string', ...describe('The same, as vLLM names it.', '同上，vLLM 的字段名。') },
    parent: { type: 'null' },
    context_length: tokens(
      'Prompt and answer together, in tokens.',
      '上下文长度（提示与回答合计，token 数）。',
    ),
    context_window: tokens('The same.', '同上。'),
    max_model_len: tokens('The same.', '同上。'),
    max_input_tokens: tokens('The same.', '同上。'),
    max_output_tokens: tokens('Maximum number of tokens in an answer.', '最长回答（token 数）。'),
    max_completion_tokens: tokens('The same.', '同上。'),
    top_provider: {
      ...object({ context_length: nullable('integer'), max_completion_tokens: nullable('integer') }),
      ...describe('Both limits in OpenRouter’s form.', '同样的两个上限，OpenRouter 的写法。'),
    },
    architecture: {
      ...object({
        modality: { type: 'string' },
        input_modalities: { type: 'array', items: { enum: ['text', 'image', 'video', 'file'] } },
        output_modalities: { type: 'array', items: { const: 'text' } },
      }),
      ...describe('Kinds of input and output.', '模型能读和能写的内容。'),
    },
    pricing: {
      ...object({ prompt: PRICE, completion: PRICE, input_cache_read: PRICE }, ['input_cache_read']),
      ...describe('Z.ai’s list price in US dollars per token.', 'Z.ai 的官方单价（美元／token）。'),
    },
    reasoning: {
      ...object(
        {
          mandatory: { type: 'boolean' },
          default_enabled: { type: 'boolean' },
          supported_efforts: { anyOf: [{ type: 'array', items: { enum: EFFORTS } }, { type: 'null' }] },
          default_effort: { enum: EFFORTS },
        },
        ['default_effort'],
      ),
      ...describe(
        'Levels of thinking, most expensive first; null if every level means "on". `mandatory`: thinking cannot be switched off, and "off" means the cheapest level.',
        '思考等级，从高到低；为 null 时任何等级都只表示“开”。`mandatory` 表示不能关闭，“关”即最低等级。',
      ),
    },
    supported_parameters: { type: 'array', items: { type: 'string' } },
  },
  [
    'context_length',
    'context_window',
    'max_model_len',
    'max_input_tokens',
    'max_output_tokens',
    'max_completion_tokens',
    'top_provider',
    'architecture',
    'pricing',
    'reasoning',
  ],
);

const AnthropicModel = object({
  type: { const: 'model' },
  id: { type: 'string' },
  display_name: { type: 'string' },
  created_at: { type: 'string' },
  capabilities: {
    anyOf: [
      object({
        batch: SUPPORTED,
        citations: SUPPORTED,
        code_execution: SUPPORTED,
        context_management: supportedOf(
          'clear_thinking_20251015',
          'clear_tool_uses_20250919',
          'compact_20260112',
        ),
        effort: supportedOf('low', 'medium', 'high', 'xhigh', 'max'),
        image_input: SUPPORTED,
        pdf_input: SUPPORTED,
        server_tools: supportedOf('code_execution', 'web_search'),
        structured_outputs: SUPPORTED,
        thinking: object({
          supported: { type: 'boolean' },
          types: object({
            adaptive: SUPPORTED,
            between_tools: SUPPORTED,
            disabled: SUPPORTED,
            enabled: SUPPORTED,
          }),
        }),
      }),
      { type: 'null' },
    ],
  },
  deprecated_at: { type: 'null' },
  lifecycle: { const: 'active' },
  line: { type: 'null' },
  max_input_tokens: nullable('integer'),
  max_tokens: nullable('integer'),
  retires_at: { type: 'null' },
});

export const listModels: Endpoint = {
  path: '/v1/models',
  method: 'get',
  schemas: {
    Model,
    AnthropicModel,
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
    ...summarize('List the models', '列出模型'),
    ...describe(
      'The default model first, with known limits, modalities, levels of thinking and prices, in the fields that clients of vLLM, OpenRouter, Groq and LiteLLM read. Needs no key. With the header `anthropic-version` the list has Anthropic’s format.',
      '默认模型排在最前；已知的上限、模态、思考等级和价格都会给出，字段名与 vLLM、OpenRouter、Groq、LiteLLM 的客户端所读的一致。不需要密钥。带 `anthropic-version` 请求头时，按 Anthropic 的格式返回。',
    ),
    security: OPEN_TO_ALL,
    responses: {
      200: jsonAnswer(
        describe('The models.', '模型列表。'),
        { anyOf: [ref('ModelList'), ref('AnthropicModelList')] },
        { object: 'list', data: [example] },
      ),
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
    ...summarize('One model', '查询单个模型'),
    ...describe(
      'By name in any spelling, or by an alias such as `gpt-4o-mini`. `id` is the name in the request, `root` (Anthropic: `display_name`) the model’s own. Needs no key.',
      '按名字（任何写法）或别名（如 `gpt-4o-mini`）查询：`id` 是查询所用的名字，`root`（Anthropic 格式为 `display_name`）是模型自己的名字。不需要密钥。',
    ),
    security: OPEN_TO_ALL,
    parameters: [
      {
        name: 'id',
        in: 'path',
        required: true,
        schema: { type: 'string' },
        ...describe('Ids of self-hosted models may contain slashes.', '自建模型的名字可以含斜杠。'),
      },
    ],
    responses: {
      200: jsonAnswer(
        describe('The model.', '该模型。'),
        { anyOf: [ref('Model'), ref('AnthropicModel')] },
        example,
      ),
      ...errorResponses([404, 502, 503, 504]),
    },
  },
  samples: (site) => [curl(site, `/v1/models/${encodeURI(site.model)}`)],
};
