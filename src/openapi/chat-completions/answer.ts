/** Schemas of a chat completion, and of the chunks of its stream. */
import { describe, type JsonSchema, nullable, object, ref } from '../schema.js';

const FINISH_REASONS = ['stop', 'length', 'tool_calls', 'content_filter'];
const count: JsonSchema = { type: 'integer', minimum: 0 };

const USAGE = object({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  prompt_tokens_details: object({ cached_tokens: count }),
  completion_tokens_details: object({ reasoning_tokens: count }),
});

const reasoning = {
  type: 'string',
  ...describe(
    'The model’s thinking, unless `THINKING_OUTPUT` puts it elsewhere.',
    '模型的思考过程，除非 `THINKING_OUTPUT` 另有设置。',
  ),
};

const HEAD = {
  id: { type: 'string', pattern: '^chatcmpl-' },
  created: { type: 'integer', ...describe('Unix seconds.', 'Unix 时间戳（秒）。') },
  model: { type: 'string' },
};

const ANNOTATIONS: JsonSchema = {
  type: 'array',
  items: object({
    type: { const: 'url_citation' },
    url_citation: object({
      start_index: count,
      end_index: count,
      url: { type: 'string' },
      title: { type: 'string' },
    }),
  }),
  ...describe('Pages that Z.ai’s web search found.', 'Z.ai 联网搜索找到的网页。'),
};

const DELTA = object(
  {
    role: { const: 'assistant' },
    content: nullable('string'),
    reasoning_content: reasoning,
    tool_calls: {
      type: 'array',
      items: object(
        {
          index: count,
          id: { type: 'string' },
          type: { enum: ['function', 'custom'] },
          function: object({ name: { type: 'string' }, arguments: { type: 'string' } }, [
            'name',
            'arguments',
          ]),
          custom: object({ name: { type: 'string' }, input: { type: 'string' } }, ['name']),
        },
        ['id', 'type', 'function', 'custom'],
      ),
    },
    annotations: ANNOTATIONS,
  },
  ['role', 'content', 'reasoning_content', 'tool_calls', 'annotations'],
);

/** Entries of `components.schemas`. */
export const ANSWER_SCHEMAS: Record<string, JsonSchema> = {
  Usage: USAGE,
  ChatCompletion: object({
    ...HEAD,
    object: { const: 'chat.completion' },
    choices: {
      type: 'array',
      minItems: 1,
      maxItems: 1,
      items: object({
        index: { const: 0 },
        message: object(
          {
            role: { const: 'assistant' },
            content: nullable('string'),
            refusal: nullable('string'),
            reasoning_content: reasoning,
            annotations: ANNOTATIONS,
            tool_calls: { type: 'array', minItems: 1, items: ref('ToolCall') },
          },
          ['reasoning_content', 'tool_calls', 'annotations'],
        ),
        logprobs: { type: 'null' },
        finish_reason: { type: 'string', enum: FINISH_REASONS },
      }),
    },
    usage: ref('Usage'),
  }),
  ChatCompletionChunk: object(
    {
      ...HEAD,
      object: { const: 'chat.completion.chunk' },
      choices: {
        type: 'array',
        maxItems: 1,
        items: object({
          index: { const: 0 },
          delta: DELTA,
          finish_reason: { enum: [...FINISH_REASONS, null] },
        }),
      },
      usage: { anyOf: [ref('Usage'), { type: 'null' }] },
    },
    ['usage'],
  ),
};
