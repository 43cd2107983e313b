/** POST /v1/completions */
import { curl, type Endpoint } from './endpoint.js';
import { COMPLETION_ERRORS, errorResponses } from './errors.js';
import {
  described,
  eventContent,
  FORWARDED,
  field,
  GATEWAY,
  type JsonSchema,
  jsonContent,
  MODEL_NAME,
  nullable,
  object,
  REFUSED,
  ref,
  summarized,
  TRANSLATED,
} from './schema.js';
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

const REQUEST: JsonSchema = {
  type: 'object',
  required: ['model', 'prompt'],
  properties: {
    model: field(MODEL_NAME, TRANSLATED, 'As in chat completions.', '与聊天补全相同。'),
    prompt: field(
      { anyOf: [{ type: 'string' }, { type: 'array', minItems: 1, maxItems: 1, items: { type: 'string' } }] },
      TRANSLATED,
      'One text: the user’s message of a chat. Tokens and several prompts are refused.',
      '一段文本，作为聊天中的用户消息。不接受 token 数组和多个提示。',
    ),
    max_tokens: field(
      nullable('integer', { minimum: 1 }),
      FORWARDED,
      'Left out: as many as the model likes, not OpenAI’s 16.',
      '不写时由模型决定，而不是 OpenAI 的 16。',
    ),
    stream: field(nullable('boolean'), GATEWAY, 'As in chat completions.', '与聊天补全相同。'),
    echo: field(nullable('boolean'), GATEWAY, 'Begin the text with the prompt.', '回答以提示文本开头。'),
    suffix: field(
      { enum: ['', null] },
      REFUSED,
      'GLM does not fill in between two texts.',
      'GLM 不支持在两段文本之间补全。',
    ),
    logprobs: field({ type: 'null' }, REFUSED, 'Log probabilities are not supported.', '不支持对数概率。'),
    best_of: field(
      { enum: [1, null] },
      REFUSED,
      'Only 1: one answer per request.',
      '只能是 1，一次请求一个回答。',
    ),
  },
  ...described(
    'The other fields of chat completions mean the same here, but for `tools`, which have no effect.',
    '聊天补全的其他字段在此含义相同，`tools` 除外（不起作用）。',
  ),
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
  schemas: { TextCompletionRequest: REQUEST, TextCompletion: ANSWER },
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
