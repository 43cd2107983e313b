/** POST /v1/completions */
import { CompletionEncoder } from '../protocol/openai-completions/encoder.js';
import { TextCompletionRequest } from '../protocol/openai-completions/schema.js';
import { completionAnswer, EXAMPLE_HEAD } from './completion-answer.js';
import type { Endpoint } from './endpoint.js';
import { COMPLETION_ERRORS } from './errors.js';
import { arrayOf, INTEGER, NULL, object, orNull, ref, TEXT } from './schema.js';

const TextCompletion = object({
  id: { ...TEXT, pattern: '^cmpl-' },
  object: { const: 'text_completion' },
  created: INTEGER,
  model: TEXT,
  choices: arrayOf(
    object({
      index: { const: 0 },
      text: TEXT,
      logprobs: NULL,
      finish_reason: { enum: ['stop', 'length', 'content_filter', null] },
    }),
    { maxItems: 1 },
  ),
  'usage?': orNull(ref('Usage')),
});

export const textCompletions: Endpoint = {
  method: 'post',
  path: '/v1/completions',
  id: 'createTextCompletion',
  summary: ['Text completions (legacy)', '文本补全（旧接口）'],
  description: [
    'For editors that still use it. The model thinks only if the request says so, and thinking is never part of the text.',
    '供仍在使用旧接口的编辑器。除非请求要求，模型不思考；思考过程也不会混入文本。',
  ],
  access: 'key',
  schemas: { TextCompletionRequest, TextCompletion },
  body: 'TextCompletionRequest',
  answer: completionAnswer({
    texts: [
      'The text: one JSON document, or a stream of pieces that `[DONE]` ends.',
      '文本：一个 JSON 文档，或以 `[DONE]` 结尾的片段流。',
    ],
    whole: ref('TextCompletion'),
    event: { anyOf: [ref('TextCompletion'), ref('Error'), { const: '[DONE]' }] },
    encoder: () => new CompletionEncoder(EXAMPLE_HEAD, { echoed: '', includeUsage: false }),
  }),
  others: COMPLETION_ERRORS,
  sampleBody: (model) => ({ model, prompt: 'Once' }),
};
