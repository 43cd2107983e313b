/** Schemas of a message, and of the events of its stream. */
import { CODE } from '../errors.js';
import {
  arrayOf,
  COUNT,
  explain,
  type JsonSchema,
  listVariants,
  NULL,
  nullable,
  object,
  orNull,
  ref,
  TEXT,
} from '../schema.js';

const USAGE = {
  input_tokens: explain(COUNT, 'Without the tokens that were read from the cache.', '不含从缓存读取的部分。'),
  cache_creation_input_tokens: COUNT,
  cache_read_input_tokens: COUNT,
  output_tokens: COUNT,
  output_tokens_details: orNull(object({ thinking_tokens: COUNT })),
  server_tool_use: NULL,
};

const END = {
  stop_reason: { enum: ['end_turn', 'max_tokens', 'stop_sequence', 'tool_use', 'refusal', null] },
  stop_sequence: nullable('string'),
  stop_details: orNull(object({ type: { const: 'refusal' }, category: NULL, explanation: NULL })),
  container: NULL,
};

const BLOCK: JsonSchema = {
  oneOf: listVariants({
    text: { text: TEXT },
    thinking: {
      thinking: explain(TEXT, 'The model’s thinking.', '模型的思考过程。'),
      signature: explain(TEXT, 'Names the block’s origin; it is not verified.', '仅标明来源，不用于校验。'),
    },
    tool_use: {
      id: TEXT,
      name: TEXT,
      input: { type: 'object' },
      caller: object({ type: { const: 'direct' } }),
    },
  }),
};

const DELTA: JsonSchema = {
  oneOf: listVariants({
    text_delta: { text: TEXT },
    thinking_delta: { thinking: TEXT },
    signature_delta: { signature: TEXT },
    input_json_delta: { partial_json: TEXT },
  }),
};

const EVENTS = listVariants({
  message_start: { message: ref('AnthropicMessage') },
  ping: {},
  content_block_start: { index: COUNT, content_block: BLOCK },
  content_block_delta: { index: COUNT, delta: DELTA },
  content_block_stop: { index: COUNT },
  message_delta: { delta: object(END), usage: object(USAGE) },
  message_stop: {},
});

/** Entries of `components.schemas`. */
export const ANSWER_SCHEMAS: Record<string, JsonSchema> = {
  AnthropicMessage: object({
    id: { ...TEXT, pattern: '^msg_' },
    type: { const: 'message' },
    role: { const: 'assistant' },
    model: TEXT,
    content: arrayOf(BLOCK),
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
  AnthropicEvent: { oneOf: [...EVENTS, ref('AnthropicError')] },
  AnthropicError: object({
    type: { const: 'error' },
    error: object({
      type: explain(TEXT, 'Anthropic’s type of the error.', 'Anthropic 的错误类型。'),
      message: TEXT,
      code: CODE,
      param: nullable('string'),
      'details?': object({ error_code: TEXT }),
    }),
    request_id: explain(
      nullable('string'),
      'Null within a stream, where the response header has it.',
      '流中为 null，见响应头。',
    ),
  }),
};
