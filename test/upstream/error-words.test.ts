import { expect } from 'chai';
import { readErrorFields } from '../../src/upstream/error-fields.js';
import { exceededLength } from '../../src/upstream/error-words.js';

const lengthOf = (error: object) => exceededLength(readErrorFields({ error }));

/** As the servers named write them. */
const TOO_LONG: Record<string, string> = {
  OpenAI:
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 130123 tokens.",
  'OpenAI, later':
    'Your input exceeds the context window of this model. Please adjust your input and try again.',
  vLLM: "This model's maximum context length is 131072 tokens. However, you requested 140000 tokens (130000 in the messages, 10000 in the completion). Please reduce the length of the messages or completion.",
  'vLLM, later':
    "This model's maximum context length is 131072 tokens. However, you requested 4096 output tokens and your prompt contains at least 129000 input tokens, for a total of at least 133096 tokens. Please reduce the length of the input prompt or the number of requested output tokens.",
  'vLLM on a long prompt':
    'The decoder prompt (length 5000) is longer than the maximum model length of 4096. Make sure that `max_model_len` is no smaller than the number of text tokens plus multimodal tokens. For image inputs, the number of image tokens depends on the number of images.',
  'vLLM, where the rest is too small':
    "'max_tokens' or 'max_completion_tokens' is too large: 32000. This model's maximum context length is 131072 tokens and your request has 120000 input tokens (32000 > 131072 - 120000).",
  SGLang: "The input (516368 tokens) is longer than the model's context length (262144 tokens).",
  'SGLang, with the answer':
    "Requested token count exceeds the model's maximum context length of 131072 tokens. You requested a total of 140000 tokens: 120000 tokens from the input messages and 20000 tokens for the completion.",
  'SGLang, later': "Input length (265330) exceeds model's maximum context length (262144).",
  TGI: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 200 `max_new_tokens`',
  'TGI on the prompt': 'Input validation error: `inputs` must have less than 4096 tokens. Given: 5000',
  'llama.cpp': 'request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it',
  'LM Studio': 'The number of tokens to keep from the initial prompt is greater than the context length',
  Ollama: 'prompt too long; exceeded max context length by 120 tokens',
  Mistral:
    'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
  OpenRouter:
    "This endpoint's maximum context length is 131072 tokens. However, you requested about 200000 tokens (190000 of text input, 10000 in the output).",
  Poolside: 'Input length 131393 exceeds the maximum allowed input length of 131040 tokens.',
  Anthropic: 'prompt is too long: 213462 tokens > 200000 maximum',
  'Anthropic, with the answer':
    'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length or `max_tokens` and try again',
  'Z.ai': 'Prompt exceeds max length',
  BigModel: 'Prompt 超长',
  Gemini: 'The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).',
  xAI: "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
  Groq: 'Please reduce the length of the messages or completion.',
  Kimi: 'Invalid request: Your request exceeded model token limit: 262144 (requested: 269030)',
  MiniMax: 'invalid params, context window exceeds limit',
  DashScope: 'Range of input length should be [1, 129024]',
  Bedrock: 'Input is too long for requested model.',
  Copilot: 'prompt token count of 150000 exceeds the limit of 128000',
  Atlas: 'Prompt too long: 5152 tokens exceeds max_seq_len 2048 (leave room for output tokens)',
};

const MAX_TOKENS: Record<string, string> = {
  OpenAI:
    'max_tokens is too large: 200000. This model supports at most 16384 completion tokens, whereas you provided 200000.',
  vLLM: "'max_tokens' or 'max_completion_tokens' is too large: 200000. This model's maximum context length is 131072 tokens and your request has 10 input tokens (200000 > 131072 - 10).",
  'vLLM, older':
    "This model's maximum context length is 4096 tokens. However, you requested 5010 tokens (10 in the messages, 5000 in the completion). Please reduce the length of the messages or completion.",
  DeepSeek: 'Invalid max_tokens value, the valid range of max_tokens is [1, 8192]',
  Groq: '`max_tokens` must be less than or equal to `32768`, the maximum value for `max_tokens` is less than the `context_window` for this model',
  Anthropic: 'max_tokens: 200000 > 128000, which is the maximum allowed number of output tokens for glm-5.3',
  TGI: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 10 `inputs` tokens and 5000 `max_new_tokens`',
};

const NEITHER: Record<string, string> = {
  'tokens per minute':
    'Rate limit reached for glm-5 on tokens per min (TPM): Limit 10000, Used 9000, Requested 2000.',
  'one request over tokens per minute':
    'Request too large for model on tokens per minute (TPM): Limit 6000, Requested 8000, please reduce your message size and try again.',
  throttling: 'Too many tokens, please wait before trying again.',
  'a picture': 'The image in your prompt is too large.',
  'a wrong value': 'temperature exceeds the maximum of 1',
  'a tool name': 'tools[0].function.name: string too long',
};

describe('A request that is longer than the model takes', () => {
  for (const [server, message] of Object.entries(TOO_LONG)) {
    it(`is known by the words of ${server}`, () => {
      expect(lengthOf({ message })).to.equal('context');
    });
  }

  it('is known by the names that servers have for it', () => {
    for (const error of [
      { code: 'context_length_exceeded', message: '' },
      { type: 'exceed_context_size_error', message: 'no', code: 400 },
      { type: 'ContextWindowExceededError', message: 'litellm' },
    ]) {
      expect(lengthOf(error)).to.equal('context');
    }
  });

  for (const [server, message] of Object.entries(MAX_TOKENS)) {
    it(`is told apart from an answer that may not be so long: ${server}`, () => {
      expect(lengthOf({ message })).to.equal('max_tokens');
    });
  }

  for (const [what, message] of Object.entries(NEITHER)) {
    it(`is told apart from ${what}`, () => {
      expect(lengthOf({ message })).to.equal(undefined);
    });
  }
});
