/** POST /v1/messages and /v1/messages/count_tokens */
import { MessageEncoder } from '../../protocol/anthropic-messages/encoder.js';
import { AnthropicMessagesRequest, MESSAGE_SCHEMAS } from '../../protocol/anthropic-messages/schema.js';
import { completionAnswer, EXAMPLE_HEAD } from '../completion-answer.js';
import type { Endpoint, Sample, Site } from '../endpoint.js';
import { COMPLETION_STATUSES, errorResponses } from '../errors.js';
import { pythonSample } from '../samples.js';
import { COUNT, object, ref } from '../schema.js';
import { COMPLETION_HEADERS, jsonAnswer } from '../shared.js';
import { ANSWER_SCHEMAS } from './answer.js';

const others = errorResponses([...COMPLETION_STATUSES, 529], ref('AnthropicError'));
const sayHello = (model: string) => ({ model, messages: [{ role: 'user', content: 'Hello' }] });

export const messages: Endpoint = {
  method: 'post',
  path: '/v1/messages',
  id: 'createMessage',
  summary: ['Messages (Anthropic)', '消息（Anthropic Messages）'],
  description: [
    'For Claude Code and Anthropic’s SDKs, whose base URL is this server without `/v1`. Errors have Anthropic’s format, within a stream as an `error` event. `ping` events are sent while the model is silent.',
    '供 Claude Code 和 Anthropic 的 SDK 使用，它们的接口地址是本服务器，不带 `/v1`。错误采用 Anthropic 的格式，流中为 `error` 事件；沉默期间发送 `ping` 事件。',
  ],
  access: 'key',
  schemas: { ...MESSAGE_SCHEMAS, AnthropicMessagesRequest, ...ANSWER_SCHEMAS },
  body: 'AnthropicMessagesRequest',
  answer: completionAnswer({
    texts: [
      'The message: one JSON document, or a stream of events that `message_stop` ends.',
      '消息：一个 JSON 文档，或以 `message_stop` 结尾的事件流。',
    ],
    whole: ref('AnthropicMessage'),
    event: ref('AnthropicEvent'),
    encoder: () => new MessageEncoder(EXAMPLE_HEAD, () => 9),
  }),
  others,
  sampleBody: (model) => ({ ...sayHello(model), max_tokens: 1024 }),
  samples,
};

export const countTokens: Endpoint = {
  method: 'post',
  path: '/v1/messages/count_tokens',
  id: 'countMessageTokens',
  summary: ['Count tokens (Anthropic)', '估算请求的 token 数'],
  description: [
    'Estimates the input tokens of the same request to `/v1/messages`, without calling a model.',
    '估算同样的请求发给 `/v1/messages` 时的 token 数，不会调用模型。',
  ],
  access: 'key',
  schemas: { AnthropicTokenCount: object({ input_tokens: COUNT }) },
  body: 'AnthropicMessagesRequest',
  answer: jsonAnswer(
    ['The estimate.', '估算值。'],
    ref('AnthropicTokenCount'),
    { input_tokens: 9 },
    COMPLETION_HEADERS,
  ),
  others,
  sampleBody: sayHello,
};

function samples({ origin, key, model }: Site): Sample[] {
  const code = `message = client.messages.create(
    model=${JSON.stringify(model)},
    max_tokens=1024,
    messages=[{"role": "user", "content": "Hello"}],
)
print(message.content)`;
  return [pythonSample('anthropic', 'Anthropic', origin, key, code)];
}
