/** Schemas of a response, and of the events of its stream. */
import {
  arrayOf,
  BOOLEAN,
  COUNT,
  explain,
  type JsonSchema,
  listVariants,
  type Members,
  nullable,
  object,
  orNull,
  ref,
  TEXT,
  UNIX_SECONDS,
} from '../schema.js';

const OBJECT: JsonSchema = { type: 'object' };
const NUMBER: JsonSchema = { type: 'number' };
const STATUS: JsonSchema = { ...TEXT, enum: ['in_progress', 'completed', 'incomplete'] };
const NOTHING: JsonSchema = { type: 'array', maxItems: 0 };

const TEXT_PART = object({
  type: { const: 'output_text' },
  annotations: NOTHING,
  logprobs: NOTHING,
  text: TEXT,
});
const SUMMARY_PART = object({ type: { const: 'summary_text' }, text: TEXT });
const REASONING_PART = object({ type: { const: 'reasoning_text' }, text: TEXT });

const CALL = { id: TEXT, status: STATUS, call_id: TEXT };

const MESSAGE = object({
  id: TEXT,
  type: { const: 'message' },
  status: STATUS,
  role: { const: 'assistant' },
  content: arrayOf(TEXT_PART),
});
const REASONING = explain(
  object({
    id: TEXT,
    type: { const: 'reasoning' },
    summary: arrayOf(SUMMARY_PART),
    'content?': arrayOf(REASONING_PART),
    'encrypted_content?': explain(
      TEXT,
      'With `store: false`, or where `include` asks for it: the same thinking, encoded. Send the item back, and the model continues from it.',
      '`store: false` 或 `include` 要求时给出：同一段思考的封装形式。把该条目原样传回，模型即可接着思考。',
    ),
  }),
  'The model’s thinking, as `summary` and, when complete, the same text as `content`.',
  '模型的思考过程：放在 `summary` 中，完整之后同样的内容也放在 `content` 中。',
);
const CALLS = listVariants({
  function_call: { ...CALL, arguments: TEXT, name: TEXT, 'namespace?': TEXT },
  custom_tool_call: { ...CALL, input: TEXT, name: TEXT, 'namespace?': TEXT },
  local_shell_call: {
    ...CALL,
    action: object({
      type: { const: 'exec' },
      command: arrayOf(TEXT),
      env: OBJECT,
      'working_directory?': TEXT,
      'timeout_ms?': NUMBER,
    }),
  },
  shell_call: {
    ...CALL,
    action: object({
      commands: arrayOf(TEXT),
      timeout_ms: nullable('number'),
      max_output_length: nullable('number'),
    }),
    environment: object({ type: { const: 'local' } }),
  },
  apply_patch_call: {
    ...CALL,
    operation: object({
      type: { enum: ['create_file', 'update_file', 'delete_file'] },
      path: TEXT,
      'diff?': TEXT,
    }),
  },
  tool_search_call: { ...CALL, execution: { const: 'client' }, arguments: OBJECT },
});

/** What a response repeats of its request. */
const ECHO: Members = {
  background: { const: false },
  frequency_penalty: NUMBER,
  instructions: nullable('string'),
  max_output_tokens: nullable('integer'),
  max_tool_calls: nullable('integer'),
  metadata: OBJECT,
  parallel_tool_calls: BOOLEAN,
  presence_penalty: NUMBER,
  previous_response_id: nullable('string'),
  prompt_cache_key: nullable('string'),
  reasoning: object({ effort: nullable('string'), summary: nullable('string') }),
  safety_identifier: nullable('string'),
  service_tier: { const: 'default' },
  store: explain(
    BOOLEAN,
    'Whether the response is kept: for `RESPONSES_TTL` after its last use, sealed with the API key that asked.',
    '网关是否保留了这个回答：在最后一次使用后保留 `RESPONSES_TTL`，并用请求的 API 密钥加密。',
  ),
  temperature: NUMBER,
  text: object({ format: OBJECT, verbosity: TEXT }),
  tool_choice: { anyOf: [TEXT, OBJECT] },
  tools: arrayOf(OBJECT),
  top_logprobs: { const: 0 },
  top_p: NUMBER,
  truncation: { const: 'disabled' },
  user: nullable('string'),
};

const SEQUENCE = { sequence_number: COUNT };
const RESPONSE = { ...SEQUENCE, response: ref('Response') };
const ITEM = { ...SEQUENCE, output_index: COUNT, item: ref('ResponseItem') };
const PLACE = { ...SEQUENCE, item_id: TEXT, output_index: COUNT };
const IN_CONTENT = { ...PLACE, content_index: COUNT };
const IN_SUMMARY = { ...PLACE, summary_index: COUNT };
const ERROR = { code: nullable('string'), message: TEXT, param: nullable('string') };

const EVENTS = listVariants({
  'response.created': RESPONSE,
  'response.in_progress': RESPONSE,
  'response.output_item.added': ITEM,
  'response.reasoning_summary_part.added': { ...IN_SUMMARY, part: SUMMARY_PART },
  'response.reasoning_summary_text.delta': { ...IN_SUMMARY, delta: TEXT },
  'response.reasoning_summary_text.done': { ...IN_SUMMARY, text: TEXT },
  'response.reasoning_summary_part.done': { ...IN_SUMMARY, part: SUMMARY_PART },
  'response.content_part.added': { ...IN_CONTENT, part: TEXT_PART },
  'response.output_text.delta': { ...IN_CONTENT, delta: TEXT, logprobs: NOTHING },
  'response.output_text.done': { ...IN_CONTENT, text: TEXT, logprobs: NOTHING },
  'response.content_part.done': { ...IN_CONTENT, part: TEXT_PART },
  'response.function_call_arguments.delta': { ...PLACE, delta: TEXT },
  'response.function_call_arguments.done': { ...PLACE, name: TEXT, arguments: TEXT },
  'response.custom_tool_call_input.delta': { ...PLACE, delta: TEXT },
  'response.custom_tool_call_input.done': { ...PLACE, input: TEXT },
  'response.output_item.done': ITEM,
  'response.completed': RESPONSE,
  'response.incomplete': RESPONSE,
  'response.failed': RESPONSE,
  error: { ...SEQUENCE, ...ERROR, error: object({ type: TEXT, ...ERROR }) },
});

/** Entries of `components.schemas`. */
export const ANSWER_SCHEMAS: Record<string, JsonSchema> = {
  ResponseItem: { anyOf: [MESSAGE, REASONING, ...CALLS] },
  Response: object({
    id: { ...TEXT, pattern: '^resp_' },
    object: { const: 'response' },
    created_at: UNIX_SECONDS,
    completed_at: explain(nullable('integer'), 'The same, once it is completed.', '同上，完成之后给出。'),
    status: { ...TEXT, enum: ['in_progress', 'completed', 'incomplete', 'failed'] },
    error: orNull(object({ code: TEXT, message: TEXT })),
    incomplete_details: orNull(object({ reason: { enum: ['max_output_tokens', 'content_filter'] } })),
    model: TEXT,
    output: arrayOf(ref('ResponseItem')),
    usage: orNull(ref('ResponseUsage')),
    ...ECHO,
  }),
  ResponseUsage: object({
    input_tokens: COUNT,
    input_tokens_details: object({ cached_tokens: COUNT, cache_write_tokens: COUNT }),
    output_tokens: COUNT,
    output_tokens_details: object({ reasoning_tokens: COUNT }),
    total_tokens: COUNT,
  }),
  ResponseEvent: { anyOf: EVENTS },
};
