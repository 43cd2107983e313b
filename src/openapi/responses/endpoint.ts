/** POST /v1/responses */
import { ResponseEncoder } from '../../protocol/openai-responses/encoder.js';
import { parseResponsesRequest } from '../../protocol/openai-responses/parse-request.js';
import { ResponseRequest } from '../../protocol/openai-responses/schema.js';
import { completionAnswer, EXAMPLE_HEAD } from '../completion-answer.js';
import { curl, type Endpoint, type Sample, type Site } from '../endpoint.js';
import { COMPLETION_ERRORS, errorResponses } from '../errors.js';
import { describe, jsonContent, object, ref, summarize } from '../schema.js';
import { COMPLETION_HEADERS, KEY_NEEDED } from '../shared.js';
import { ANSWER_SCHEMAS } from './answer.js';

const PATH = '/v1/responses';
const COUNT = '/v1/responses/input_tokens';

export const responses: Endpoint = {
  path: PATH,
  method: 'post',
  schemas: { ResponseRequest, ...ANSWER_SCHEMAS },
  operation: {
    operationId: 'createResponse',
    ...summarize('Responses (OpenAI)', '回答（OpenAI Responses）'),
    ...describe(
      'For Codex and the newer SDKs, streamed and whole. Responses are kept for `RESPONSES_TTL`, sealed with the API key that asked, and can be continued by their ids. Conversations, background mode, compaction and WebSocket mode are not supported.',
      '供 Codex 和较新的 SDK 使用，支持流式和一次性返回。回答保留 `RESPONSES_TTL`，并用请求的 API 密钥加密，可以按 id 续接。不支持会话、后台模式、压缩和 WebSocket 模式。',
    ),
    security: KEY_NEEDED,
    requestBody: { required: true, content: jsonContent(ref('ResponseRequest')) },
    responses: {
      200: completionAnswer(
        describe(
          'The response: one JSON document, or events that `response.completed`, `response.incomplete` or `response.failed` ends; after the last comes `error`.',
          '回答：一个 JSON 文档，或以 `response.completed`、`response.incomplete`、`response.failed` 结尾的事件流；失败时其后还有一个 `error` 事件。',
        ),
        { whole: ref('Response'), event: ref('ResponseEvent'), encoder },
      ),
      ...errorResponses(COMPLETION_ERRORS),
    },
  },
  samples,
};

export const responseInputTokens: Endpoint = {
  path: COUNT,
  method: 'post',
  schemas: {
    ResponseInputTokens: object({
      object: { const: 'response.input_tokens' },
      input_tokens: { type: 'integer', minimum: 0 },
    }),
  },
  operation: {
    operationId: 'countResponseInputTokens',
    ...summarize('Count input tokens (Responses)', '估算 Responses 输入的 token 数'),
    ...describe(
      'Estimates the input tokens of the same request to `/v1/responses`, without calling a model. `model` may be left out.',
      '估算同样的请求发给 `/v1/responses` 时的 token 数，不会调用模型，可以不写 `model`。',
    ),
    security: KEY_NEEDED,
    requestBody: { required: true, content: jsonContent(ref('ResponseRequest')) },
    responses: {
      200: {
        ...describe('The estimate.', '估算值。'),
        headers: COMPLETION_HEADERS,
        content: jsonContent(ref('ResponseInputTokens'), {
          example: { object: 'response.input_tokens', input_tokens: 9 },
        }),
      },
      ...errorResponses(COMPLETION_ERRORS),
    },
  },
  samples: (site) => [curl(site, COUNT, { model: site.model, input: 'Hello' })],
};

function encoder(): ResponseEncoder {
  const request = { model: EXAMPLE_HEAD.model, input: 'Hello' };
  return new ResponseEncoder(EXAMPLE_HEAD, parseResponsesRequest(request, false));
}

function samples(site: Site): Sample[] {
  const { origin, model, key } = site;
  return [
    curl(site, PATH, { model, input: 'Hello', stream: true }, '-N '),
    {
      lang: 'python',
      label: 'Python',
      source: `# pip install openai
from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key="${key}")
response = client.responses.create(model=${JSON.stringify(model)}, input="Hello")
print(response.output_text)`,
    },
    {
      lang: 'javascript',
      label: 'JavaScript',
      source: `// npm install openai
import OpenAI from 'openai';

const client = new OpenAI({ baseURL: '${origin}/v1', apiKey: '${key}' });
const response = await client.responses.create({ model: ${JSON.stringify(model)}, input: 'Hello' });
console.log(response.output_text);`,
    },
  ];
}
