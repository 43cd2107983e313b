/** What a chat completion answers: whole, and as the chunks of a stream. */
import { described, type JsonSchema, nullable, object, ref } from '../schema.js';

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
  ...described(
    'What the model thought, unless `THINKING_OUTPUT` puts it elsewhere.',
    '模型的思考过程，除非 `THINKING_OUTPUT` 另有设置。',
  ),
};

const HEAD = {
  id: { type: 'string', pattern: '^chatcmpl-' },
  created: { type: 'integer', ...described('Unix seconds.', 'Unix 时间戳（秒）。') },
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
  ...described('Pages that Z.ai’s web search found.', 'Z.ai 联网搜索找到的网页。'),
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

const head = { id: 'chatcmpl-7c1c…', created: 1_793_000_000 };
const usage = {
  prompt_tokens: 9,
  completion_tokens: 12,
  total_tokens: 21,
  prompt_tokens_details: { cached_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0 },
};

export function exampleAnswer(model: string): object {
  const message = { role: 'assistant', content: 'Hello! How can I help you today?', refusal: null };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }];
  return { ...head, object: 'chat.completion', model, choices, usage };
}

/** As it crosses the wire, a keep-alive included. */
export function exampleStream(model: string): string {
  const chunk = (delta: object, finish_reason: string | null = null) =>
    `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', model, choices: [{ index: 0, delta, finish_reason }] })}`;
  return [
    chunk({ role: 'assistant', content: '' }),
    chunk({ reasoning_content: 'The user says hello.' }),
    ': keep-alive',
    chunk({ content: 'Hello!' }),
    chunk({}, 'stop'),
    'data: [DONE]',
  ].join('\n\n');
}
