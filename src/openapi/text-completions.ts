/** POST /v1/completions */
import { CompletionEncoder } from '../protocol/openai-completions/encoder.js';
import { TextCompletionRequest } from '../protocol/openai-completions/schema.js';
import { completionAnswer, EXAMPLE_HEAD } from './completion-answer.js';
import { curl, type Endpoint } from './endpoint.js';
import { COMPLETION_ERRORS, errorResponses } from './errors.js';
import { describe, jsonContent, object, ref, summarize } from './schema.js';
import { KEY_NEEDED } from './shared.js';

const PATH = '/v1/completions';
const ANSWER = object(
  {
    id: { type: 'string', pattern: '^cmpl-' },
    object: { const: 'text_completion' },
    created: { type: 'integer' },
    model: { type: 'string' },
    choices: {
      type: 'array',
      maxItems: 1,
      items: object({
        index: { const: 0 },
        text: { type: 'string' },
        logprobs: { type: 'null' },
        finish_reason: { enum: ['stop', 'length', 'content_filter', null] },
      }),
    },
    usage: { anyOf: [ref('Usage'), { type: 'null' }] },
  },
  ['usage'],
);

export const textCompletions: Endpoint = {
  path: PATH,
  method: 'post',
  schemas: { TextCompletionRequest, TextCompletion: ANSWER },
  operation: {
    operationId: 'createTextCompletion',
    ...summarize('Text completions (legacy)', '文本补全（旧接口）'),
    ...describe(
      'For editors that still use it. The model thinks only if the request says so, and thinking is never part of the text.',
      '供仍在使用旧接口的编辑器。除非请求要求，模型不思考；思考过程也不会混入文本。',
    ),
    security: KEY_NEEDED,
    requestBody: { required: true, content: jsonContent(ref('TextCompletionRequest')) },
    responses: {
      200: completionAnswer(
        describe(
          'The text: one JSON document, or a stream of pieces that `[DONE]` ends.',
          '文本：一个 JSON 文档，或以 `[DONE]` 结尾的片段流。',
        ),
        {
          whole: ref('TextCompletion'),
          event: { anyOf: [ref('TextCompletion'), ref('Error'), { const: '[DONE]' }] },
          encoder: () => new CompletionEncoder(EXAMPLE_HEAD, { echoed: '', includeUsage: false }),
        },
      ),
      ...errorResponses(COMPLETION_ERRORS),
    },
  },
  samples: (site) => [curl(site, PATH, { model: site.model, prompt: 'Once' })],
};
