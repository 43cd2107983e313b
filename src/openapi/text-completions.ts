/** POST /v1/completions */
import { TextCompletionRequest } from '../protocol/openai-completions/schema.js';
import { curl, type Endpoint } from './endpoint.js';
import { COMPLETION_ERRORS, errorResponses } from './errors.js';
import { described, eventContent, jsonContent, object, ref, summarized } from './schema.js';
import { COMPLETION_HEADERS, KEY_NEEDED } from './shared.js';

const PATH = '/v1/completions';
const HEAD = { id: 'cmpl-7c1c…', object: 'text_completion', created: 1_793_000_000, model: 'GLM-4.5' };
const USAGE = {
  prompt_tokens: 9,
  completion_tokens: 12,
  total_tokens: 21,
  prompt_tokens_details: { cached_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0 },
};

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
    ...summarized('Text in, text out (legacy)', '文本进、文本出（旧接口）'),
    ...described(
      'For editors that still use it. The model does not think unless the request says so, and thinking is never part of the text.',
      '供仍在使用旧接口的编辑器。除非请求要求，模型不思考；思考过程也不会混入文本。',
    ),
    security: KEY_NEEDED,
    requestBody: { required: true, content: jsonContent(ref('TextCompletionRequest')) },
    responses: {
      200: {
        ...described(
          'The text: one JSON document, or a stream of pieces that `[DONE]` ends.',
          '文本：一个 JSON 文档，或以 `[DONE]` 结尾的片段流。',
        ),
        headers: COMPLETION_HEADERS,
        content: {
          ...jsonContent(ref('TextCompletion'), {
            example: { ...HEAD, choices: [choice(' upon a time.', 'stop')], usage: USAGE },
          }),
          ...eventContent(
            { anyOf: [ref('TextCompletion'), ref('Error'), { const: '[DONE]' }] },
            exampleStream(),
          ),
        },
      },
      ...errorResponses(COMPLETION_ERRORS),
    },
  },
  samples: (site) => [curl(site, PATH, { model: site.model, prompt: 'Once' })],
};

function choice(text: string, reason: string | null = null): object {
  return { index: 0, text, logprobs: null, finish_reason: reason };
}

function exampleStream(): string {
  const chunks = [choice(' upon'), choice(' a time.'), choice('', 'stop')];
  const events = chunks.map((one) => JSON.stringify({ ...HEAD, choices: [one] }));
  return [...events, '[DONE]'].map((data) => `data: ${data}`).join('\n\n');
}
