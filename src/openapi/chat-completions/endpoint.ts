/** POST /v1/chat/completions */
import { ChunkEncoder } from '../../protocol/openai-chat/encoder.js';
import { MESSAGE_SCHEMAS } from '../../protocol/openai-chat/message-schema.js';
import { ChatCompletionRequest } from '../../protocol/openai-chat/schema.js';
import { completionAnswer, EXAMPLE_HEAD } from '../completion-answer.js';
import type { Endpoint, Sample, Site } from '../endpoint.js';
import { COMPLETION_ERRORS } from '../errors.js';
import { openaiJavascript, openaiPython } from '../samples.js';
import { ref } from '../schema.js';
import { ANSWER_SCHEMAS } from './answer.js';

export const chatCompletions: Endpoint = {
  method: 'post',
  path: '/v1/chat/completions',
  id: 'createChatCompletion',
  summary: ['Chat completions', '聊天补全'],
  description: [
    'OpenAI’s chat completions, streaming and non-streaming. Fields that are not in the table are tolerated and have no effect.',
    'OpenAI 的聊天补全接口，支持流式和一次性返回。表中未列出的字段会被忽略，不会报错。',
  ],
  access: 'key',
  schemas: { ...MESSAGE_SCHEMAS, ChatCompletionRequest, ...ANSWER_SCHEMAS },
  body: 'ChatCompletionRequest',
  answer: completionAnswer({
    texts: [
      'The answer: one JSON document, or a stream of chunks that `[DONE]` ends.',
      '回答：一个 JSON 文档，或以 `[DONE]` 结尾的数据块流。',
    ],
    whole: ref('ChatCompletion'),
    event: { anyOf: [ref('ChatCompletionChunk'), ref('Error'), { const: '[DONE]' }] },
    encoder: () => new ChunkEncoder(EXAMPLE_HEAD, false),
  }),
  others: COMPLETION_ERRORS,
  sampleBody: (model) => ({ model, messages: [{ role: 'user', content: 'Hello' }], stream: true }),
  samples,
};

function samples(site: Site): Sample[] {
  const model = JSON.stringify(site.model);
  return [
    openaiPython(
      site,
      `stream = client.chat.completions.create(
    model=${model},
    messages=[{"role": "user", "content": "Hello"}],
    stream=True,
)
for chunk in stream:
    print(chunk.choices[0].delta.content or "", end="")`,
    ),
    openaiJavascript(
      site,
      `const stream = await client.chat.completions.create({
  model: ${model},
  messages: [{ role: 'user', content: 'Hello' }],
  stream: true,
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '');`,
    ),
  ];
}
