/** Fields of chat completions with what they are parsed to, and those that are refused. */
import { type ChatRequest, parseChatRequest } from '../../../src/protocol/openai-chat/parse-request.js';
import { BadRequestError } from '../../../src/vocabulary/errors.js';

export const HELLO = { model: 'GLM-4.5', messages: [{ role: 'user', content: 'Hello' }] };

export function parse(fields: object = {}, enableThinking = false): ChatRequest {
  return parseChatRequest({ ...HELLO, ...fields }, enableThinking);
}

export function refusal(body: unknown): BadRequestError {
  try {
    parseChatRequest(body, false);
  } catch (error) {
    if (error instanceof BadRequestError) return error;
    throw error;
  }
  throw new Error('not refused');
}

export const forwarded: [field: string, value: unknown, member: keyof ChatRequest['sampling']][] = [
  ['temperature', 0, 'temperature'],
  ['temperature', 2, 'temperature'],
  ['top_p', 0.9, 'topP'],
  ['top_k', -1, 'topK'],
  ['min_p', 0.1, 'minP'],
  ['max_tokens', 1, 'maxTokens'],
  ['max_completion_tokens', 100, 'maxTokens'],
  ['seed', -7, 'seed'],
  ['presence_penalty', -2, 'presencePenalty'],
  ['frequency_penalty', 2, 'frequencyPenalty'],
  ['repetition_penalty', 1.1, 'repetitionPenalty'],
  ['logit_bias', { '50256': -100 }, 'logitBias'],
];

export const translated: [what: string, fields: object, expected: Partial<ChatRequest>][] = [
  ['stream', { stream: false }, { stream: false }],
  ['stream', { stream: true }, { stream: true }],
  ['stream_options', { stream_options: { include_usage: true } }, { includeUsage: true }],
  ['stream_options', { stream_options: { include_usage: false } }, { includeUsage: false }],
  ['stream_options', { stream_options: {} }, { includeUsage: false }],
  ['one stop text', { stop: 'END' }, { stop: ['END'] }],
  ['several stop texts', { stop: ['a', 'b', 'c', 'd', 'e'] }, { stop: ['a', 'b', 'c', 'd', 'e'] }],
  ['empty stop texts, which stop nothing', { stop: ['', 'a'] }, { stop: ['a'] }],
  ['an empty stop text, which stops nothing', { stop: '' }, { stop: [] }],
  ['response_format', { response_format: { type: 'text' } }, { responseFormat: { type: 'text' } }],
  [
    'response_format',
    { response_format: { type: 'json_object' } },
    { responseFormat: { type: 'json_object' } },
  ],
  [
    'a JSON Schema',
    {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'plan', strict: true, schema: { type: 'object' } },
      },
    },
    {
      responseFormat: {
        type: 'json_schema',
        name: 'plan',
        strict: true,
        schema: { type: 'object' },
        param: 'response_format.json_schema.schema',
      },
    },
  ],
  [
    'a JSON Schema without a name',
    { response_format: { type: 'json_schema', json_schema: { schema: {} } } },
    {
      responseFormat: {
        type: 'json_schema',
        name: 'answer',
        schema: {},
        param: 'response_format.json_schema.schema',
      },
    },
  ],
  [
    'a JSON Schema beside the type json_object',
    { response_format: { type: 'json_object', schema: { type: 'object' } } },
    {
      responseFormat: {
        type: 'json_schema',
        name: 'answer',
        schema: { type: 'object' },
        param: 'response_format.schema',
      },
    },
  ],
  [
    'a JSON Schema beside the type json_schema',
    { response_format: { type: 'json_schema', name: 'plan', schema: {} } },
    { responseFormat: { type: 'json_schema', name: 'plan', schema: {}, param: 'response_format.schema' } },
  ],
  [
    'a format that is a word',
    { response_format: 'json_object' },
    { responseFormat: { type: 'json_object' } },
  ],
  [
    'Z.ai’s own web search',
    { tools: [{ type: 'web_search', web_search: { enable: true } }] },
    { webSearch: { enable: true }, tools: [] },
  ],
  [
    'a bare web search, which is left out',
    { tools: [{ type: 'web_search' }] },
    { webSearch: undefined, tools: [] },
  ],
  ['a boolean that is written as a text', { stream: 'true' }, { stream: true }],
  ['parallel_tool_calls', { parallel_tool_calls: false }, { parallelToolCalls: false }],
  ['parallel_tool_calls', { parallel_tool_calls: null }, { parallelToolCalls: true }],
  [
    'tools and tool_choice',
    { tools: [{ type: 'function', function: { name: 'f' } }], tool_choice: 'required' },
    { tools: [{ name: 'f', description: undefined, parameters: undefined }], toolChoice: 'required' },
  ],
  ['user', { user: 'somebody' }, { user: 'somebody' }],
  ['conversation_id', { conversation_id: 'c' }, { conversationId: 'c' }],
  ['metadata.conversation_id', { metadata: { conversation_id: 'c' } }, { conversationId: 'c' }],
  [
    'conversation_id before metadata.conversation_id',
    { conversation_id: 'c', metadata: { conversation_id: 'm' } },
    { conversationId: 'c' },
  ],
  [
    'an empty conversation_id, which names nothing',
    { conversation_id: '', metadata: { conversation_id: 'm' } },
    { conversationId: 'm' },
  ],
  ['prompt_cache_key', { prompt_cache_key: 'p' }, { sessionId: 'p', conversationId: undefined }],
  ['metadata.user_id', { metadata: { user_id: 'u' } }, { sessionId: 'u', conversationId: undefined }],
  [
    'prompt_cache_key before metadata.user_id',
    { prompt_cache_key: 'p', metadata: { user_id: 'u' } },
    { sessionId: 'p' },
  ],
];

export const efforts: [fields: object, expected: Partial<ChatRequest>][] = [
  [{ reasoning_effort: 'max' }, { thinking: true, effort: 'max' }],
  [{ reasoning_effort: 'Medium' }, { thinking: true, effort: 'medium' }],
  [{ reasoning_effort: 'none' }, { thinking: false, effort: 'none' }],
  [{ reasoning_effort: 'off' }, { thinking: false, effort: 'none' }],
  [{ reasoning_effort: 'default' }, { thinking: false }],
  [{ reasoning: { effort: 'low' } }, { thinking: true, effort: 'low' }],
  [{ reasoning: { enabled: true } }, { thinking: true }],
  [{ reasoning: { enabled: false, effort: 'low' } }, { thinking: false }],
  [{ reasoning: { max_tokens: 20_000 } }, { thinking: true, effort: 'high' }],
  [{ thinking: true }, { thinking: true }],
  [{ thinking: { type: 'enabled', budget_tokens: 2_048 } }, { thinking: true, effort: 'low' }],
  [{ thinking: { budget_tokens: 0 } }, { thinking: false, effort: 'none' }],
  [{ thinking: { budget_tokens: -1 } }, { thinking: false }],
  [
    { thinking: { type: 'enabled' }, reasoning_effort: 'high' },
    { thinking: true, effort: 'high' },
  ],
  [{ thinking: { type: 'enabled' }, reasoning_effort: 'none' }, { thinking: true }],
  [{ thinking: { type: 'enabled', clear_thinking: false } }, { thinking: true, clearThinking: false }],
  [{ chat_template_kwargs: { thinking: true } }, { thinking: true }],
  [
    { chat_template_kwargs: { enable_thinking: true, clear_thinking: false, reasoning_effort: 'high' } },
    { thinking: true, clearThinking: false, effort: 'high' },
  ],
  [
    { enable_thinking: true, thinking_budget: 50_000 },
    { thinking: true, effort: 'max' },
  ],
];

export const thinking: [fields: object, expected: boolean | undefined][] = [
  [{}, undefined],
  [{ enable_thinking: true }, true],
  [{ enable_thinking: false }, false],
  [{ thinking: { type: 'enabled', budget_tokens: 1024 } }, true],
  [{ thinking: { type: 'adaptive' } }, true],
  [{ thinking: { type: 'disabled' } }, false],
  [{ thinking: {} }, undefined],
  [{ chat_template_kwargs: { enable_thinking: true } }, true],
  [{ chat_template_kwargs: { enable_thinking: false } }, false],
  [{ chat_template_kwargs: { other: 1 } }, undefined],
  [{ reasoning_effort: 'high' }, true],
  [{ reasoning_effort: 'minimal' }, true],
  [{ reasoning_effort: 'none' }, false],
  [{ enable_thinking: false, thinking: { type: 'enabled' }, reasoning_effort: 'high' }, false],
  [{ thinking: { type: 'disabled' }, reasoning_effort: 'high' }, false],
];

export const refused: [fields: object, param: string, message: RegExp][] = [
  [{ temperature: 2.1 }, 'temperature', /^temperature: too big, expected number to be <=2\.$/],
  [{ temperature: -1 }, 'temperature', /^temperature: too small, expected number to be >=0\.$/],
  [{ temperature: 'hot' }, 'temperature', /^temperature: expected number, received string\.$/],
  [{ top_p: 1.1 }, 'top_p', /^top_p: too big/],
  [{ top_k: 1.5 }, 'top_k', /^top_k: expected int, received number\.$/],
  [{ min_p: -0.1 }, 'min_p', /^min_p: too small/],
  [{ max_tokens: -2 }, 'max_tokens', /^max_tokens: too small, expected number to be >=1\.$/],
  [{ max_completion_tokens: 'nine' }, 'max_completion_tokens', /^max_completion_tokens: expected number/],
  [{ presence_penalty: 3 }, 'presence_penalty', /^presence_penalty: too big/],
  [{ frequency_penalty: -3 }, 'frequency_penalty', /^frequency_penalty: too small/],
  [{ repetition_penalty: 11 }, 'repetition_penalty', /^repetition_penalty: too big/],
  [{ logit_bias: { a: 'b' } }, 'logit_bias', /^logit_bias: must be an object of numbers\.$/],
  [{ seed: 0.5 }, 'seed', /^seed: expected int/],
  [{ stream: 'yes' }, 'stream', /^stream: expected boolean, received string\.$/],
  [
    { stream_options: { include_usage: 1 } },
    'stream_options.include_usage',
    /^stream_options\.include_usage: expected boolean, received number\.$/,
  ],
  [{ stop: 5 }, 'stop', /^stop: must be a text or up to 16 texts, each of at most 1000 characters\.$/],
  [{ stop: [1] }, 'stop', /^stop: must be a text/],
  [{ stop: Array(17).fill('x') }, 'stop', /^stop: (must be a text|too big)/],
  [{ stop: 'x'.repeat(1001) }, 'stop', /^stop: too big, expected string to have <=1000 characters\.$/],
  [{ n: 2 }, 'n', /^n: must be 1, one answer per request\.$/],
  [{ logprobs: true }, 'logprobs', /^logprobs: is not supported\.$/],
  [{ modalities: ['text', 'audio'] }, 'modalities', /^modalities: can only be \["text"\]\.$/],
  [{ response_format: {} }, 'response_format.type', /^response_format\.type: expected string/],
  [
    { response_format: { type: 'xml' } },
    'response_format.type',
    /must be "text", "json_object" or "json_schema"\.$/,
  ],
  [
    { response_format: { type: 'json_schema' } },
    'response_format.json_schema.schema',
    /must be a JSON Schema/,
  ],
  [{ tools: [{ type: 'function' }] }, 'tools[0].function.name', /^tools\[0\]\.function\.name must be a name/],
  [{ functions: [{ name: 'f' }], tools: [] }, 'functions', /^functions: is not supported; send tools\.$/],
  [{ user: 5 }, 'user', /^user: expected string/],
  [{ enable_thinking: 'yes' }, 'enable_thinking', /^enable_thinking: expected boolean/],
  [{ thinking: 'on' }, 'thinking', /^thinking: expected object, received string\.$/],
  [
    { reasoning_effort: 'ultra' },
    'reasoning_effort',
    /^reasoning_effort must be one of none, minimal, low, medium, high, xhigh, max\.$/,
  ],
  [{ reasoning_effort: 1 }, 'reasoning_effort', /^reasoning_effort must be one of none/],
  [{ reasoning: { effort: 'much' } }, 'reasoning.effort', /^reasoning\.effort must be one of none/],
  [
    { chat_template_kwargs: { reasoning_effort: 'much' } },
    'chat_template_kwargs.reasoning_effort',
    /must be one of none/,
  ],
  [{ thinking: { clear_thinking: 'no' } }, 'thinking.clear_thinking', /expected boolean/],
  [
    { response_format: { type: 'json_schema', schema: 'x' } },
    'response_format.json_schema.schema',
    /must be a JSON Schema/,
  ],
  [{ chat_template_kwargs: [] }, 'chat_template_kwargs', /^chat_template_kwargs: expected object/],
  [{ model: '' }, 'model', /^model: must not be empty\.$/],
  [{ model: null }, 'model', /^model: expected string, received null\.$/],
  [{ model: 'x'.repeat(201) }, 'model', /^model: too big/],
  [{ messages: 'Hello' }, 'messages', /^messages must be an array of messages\.$/],
];

export const clients: [who: string, body: object][] = [
  [
    'the openai SDK',
    {
      ...HELLO,
      stream: true,
      stream_options: { include_usage: true },
      store: false,
      max_completion_tokens: 64,
    },
  ],
  [
    'a coding agent',
    {
      model: 'gpt-5',
      messages: [
        {
          role: 'developer',
          content: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
        },
        { role: 'user', name: 'me', content: 'Hello' },
        { role: 'assistant', content: 'Hi', refusal: null, reasoning_content: 'Polite.', annotations: [] },
        { role: 'user', content: [{ type: 'text', text: 'Go on' }] },
      ],
      stream: true,
      reasoning_effort: 'medium',
      verbosity: 'low',
      parallel_tool_calls: false,
      prompt_cache_key: 'session-1',
      prompt_cache_retention: '24h',
      metadata: { user_id: 'user_1_account__session_2' },
      service_tier: 'auto',
      safety_identifier: 's',
    },
  ],
  [
    'an AI SDK',
    { ...HELLO, response_format: null, thinking: null, temperature: 0, tools: null, tool_choice: null },
  ],
  [
    'a client of another vendor',
    {
      ...HELLO,
      thinking: { type: 'adaptive' },
      context_management: { edits: [] },
      output_config: { effort: 'high' },
      do_sample: true,
      request_id: 'r',
      extra_body: { top_k: 'not a number' },
    },
  ],
];
