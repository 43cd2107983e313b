/** Schemas of a response, and of the events of its stream. */
import { describe, type JsonSchema, nullable, object, ref } from '../schema.js';

const count: JsonSchema = { type: 'integer', minimum: 0 };
const text: JsonSchema = { type: 'string' };
const status: JsonSchema = { type: 'string', enum: ['in_progress', 'completed', 'incomplete'] };
const textPart = object({
  type: { const: 'output_text' },
  annotations: { type: 'array', maxItems: 0 },
  logprobs: { type: 'array', maxItems: 0 },
  text,
});
const summaryPart = object({ type: { const: 'summary_text' }, text });
const reasoningPart = object({ type: { const: 'reasoning_text' }, text });

/** A call of a tool whose form OpenAI defines. */
const fixedCall = (type: string, members: Readonly<Record<string, JsonSchema>>) =>
  object({ id: text, type: { const: type }, status, call_id: text, ...members });
const texts: JsonSchema = { type: 'array', items: text };

const ITEMS = {
  message: object({
    id: text,
    type: { const: 'message' },
    status,
    role: { const: 'assistant' },
    content: { type: 'array', items: textPart },
  }),
  reasoning: {
    ...object(
      {
        id: text,
        type: { const: 'reasoning' },
        summary: { type: 'array', items: summaryPart },
        content: { type: 'array', items: reasoningPart },
        encrypted_content: {
          ...text,
          ...describe(
            'With `store: false`, or where `include` asks for it: the same thinking, encoded. Send the item back, and the model continues from it.',
            '`store: false` 或 `include` 要求时给出：同一段思考的封装形式。把该条目原样传回，模型即可接着思考。',
          ),
        },
      },
      ['content', 'encrypted_content'],
    ),
    ...describe(
      'The model’s thinking, as `summary` and, when complete, the same text as `content`.',
      '模型的思考过程：放在 `summary` 中，完整之后同样的内容也放在 `content` 中。',
    ),
  },
  function_call: object(
    {
      id: text,
      type: { const: 'function_call' },
      status,
      arguments: text,
      call_id: text,
      name: text,
      namespace: text,
    },
    ['namespace'],
  ),
  custom_tool_call: object(
    {
      id: text,
      type: { const: 'custom_tool_call' },
      status,
      input: text,
      call_id: text,
      name: text,
      namespace: text,
    },
    ['namespace'],
  ),
  local_shell_call: fixedCall('local_shell_call', {
    action: object(
      {
        type: { const: 'exec' },
        command: texts,
        env: { type: 'object' },
        working_directory: text,
        timeout_ms: { type: 'number' },
      },
      ['working_directory', 'timeout_ms'],
    ),
  }),
  shell_call: fixedCall('shell_call', {
    action: object({
      commands: texts,
      timeout_ms: nullable('number'),
      max_output_length: nullable('number'),
    }),
    environment: object({ type: { const: 'local' } }),
  }),
  apply_patch_call: fixedCall('apply_patch_call', {
    operation: object(
      { type: { enum: ['create_file', 'update_file', 'delete_file'] }, path: text, diff: text },
      ['diff'],
    ),
  }),
  tool_search_call: fixedCall('tool_search_call', {
    execution: { const: 'client' },
    arguments: { type: 'object' },
  }),
};

const ECHO: Readonly<Record<string, JsonSchema>> = {
  background: { const: false },
  frequency_penalty: { type: 'number' },
  instructions: nullable('string'),
  max_output_tokens: nullable('integer'),
  max_tool_calls: nullable('integer'),
  metadata: { type: 'object' },
  parallel_tool_calls: { type: 'boolean' },
  presence_penalty: { type: 'number' },
  previous_response_id: nullable('string'),
  prompt_cache_key: nullable('string'),
  reasoning: object({ effort: nullable('string'), summary: nullable('string') }),
  safety_identifier: nullable('string'),
  service_tier: { const: 'default' },
  store: {
    type: 'boolean',
    ...describe(
      'Whether the response is kept: for `RESPONSES_TTL` after its last use, sealed with the API key that asked.',
      '网关是否保留了这个回答：在最后一次使用后保留 `RESPONSES_TTL`，并用请求的 API 密钥加密。',
    ),
  },
  temperature: { type: 'number' },
  text: object({ format: { type: 'object' }, verbosity: text }),
  tool_choice: { anyOf: [text, { type: 'object' }] },
  tools: { type: 'array', items: { type: 'object' } },
  top_logprobs: { const: 0 },
  top_p: { type: 'number' },
  truncation: { const: 'disabled' },
  user: nullable('string'),
};

const place = { item_id: text, output_index: count };
const inContent = { ...place, content_index: count };
const inSummary = { ...place, summary_index: count };
const error = { code: nullable('string'), message: text, param: nullable('string') };
const response = { response: ref('Response') };
const item = { output_index: count, item: ref('ResponseItem') };

/** Members of each event, beside its type and sequence number. */
const EVENTS: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>> = {
  'response.created': response,
  'response.in_progress': response,
  'response.output_item.added': item,
  'response.reasoning_summary_part.added': { ...inSummary, part: summaryPart },
  'response.reasoning_summary_text.delta': { ...inSummary, delta: text },
  'response.reasoning_summary_text.done': { ...inSummary, text },
  'response.reasoning_summary_part.done': { ...inSummary, part: summaryPart },
  'response.content_part.added': { ...inContent, part: textPart },
  'response.output_text.delta': { ...inContent, delta: text, logprobs: { type: 'array', maxItems: 0 } },
  'response.output_text.done': { ...inContent, text, logprobs: { type: 'array', maxItems: 0 } },
  'response.content_part.done': { ...inContent, part: textPart },
  'response.function_call_arguments.delta': { ...place, delta: text },
  'response.function_call_arguments.done': { ...place, name: text, arguments: text },
  'response.custom_tool_call_input.delta': { ...place, delta: text },
  'response.custom_tool_call_input.done': { ...place, input: text },
  'response.output_item.done': item,
  'response.completed': response,
  'response.incomplete': response,
  'response.failed': response,
  error: { ...error, error: object({ type: text, ...error }) },
};

/** Entries of `components.schemas`. */
export const ANSWER_SCHEMAS: Record<string, JsonSchema> = {
  ResponseItem: { anyOf: Object.values(ITEMS) },
  Response: object({
    id: { type: 'string', pattern: '^resp_' },
    object: { const: 'response' },
    created_at: { type: 'integer', ...describe('Unix seconds.', 'Unix 时间戳（秒）。') },
    completed_at: {
      ...nullable('integer'),
      ...describe('The same, once it is completed.', '同上，完成之后给出。'),
    },
    status: { type: 'string', enum: ['in_progress', 'completed', 'incomplete', 'failed'] },
    error: { anyOf: [object({ code: text, message: text }), { type: 'null' }] },
    incomplete_details: {
      anyOf: [object({ reason: { enum: ['max_output_tokens', 'content_filter'] } }), { type: 'null' }],
    },
    model: text,
    output: { type: 'array', items: ref('ResponseItem') },
    usage: { anyOf: [ref('ResponseUsage'), { type: 'null' }] },
    ...ECHO,
  }),
  ResponseUsage: object({
    input_tokens: count,
    input_tokens_details: object({ cached_tokens: count, cache_write_tokens: count }),
    output_tokens: count,
    output_tokens_details: object({ reasoning_tokens: count }),
    total_tokens: count,
  }),
  ResponseEvent: {
    anyOf: Object.entries(EVENTS).map(([type, members]) =>
      object({ type: { const: type }, sequence_number: count, ...members }),
    ),
  },
};
