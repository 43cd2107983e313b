/** Schemas of a chat completion, and of the chunks of its stream. */
import {
  arrayOf,
  COUNT,
  explain,
  type JsonSchema,
  NULL,
  nullable,
  object,
  orNull,
  ref,
  TEXT,
  UNIX_SECONDS,
} from '../schema.js';

const FINISH_REASONS = ['stop', 'length', 'tool_calls', 'content_filter'];
const ROLE = { const: 'assistant' };
const INDEX = { const: 0 };

const REASONING = explain(
  TEXT,
  'The model’s thinking, unless `THINKING_OUTPUT` puts it elsewhere.',
  '模型的思考过程，除非 `THINKING_OUTPUT` 另有设置。',
);
const ANNOTATIONS = explain(
  arrayOf(
    object({
      type: { const: 'url_citation' },
      url_citation: object({ start_index: COUNT, end_index: COUNT, url: TEXT, title: TEXT }),
    }),
  ),
  'Pages that Z.ai’s web search found.',
  'Z.ai 联网搜索找到的网页。',
);

const MESSAGE = object({
  role: ROLE,
  content: nullable('string'),
  refusal: nullable('string'),
  'reasoning_content?': REASONING,
  'annotations?': ANNOTATIONS,
  'tool_calls?': arrayOf(ref('ToolCall'), { minItems: 1 }),
});
const CALL_DELTA = object({
  index: COUNT,
  'id?': TEXT,
  'type?': { enum: ['function', 'custom'] },
  'function?': object({ 'name?': TEXT, 'arguments?': TEXT }),
  'custom?': object({ 'name?': TEXT, input: TEXT }),
});
const DELTA = object({
  'role?': ROLE,
  'content?': nullable('string'),
  'reasoning_content?': REASONING,
  'tool_calls?': arrayOf(CALL_DELTA),
  'annotations?': ANNOTATIONS,
});
const CHOICE = object({
  index: INDEX,
  message: MESSAGE,
  logprobs: NULL,
  finish_reason: { ...TEXT, enum: FINISH_REASONS },
});
const CHUNK_CHOICE = object({
  index: INDEX,
  delta: DELTA,
  finish_reason: { enum: [...FINISH_REASONS, null] },
});
const HEAD = { id: { ...TEXT, pattern: '^chatcmpl-' }, created: UNIX_SECONDS, model: TEXT };

/** Entries of `components.schemas`. */
export const ANSWER_SCHEMAS: Record<string, JsonSchema> = {
  Usage: object({
    prompt_tokens: COUNT,
    completion_tokens: COUNT,
    total_tokens: COUNT,
    prompt_tokens_details: object({ cached_tokens: COUNT }),
    completion_tokens_details: object({ reasoning_tokens: COUNT }),
  }),
  ChatCompletion: object({
    ...HEAD,
    object: { const: 'chat.completion' },
    choices: arrayOf(CHOICE, { minItems: 1, maxItems: 1 }),
    usage: ref('Usage'),
  }),
  ChatCompletionChunk: object({
    ...HEAD,
    object: { const: 'chat.completion.chunk' },
    choices: arrayOf(CHUNK_CHOICE, { maxItems: 1 }),
    'usage?': orNull(ref('Usage')),
  }),
};
