/** POST /v1/messages and /v1/messages/count_tokens */
import { MessageEncoder } from '../../protocol/anthropic-messages/encoder.js';
import { AnthropicMessagesRequest, MESSAGE_SCHEMAS } from '../../protocol/anthropic-messages/schema.js';
import { completionAnswer, EXAMPLE_HEAD } from '../completion-answer.js';
import { curl, type Endpoint, type Sample, type Site } from '../endpoint.js';
import { COMPLETION_ERRORS, errorResponses } from '../errors.js';
import { describe, jsonContent, object, ref, summarize } from '../schema.js';
import { COMPLETION_HEADERS, KEY_NEEDED } from '../shared.js';
import { ANSWER_SCHEMAS } from './answer.js';

const MESSAGES = '/v1/messages';
const COUNT = '/v1/messages/count_tokens';
const requestBody = { required: true, content: jsonContent(ref('AnthropicMessagesRequest')) };
const errors = errorResponses([...COMPLETION_ERRORS, 529], ref('AnthropicError'));

export const messages: Endpoint = {
  path: MESSAGES,
  method: 'post',
  schemas: { ...MESSAGE_SCHEMAS, AnthropicMessagesRequest, ...ANSWER_SCHEMAS },
  operation: {
    operationId: 'createMessage',
    ...summarize('Messages (Anthropic)', '消息（Anthropic Messages）'),
    ...describe(
      'For Claude Code and Anthropic’s SDKs, whose base URL is this server without `/v1`. Errors have Anthropic’s format, within a stream as an `error` event. `ping` events are sent while the model is silent.',
      '供 Claude Code 和 Anthropic 的 SDK 使用，它们的接口地址是本服务器，不带 `/v1`。错误采用 Anthropic 的格式，流中为 `error` 事件；沉默期间发送 `ping` 事件。',
    ),
    security: KEY_NEEDED,
    requestBody,
    responses: {
      200: completionAnswer(
        describe(
          'The message: one JSON document, or a stream of events that `message_stop` ends.',
          '消息：一个 JSON 文档，或以 `message_stop` 结尾的事件流。',
        ),
        {
          whole: ref('AnthropicMessage'),
          event: ref('AnthropicEvent'),
          encoder: () => new MessageEncoder(EXAMPLE_HEAD, () => 9),
        },
      ),
      ...errors,
    },
  },
  samples,
};

export const countTokens: Endpoint = {
  path: COUNT,
  method: 'post',
  schemas: { AnthropicTokenCount: object({ input_tokens: { type: 'integer', minimum: 0 } }) },
  operation: {
    operationId: 'countMessageTokens',
    ...summarize('Count tokens (Anthropic)', '估算请求的 token 数'),
    ...describe(
      'Estimates the input tokens of the same request to `/v1/messages`, without calling a model.',
      '估算同样的请求发给 `/v1/messages` 时的 token 数，不会调用模型。',
    ),
    security: KEY_NEEDED,
    requestBody,
    responses: {
      200: {
        ...describe('The estimate.', '估算值。'),
        headers: COMPLETION_HEADERS,
        content: jsonContent(ref('AnthropicTokenCount'), { example: { input_tokens: 9 } }),
      },
      ...errors,
    },
  },
  samples: (site) => [curl(site, COUNT, helloTo(site))],
};

function samples(site: Site): Sample[] {
  const { origin, model, key } = site;
  return [
    curl(site, MESSAGES, { ...helloTo(site), max_tokens: 1024 }),
    {
      lang: 'python',
      label: 'Python',
      source: `# pip install anthropic
from anthropic import Anthropic

client = Anthropic(base_url="${origin}", api_key="${key}")
message = client.messages.create(
    model=${JSON.stringify(model)},
    max_tokens=1024,
    messages=[{"role": "user", "content": "Hello"}],
)
print(message.content)`,
    },
  ];
}

function helloTo({ model }: Site) {
  return { model, messages: [{ role: 'user', content: 'Hello' }] };
}
