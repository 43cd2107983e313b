/** POST /v1/chat/completions */
import { ChunkEncoder } from '../../protocol/openai-chat/encoder.js';
import { MESSAGE_SCHEMAS } from '../../protocol/openai-chat/message-schema.js';
import { ChatCompletionRequest } from '../../protocol/openai-chat/schema.js';
import { completionAnswer, EXAMPLE_HEAD } from '../completion-answer.js';
import { curl, type Endpoint, type Sample, type Site } from '../endpoint.js';
import { COMPLETION_ERRORS, errorResponses } from '../errors.js';
import { describe, jsonContent, ref, summarize } from '../schema.js';
import { KEY_NEEDED } from '../shared.js';
import { ANSWER_SCHEMAS } from './answer.js';

const PATH = '/v1/chat/completions';

export const chatCompletions: Endpoint = {
  path: PATH,
  method: 'post',
  schemas: { ...MESSAGE_SCHEMAS, ChatCompletionRequest, ...ANSWER_SCHEMAS },
  operation: {
    operationId: 'createChatCompletion',
    ...summarize('Chat completions', '聊天补全'),
    ...describe(
      'OpenAI’s chat completions, streaming and non-streaming. Fields that are not in the table are tolerated and have no effect.',
      'OpenAI 的聊天补全接口，支持流式和一次性返回。表中未列出的字段会被忽略，不会报错。',
    ),
    security: KEY_NEEDED,
    requestBody: { required: true, content: jsonContent(ref('ChatCompletionRequest')) },
    responses: {
      200: completionAnswer(
        describe(
          'The answer: one JSON document, or a stream of chunks that `[DONE]` ends.',
          '回答：一个 JSON 文档，或以 `[DONE]` 结尾的数据块流。',
        ),
        {
          whole: ref('ChatCompletion'),
          event: { anyOf: [ref('ChatCompletionChunk'), ref('Error'), { const: '[DONE]' }] },
          encoder: () => new ChunkEncoder(EXAMPLE_HEAD, false),
        },
      ),
      ...errorResponses(COMPLETION_ERRORS),
    },
  },
  samples,
};

function samples(site: Site): Sample[] {
  const { origin, model, key } = site;
  const body = { model, messages: [{ role: 'user', content: 'Hello' }], stream: true };
  return [
    curl(site, PATH, body, '-N '),
    {
      lang: 'python',
      label: 'Python',
      source: `# pip install openai
from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key="${key}")
stream = client.chat.completions.create(
    model=${JSON.stringify(model)},
    messages=[{"role": "user", "content": "Hello"}],
    stream=True,
)
for chunk in stream:
    print(chunk.choices[0].delta.content or "", end="")`,
    },
    {
      lang: 'javascript',
      label: 'JavaScript',
      source: `// npm install openai
import OpenAI from 'openai';

const client = new OpenAI({ baseURL: '${origin}/v1', apiKey: '${key}' });
const stream = await client.chat.completions.create({
  model: ${JSON.stringify(model)},
  messages: [{ role: 'user', content: 'Hello' }],
  stream: true,
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '');`,
    },
  ];
}
