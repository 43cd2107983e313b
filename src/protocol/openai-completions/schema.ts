/** Body of `POST /v1/completions`, as the document shows it. What it has beside a chat completion is parsed by hand. */
import {
  describe,
  describeBody,
  describeField,
  FORWARDED,
  GATEWAY,
  parsedByHand,
  REFUSED,
  TRANSLATED,
} from '../field-docs.js';
import { ChatFields } from '../openai-chat/schema.js';

const otherFields = {
  prompt: describeField(
    parsedByHand({
      anyOf: [{ type: 'string' }, { type: 'array', minItems: 1, maxItems: 1, items: { type: 'string' } }],
    }),
    TRANSLATED,
    'One text: the user’s message of a chat. Tokens and several prompts are refused.',
    '一段文本，作为聊天中的用户消息。不接受 token 数组和多个提示。',
  ),
  max_tokens: describeField(
    parsedByHand({ type: ['integer', 'null'], minimum: 1 }),
    FORWARDED,
    'If left out, the model decides, unlike OpenAI’s 16.',
    '不写时由模型决定，而不是 OpenAI 的 16。',
  ),
  echo: describeField(
    parsedByHand({ type: ['boolean', 'null'] }),
    GATEWAY,
    'Begin the text with the prompt.',
    '回答以提示文本开头。',
  ),
  suffix: describeField(
    parsedByHand({ enum: ['', null] }),
    REFUSED,
    'GLM does not fill in between two texts.',
    'GLM 不支持在两段文本之间补全。',
  ),
  logprobs: describeField(
    parsedByHand({ type: 'null' }),
    REFUSED,
    'Log probabilities are not supported.',
    '不支持对数概率。',
  ),
  best_of: describeField(
    parsedByHand({ enum: [1, null] }),
    REFUSED,
    'Only 1: one answer per request.',
    '只能是 1，一次请求一个回答。',
  ),
};

export const TextCompletionRequest = describeBody(
  ChatFields.pick({ model: true, stream: true }),
  otherFields,
  ['model', 'prompt'],
  describe(
    'The other fields of chat completions mean the same here, except `tools`, which have no effect.',
    '聊天补全的其他字段在此含义相同，`tools` 除外（不起作用）。',
  ),
);
