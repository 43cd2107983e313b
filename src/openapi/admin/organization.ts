/** /v1/organization: OpenAI's usage and costs. */
import { type Endpoint, query } from '../endpoint.js';
import { errorResponses } from '../errors.js';
import { arrayOf, INTEGER, nullable, object, ref, TEXT } from '../schema.js';
import { jsonAnswer } from '../shared.js';

const CONST = (value: string) => ({ ...TEXT, enum: [value] });
const shared = (maxBuckets: number, groups: string) => [
  query(
    'start_time',
    INTEGER,
    'Unix seconds; its day of TIME_ZONE is the first.',
    'Unix 秒；所在的一天（按 TIME_ZONE）为第一天。',
  ),
  query('end_time', INTEGER, 'Unix seconds, exclusive; now unless given.', 'Unix 秒，不含；默认为现在。'),
  query('bucket_width', CONST('1d'), 'A day of TIME_ZONE.', '按 TIME_ZONE 的一天。'),
  query(
    'group_by',
    TEXT,
    `${groups}; several with commas or repeated.`,
    `${groups}；可用逗号分隔或重复给出多个。`,
  ),
  query('limit', { ...INTEGER, minimum: 1, maximum: maxBuckets, default: 7 }, 'Days.', '天数。'),
  query('page', TEXT, '`next_page` of the page before.', '上一页的 `next_page`。'),
];
const page = (result: string) =>
  object({
    object: CONST('page'),
    data: arrayOf(
      object({
        object: CONST('bucket'),
        start_time: INTEGER,
        end_time: INTEGER,
        results: arrayOf(ref(result)),
      }),
    ),
    has_more: { type: 'boolean' },
    next_page: nullable('string'),
  });
const exampleOf = (result: object) => ({
  object: 'page',
  data: [{ object: 'bucket', start_time: 1_795_824_000, end_time: 1_795_910_400, results: [result] }],
  has_more: false,
  next_page: null,
});

const usage: Endpoint = {
  method: 'get',
  path: '/v1/organization/usage/completions',
  id: 'listOrganizationUsage',
  summary: ['Usage by day, in OpenAI’s form', '按天的用量（OpenAI 格式）'],
  description: [
    'For exporters that read OpenAI’s organization usage. `user_id` is the member; projects, batches and service tiers are null.',
    '供读取 OpenAI 组织用量的工具使用。`user_id` 为成员；项目、批处理和服务等级为 null。',
  ],
  access: 'admin',
  parameters: shared(31, 'api_key_id, user_id, model'),
  schemas: {
    OrganizationUsage: page('OrganizationUsageResult'),
    OrganizationUsageResult: object({
      object: CONST('organization.usage.completions.result'),
      input_tokens: INTEGER,
      output_tokens: INTEGER,
      input_cached_tokens: INTEGER,
      input_audio_tokens: INTEGER,
      output_audio_tokens: INTEGER,
      num_model_requests: INTEGER,
      project_id: { type: 'null' },
      user_id: nullable('string'),
      api_key_id: nullable('string'),
      model: nullable('string'),
      batch: { type: 'null' },
      service_tier: { type: 'null' },
    }),
  },
  answer: jsonAnswer(
    ['A page of days.', '一页，每天一项。'],
    ref('OrganizationUsage'),
    exampleOf({
      object: 'organization.usage.completions.result',
      input_tokens: 1200,
      output_tokens: 300,
      input_cached_tokens: 800,
      input_audio_tokens: 0,
      output_audio_tokens: 0,
      num_model_requests: 4,
      project_id: null,
      user_id: null,
      api_key_id: 'env:ann',
      model: 'GLM-4.6',
      batch: null,
      service_tier: null,
    }),
  ),
  others: errorResponses([400, 401, 429, 503]),
  samplePath: () => '/v1/organization/usage/completions?start_time=1793491200&group_by=api_key_id',
};

const costs: Endpoint = {
  method: 'get',
  path: '/v1/organization/costs',
  id: 'listOrganizationCosts',
  summary: ['Costs by day, in OpenAI’s form', '按天的费用（OpenAI 格式）'],
  description: [
    'Each currency has results of its own. `line_item` is the model. Plan traffic, free models and models without a price cost nothing here.',
    '每种货币各有一项。`line_item` 为模型。套餐内的流量、免费模型和没有价格的模型不产生费用。',
  ],
  access: 'admin',
  parameters: shared(180, 'api_key_id, line_item'),
  schemas: {
    OrganizationCosts: page('OrganizationCostsResult'),
    OrganizationCostsResult: object({
      object: CONST('organization.costs.result'),
      amount: object({ value: { type: 'number' }, currency: { ...TEXT, enum: ['usd', 'cny'] } }),
      line_item: nullable('string'),
      project_id: { type: 'null' },
      api_key_id: nullable('string'),
    }),
  },
  answer: jsonAnswer(
    ['A page of days.', '一页，每天一项。'],
    ref('OrganizationCosts'),
    exampleOf({
      object: 'organization.costs.result',
      amount: { value: 0.00138, currency: 'usd' },
      line_item: null,
      project_id: null,
      api_key_id: 'env:ann',
    }),
  ),
  others: errorResponses([400, 401, 429, 503]),
  samplePath: () => '/v1/organization/costs?start_time=1793491200&group_by=api_key_id',
};

export const ORGANIZATION_ENDPOINTS: readonly Endpoint[] = [usage, costs];
