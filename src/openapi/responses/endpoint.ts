/** POST /v1/responses and /v1/responses/input_tokens */
import { ResponseEncoder } from '../../protocol/openai-responses/encoder.js';
import { parseResponsesRequest } from '../../protocol/openai-responses/parse-request.js';
import { ResponseRequest } from '../../protocol/openai-responses/schema.js';
import { completionAnswer, EXAMPLE_HEAD } from '../completion-answer.js';
import type { Endpoint } from '../endpoint.js';
import { COMPLETION_ERRORS } from '../errors.js';
import { openaiJavascript, openaiPython } from '../samples.js';
import { COUNT, object, ref } from '../schema.js';
import { COMPLETION_HEADERS, jsonAnswer } from '../shared.js';
import { ANSWER_SCHEMAS } from './answer.js';

export const responses: Endpoint = {
  method: 'post',
  path: '/v1/responses',
  id: 'createResponse',
  summary: ['Responses (OpenAI)', '回答（OpenAI Responses）'],
  description: [
    'For Codex and the newer SDKs, streamed and whole. Responses are kept for `RESPONSES_TTL`, sealed with the API key that asked, and can be continued by their ids. Conversations, background mode, compaction and WebSocket mode are not supported.',
    '供 Codex 和较新的 SDK 使用，支持流式和一次性返回。回答保留 `RESPONSES_TTL`，并用请求的 API 密钥加密，可以按 id 续接。不支持会话、后台模式、压缩和 WebSocket 模式。',
  ],
  access: 'key',
  schemas: { ResponseRequest, ...ANSWER_SCHEMAS },
  body: 'ResponseRequest',
  answer: completionAnswer({
    texts: [
      'The response: one JSON document, or events that `response.completed`, `response.incomplete` or `response.failed` ends; after the last comes `error`.',
      '回答：一个 JSON 文档，或以 `response.completed`、`response.incomplete`、`response.failed` 结尾的事件流；失败时其后还有一个 `error` 事件。',
    ],
    whole: ref('Response'),
    event: ref('ResponseEvent'),
    encoder,
  }),
  others: COMPLETION_ERRORS,
  sampleBody: (model) => ({ model, input: 'Hello', stream: true }),
  samples: (site) => [
    openaiPython(
      site,
      `response = client.responses.create(model=${JSON.stringify(site.model)}, input="Hello")
print(response.output_text)`,
    ),
    openaiJavascript(
      site,
      `const response = await client.responses.create({ model: ${JSON.stringify(site.model)}, input: 'Hello' });
console.log(response.output_text);`,
    ),
  ],
};

export const responseInputTokens: Endpoint = {
  method: 'post',
  path: '/v1/responses/input_tokens',
  id: 'countResponseInputTokens',
  summary: ['Count input tokens (Responses)', '估算 Responses 输入的 token 数'],
  description: [
    'Estimates the input tokens of the same request to `/v1/responses`, without calling a model. `model` may be left out.',
    '估算同样的请求发给 `/v1/responses` 时的 token 数，不会调用模型，可以不写 `model`。',
  ],
  access: 'key',
  schemas: {
    ResponseInputTokens: object({ object: { const: 'response.input_tokens' }, input_tokens: COUNT }),
  },
  body: 'ResponseRequest',
  answer: jsonAnswer(
    ['The estimate.', '估算值。'],
    ref('ResponseInputTokens'),
    { object: 'response.input_tokens', input_tokens: 9 },
    COMPLETION_HEADERS,
  ),
  others: COMPLETION_ERRORS,
  sampleBody: (model) => ({ model, input: 'Hello' }),
};

function encoder(): ResponseEncoder {
  const request = { model: EXAMPLE_HEAD.model, input: 'Hello' };
  return new ResponseEncoder(EXAMPLE_HEAD, parseResponsesRequest(request, false));
}
