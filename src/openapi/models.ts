/** GET /v1/models and /v1/models/{id} */
import { EFFORTS, type UpstreamModel } from '../completion/model-info.js';
import { buildModel as buildAnthropicModel } from '../protocol/anthropic-messages/model-body.js';
import { buildModel } from '../protocol/openai-chat/model-body.js';
import { modelsOf } from '../upstream/models.js';
import type { Endpoint } from './endpoint.js';
import { errorResponses } from './errors.js';
import {
  arrayOf,
  BOOLEAN,
  explain,
  INTEGER,
  inferMembers,
  NULL,
  nullable,
  object,
  orNull,
  ref,
  TEXT,
  UNIX_SECONDS,
} from './schema.js';
import { jsonAnswer } from './shared.js';

const NAME = 'GLM-5.3';
const known = modelsOf('api').find(({ name }) => name === NAME) as UpstreamModel;
const example = buildModel(NAME, known, false);
const anthropic = inferMembers(buildAnthropicModel(NAME, known));

const SAME = explain(INTEGER, 'The same.', '同上。');
const PRICE = { ...TEXT, pattern: '^\\d+(\\.\\d+)?$' };

const Model = object({
  id: explain(
    TEXT,
    'A value for `model`: the name in the request, which may be an alias.',
    '`model` 字段的取值；即查询时所用的名字，别名也一样。',
  ),
  object: { const: 'model' },
  created: UNIX_SECONDS,
  owned_by: TEXT,
  name: explain(TEXT, 'The model’s own name.', '模型自己的名字。'),
  root: explain(TEXT, 'The same, as vLLM names it.', '同上，vLLM 的字段名。'),
  parent: NULL,
  'context_length?': explain(
    INTEGER,
    'Prompt and answer together, in tokens.',
    '上下文长度（提示与回答合计，token 数）。',
  ),
  'context_window?': SAME,
  'max_model_len?': SAME,
  'max_input_tokens?': SAME,
  'max_output_tokens?': explain(INTEGER, 'Maximum number of tokens in an answer.', '最长回答（token 数）。'),
  'max_completion_tokens?': SAME,
  'top_provider?': explain(
    object({ context_length: nullable('integer'), max_completion_tokens: nullable('integer') }),
    'Both limits in OpenRouter’s form.',
    '同样的两个上限，OpenRouter 的写法。',
  ),
  'architecture?': explain(
    object({
      modality: TEXT,
      input_modalities: arrayOf({ enum: ['text', 'image', 'video', 'file'] }),
      output_modalities: arrayOf({ const: 'text' }),
    }),
    'Kinds of input and output.',
    '模型能读和能写的内容。',
  ),
  'pricing?': explain(
    object({ prompt: PRICE, completion: PRICE, 'input_cache_read?': PRICE }),
    'Z.ai’s list price in US dollars per token.',
    'Z.ai 的官方单价（美元／token）。',
  ),
  'reasoning?': explain(
    object({
      mandatory: BOOLEAN,
      default_enabled: BOOLEAN,
      supported_efforts: orNull(arrayOf({ enum: EFFORTS })),
      'default_effort?': { enum: EFFORTS },
    }),
    'Levels of thinking, most expensive first; null if every level means "on". `mandatory`: thinking cannot be switched off, and "off" means the cheapest level.',
    '思考等级，从高到低；为 null 时任何等级都只表示“开”。`mandatory` 表示不能关闭，“关”即最低等级。',
  ),
  supported_parameters: arrayOf(TEXT),
});

const AnthropicModel = object({
  ...anthropic,
  type: { const: 'model' },
  capabilities: orNull(anthropic.capabilities ?? {}),
  lifecycle: { const: 'active' },
  max_input_tokens: nullable('integer'),
  max_tokens: nullable('integer'),
});

const AnthropicModelList = object({
  data: arrayOf(ref('AnthropicModel')),
  has_more: { const: false },
  first_id: nullable('string'),
  last_id: nullable('string'),
});
const ModelList = object({ object: { const: 'list' }, data: arrayOf(ref('Model')) });

export const listModels: Endpoint = {
  method: 'get',
  path: '/v1/models',
  id: 'listModels',
  summary: ['List the models', '列出模型'],
  description: [
    'The default model first, with known limits, modalities, levels of thinking and prices, in the fields that clients of vLLM, OpenRouter, Groq and LiteLLM read. Needs no key. With the header `anthropic-version` the list has Anthropic’s format.',
    '默认模型排在最前；已知的上限、模态、思考等级和价格都会给出，字段名与 vLLM、OpenRouter、Groq、LiteLLM 的客户端所读的一致。不需要密钥。带 `anthropic-version` 请求头时，按 Anthropic 的格式返回。',
  ],
  access: 'open',
  schemas: { Model, AnthropicModel, AnthropicModelList, ModelList },
  answer: jsonAnswer(
    ['The models.', '模型列表。'],
    { anyOf: [ref('ModelList'), ref('AnthropicModelList')] },
    { object: 'list', data: [example] },
  ),
  others: errorResponses([502, 503, 504]),
};

const ID = { name: 'id', in: 'path', required: true, schema: TEXT };

export const getModel: Endpoint = {
  method: 'get',
  path: '/v1/models/{id}',
  id: 'getModel',
  summary: ['One model', '查询单个模型'],
  description: [
    'By name in any spelling, or by an alias such as `gpt-4o-mini`. `id` is the name in the request, `root` (Anthropic: `display_name`) the model’s own. Needs no key.',
    '按名字（任何写法）或别名（如 `gpt-4o-mini`）查询：`id` 是查询所用的名字，`root`（Anthropic 格式为 `display_name`）是模型自己的名字。不需要密钥。',
  ],
  access: 'open',
  parameters: [explain(ID, 'Ids of self-hosted models may contain slashes.', '自建模型的名字可以含斜杠。')],
  answer: jsonAnswer(['The model.', '该模型。'], { anyOf: [ref('Model'), ref('AnthropicModel')] }, example),
  others: errorResponses([404, 502, 503, 504]),
  samplePath: (model) => `/v1/models/${encodeURI(model)}`,
};
