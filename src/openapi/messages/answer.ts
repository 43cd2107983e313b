/** Schemas of a message, and of the events of its stream. */
import { describe, type JsonSchema, nullable, object, ref } from '../schema.js';

const count: JsonSchema = { type: 'integer', minimum: 0 };
const NULL: JsonSchema = { type: 'null' };

const USAGE = {
  input_tokens: {
    ...count,
    ...describe('Without the tokens that were read from the cache.', '不含从缓存读取的部分。'),
  },
  cache_creation_input_tokens: count,
  cache_read_input_tokens: count,
  output_tokens: count,
  output_tokens_details: { anyOf: [object({ thinking_tokens: count }), NULL] },
  server_tool_use: NULL,
};

const END = {
  stop_reason: { enum: ['end_turn', 'max_tokens', 'stop_sequence', 'tool_use', 'refusal', null] },
  stop_sequence: nullable('string'),
  stop_details: {
    anyOf: [object({ type: { const: 'refusal' }, category: NULL, explanation: NULL }), NULL],
  },
  container: NULL,
};

const BLOCK: JsonSchema = {
  oneOf: [
    object({ type: { const: 'text' }, text: { type: 'string' } }),
    object({
      type: { const: 'thinking' },
      thinking: { type: 'string', ...describe('The model’s thinking.', '模型的思考过程。') },
      signature: {
        type: 'string',
        ...describe('Names the block’s origin; it is not verified.', '仅标明来源，不用于校验。'),
      },
    }),
    object({
      type: { const: 'tool_use' },
      id: { type: 'string' },
      name: { type: 'string' },
      input: { type: 'object' },
      caller: object({ type: { const: 'direct' } }),
    }),
  ],
};

const DELTA: JsonSchema = {
  oneOf: [
    object({ type: { const: 'text_delta' }, text: { type: 'string' } }),
    object({ type: { const: 'thinking_delta' }, thinking: { type: 'string' } }),
    object({ type: { const: 'signature_delta' }, signature: { type: 'string' } }),
    object({ type: { const: 'input_json_delta' }, partial_json: { type: 'string' } }),
  ],
};

const EVENT: JsonSchema = {
  oneOf: [
    object({ type: { const: 'message_start' }, message: ref('AnthropicMessage') }),
    object({ type: { const: 'ping' } }),
    object({ type: { const: 'content_block_start' }, index: count, content_block: BLOCK }),
    object({ type: { const: 'content_block_delta' }, index: count, delta: DELTA }),
    object({ type: { const: 'content_block_stop' }, index: count }),
    object({ type: { const: 'message_delta' }, delta: object(END), usage: object(USAGE) }),
    object({ type: { const: 'message_stop' } }),
    ref('AnthropicError'),
  ],
};

/** Entries of `components.schemas`. */
export const ANSWER_SCHEMAS: Record<string, JsonSchema> = {
  AnthropicMessage: object({
    id: { type: 'string', pattern: '^msg_' },
    type: { const: 'message' },
    role: { const: 'assistant' },
    model: { type: 'string' },
    content: { type: 'array', items: BLOCK },
    ...END,
    diagnostics: NULL,
    usage: object({
      ...USAGE,
      cache_creation: NULL,
      inference_geo: NULL,
      service_tier: { const: 'standard' },
      speed: NULL,
    }),
  }),
  AnthropicEvent: EVENT,
  AnthropicError: object({
    type: { const: 'error' },
    error: object(
      {
        type: { type: 'string', ...describe('Anthropic’s type of the error.', 'Anthropic 的错误类型。') },
        message: { type: 'string' },
        code: { ...nullable('string'), ...describe('See the table of codes.', '见错误码表。') },
        param: nullable('string'),
        details: object({ error_code: { type: 'string' } }),
      },
      ['details'],
    ),
    request_id: {
      ...nullable('string'),
      ...describe('Null within a stream, where the response header has it.', '流中为 null，见响应头。'),
    },
  }),
};
