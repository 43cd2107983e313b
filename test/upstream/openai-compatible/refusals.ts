/** Errors of servers with the fields that they refuse, as users reported them. */
import type { JsonObject } from '../../../src/upstream/json.js';

export const INVALID = { type: 'invalid_request_error' };

export const pydantic = (type: string, msg: string, ...loc: (string | number)[]) => ({
  type,
  loc: ['body', ...loc],
  msg,
  input: { enable_thinking: true },
});

export const extra = (...loc: (string | number)[]) =>
  pydantic('extra_forbidden', 'Extra inputs are not permitted', ...loc);

/** Errors as users of these servers reported them; the fields that each calls unknown or unsupported. */
export const UNKNOWN: [server: string, error: JsonObject, fields: string[]][] = [
  [
    'Cerebras',
    {
      message: "chat_template_kwargs: property 'chat_template_kwargs' is unsupported",
      ...INVALID,
      param: 'validation_error',
      code: 'wrong_api_format',
    },
    ['chat_template_kwargs'],
  ],
  [
    'Cerebras, by path and in camel case',
    {
      message:
        "body.thinking: property 'body.thinking' is unsupported\nbody.maxTokens: property 'body.maxTokens' is unsupported",
    },
    ['thinking', 'max_tokens'],
  ],
  [
    'Cerebras, in a history',
    {
      message:
        "messages.2.assistant.reasoning_content: property 'messages.2.assistant.reasoning_content' is unsupported\n" +
        "messages.4.assistant.reasoning_content: property 'messages.4.assistant.reasoning_content' is unsupported",
    },
    ['messages.reasoning_content'],
  ],
  [
    'FastAPI',
    { detail: [extra('stream_options'), extra('repeat_penalty')] },
    ['stream_options', 'repeat_penalty'],
  ],
  [
    'Mistral',
    { object: 'error', message: { detail: [extra('tool_stream')] }, ...INVALID, param: null, code: null },
    ['tool_stream'],
  ],
  [
    'Mistral, in a history',
    { object: 'error', message: { detail: [extra('messages', 31, 'assistant', 'reasoning_content')] } },
    ['messages.reasoning_content'],
  ],
  [
    'Mistral, JSON in a text',
    {
      object: 'error',
      message: JSON.stringify({ detail: [extra('parallel_tool_calls')] }),
      type: 'internal_error_proxy',
    },
    ['parallel_tool_calls'],
  ],
  [
    'a proxy before Mistral',
    {
      message: `[mistral/x] [422]: ${JSON.stringify({ object: 'error', message: { detail: [extra('tool_stream')] } })}`,
    },
    ['tool_stream'],
  ],
  [
    'vLLM, in Python’s words',
    {
      object: 'error',
      message:
        "[{'type': 'extra_forbidden', 'loc': ('body', 'chat_template_kwargs'), 'msg': 'Extra inputs are not permitted', 'input': {'enable_thinking': True}}]",
      type: 'BadRequestError',
      code: 400,
    },
    ['chat_template_kwargs'],
  ],
  [
    'older FastAPI',
    {
      message:
        "[{'loc': ('body', 'reasoning_effort'), 'msg': 'extra fields not permitted', 'type': 'value_error.extra'}]",
    },
    ['reasoning_effort'],
  ],
  [
    'Groq',
    { message: "property 'reasoning_effort' is unsupported, did you mean 'reasoning_format'?", ...INVALID },
    ['reasoning_effort'],
  ],
  [
    'OpenAI',
    {
      message: "Unknown parameter: 'reasoning_effort'.",
      ...INVALID,
      param: 'reasoning_effort',
      code: 'unknown_parameter',
    },
    ['reasoning_effort'],
  ],
  [
    'OpenAI, by param alone',
    { message: 'Bad request', param: 'thinking', code: 'unknown_parameter' },
    ['thinking'],
  ],
  [
    'OpenAI, a nested field',
    { message: "Unknown parameter: 'thinking.clear_thinking'." },
    ['thinking.clear_thinking'],
  ],
  [
    'OpenAI, of a model',
    {
      message:
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      param: 'max_tokens',
      code: 'unsupported_parameter',
    },
    ['max_tokens'],
  ],
  [
    'Azure',
    { message: 'Unrecognized request argument supplied: chat_template_kwargs (request id: 2025)' },
    ['chat_template_kwargs'],
  ],
  [
    'Azure, several',
    { message: 'Unrecognized request arguments supplied: chat_template_kwargs, min_p' },
    ['chat_template_kwargs', 'min_p'],
  ],
  [
    'xAI',
    { code: 'invalid-argument', error: 'Model grok does not support parameter reasoningEffort.' },
    ['reasoning_effort'],
  ],
  [
    'xAI, after a colon',
    { error: 'Argument not supported on this model: presencePenalty' },
    ['presence_penalty'],
  ],
  [
    'Fireworks',
    { message: "Extra inputs are not permitted, field: 'stream_options', value: {'include_usage': True}" },
    ['stream_options'],
  ],
  [
    'LiteLLM',
    {
      message:
        "litellm.UnsupportedParamsError: zai does not support parameters: ['reasoning_effort', 'seed'], for model=glm-4.7.",
    },
    ['reasoning_effort', 'seed'],
  ],
  [
    'a Python client behind a 500',
    { message: "AsyncCompletions.create() got an unexpected keyword argument 'thinking'" },
    ['thinking'],
  ],
  [
    'a server in Rust, which lists what it knows',
    {
      message:
        'unknown field `stream_options`, expected one of `messages`, `thinking`, `model` at line 1 column 30',
    },
    ['stream_options'],
  ],
  ['a server in Go', { message: 'json: unknown field "tool_stream"' }, ['tool_stream']],
  [
    'Google',
    { message: 'Invalid JSON payload received. Unknown name "chat_template_kwargs": Cannot find field.' },
    ['chat_template_kwargs'],
  ],
  [
    'a JSON Schema validator',
    { message: "Additional properties are not allowed ('chat_template_kwargs', 'thinking' were unexpected)" },
    ['chat_template_kwargs', 'thinking'],
  ],
  [
    'zod',
    { message: "Unrecognized key(s) in object: 'chat_template_kwargs', 'repeat_penalty'" },
    ['chat_template_kwargs', 'repeat_penalty'],
  ],
  [
    'Bedrock',
    { message: '#: extraneous key [chat_template_kwargs] is not permitted' },
    ['chat_template_kwargs'],
  ],
  ['llama.cpp of old', { code: 500, message: 'Unsupported param: tools', type: 'server_error' }, ['tools']],
  [
    'llama.cpp without its templates',
    { code: 500, message: 'tool_choice param requires --jinja flag', type: 'server_error' },
    ['tool_choice'],
  ],
  [
    'OpenRouter, with its provider’s words',
    {
      message: 'Provider returned error',
      code: 400,
      metadata: {
        raw: '{"message":"chat_template_kwargs: property \'chat_template_kwargs\' is unsupported"}',
        provider_name: 'Cerebras',
      },
    },
    ['chat_template_kwargs'],
  ],
  [
    'LiteLLM, with its provider’s JSON',
    {
      message:
        'litellm.BadRequestError: OpenAIException - {\n  "error": {\n    "message": "Unsupported parameter: \'reasoning_effort\' is not supported with this model."',
    },
    ['reasoning_effort'],
  ],
  ['Z.ai’s 1210', { code: '1210', message: '该模型不支持参数 tool_stream' }, ['tool_stream']],
  ['Z.ai’s 1214', { code: '1214', message: 'tool_stream 参数不支持' }, ['tool_stream']],
  ['a plain sentence', { detail: 'parallel_tool_calls is not supported' }, ['parallel_tool_calls']],
  ['a plain sentence of a model', { message: 'This model does not support thinking.' }, ['thinking']],
  [
    'DeepSeek, of a format',
    { message: 'This response_format type is unavailable now', ...INVALID, param: null },
    ['response_format.json_schema'],
  ],
  [
    'DeepSeek, in full',
    {
      message:
        'Failed to deserialize the JSON body into the target type: response_format: response_format.type `json_schema` is unavailable now at line 1 column 1193',
    },
    ['response_format.json_schema'],
  ],
  [
    'OpenAI, of a format',
    {
      message: "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
    },
    ['response_format.json_schema'],
  ],
  [
    'Groq, of a format',
    { message: 'This model does not support response format `json_schema`. See supported models.' },
    ['response_format.json_schema'],
  ],
  [
    'ik_llama.cpp, of a format',
    {
      code: 500,
      message: 'response_format type must be one of "text" or "json_object", but got: json_schema',
    },
    ['response_format.json_schema'],
  ],
  [
    'FastAPI, of a format',
    {
      detail: [
        pydantic('literal_error', "Input should be 'text' or 'json_object'", 'response_format', 'type'),
      ],
    },
    ['response_format.json_schema'],
  ],
  [
    'FastAPI, of one of several formats',
    {
      detail: [
        pydantic(
          'union_tag_invalid',
          "Input tag 'json_schema' found using 'type' does not match any of the expected tags: 'text', 'json_object'",
          'response_format',
        ),
      ],
    },
    ['response_format.json_schema'],
  ],
  ['Z.ai, of a choice', { message: 'Tool choice must be auto', code: 400 }, ['tool_choice.required']],
  [
    'older vLLM, of a choice',
    {
      message: `[{'type': 'value_error', 'loc': ('body',), 'msg': 'Value error, \`tool_choice\` must either be a named tool, "auto", or "none".'}]`,
    },
    ['tool_choice.required'],
  ],
  ['vLLM, of a choice', { message: 'tool_choice = "required" is not supported!' }, ['tool_choice.required']],
];

/** Refused values, and errors of other kinds: nothing that the request could do without. */
export const OTHER: [what: string, error: JsonObject][] = [
  ['Groq’s list of values', { message: '`reasoning_effort` must be one of `none` or `default`' }],
  [
    'Groq’s other list',
    { message: "'reasoning_effort' : value is not one of the allowed values ['none', 'low']" },
  ],
  [
    'OpenAI’s value',
    {
      message:
        "Unsupported value: 'reasoning_effort' does not support 'xhigh' with this model. Supported values are: 'low' and 'high'.",
      param: 'reasoning_effort',
      code: 'unsupported_value',
    },
  ],
  ['a value before its field', { message: "Value 'xhigh' for parameter reasoning_effort is not supported" }],
  [
    'a value behind its field',
    { message: 'Model "glm-5.3-flash" does not support reasoning effort "max", accepted values: low, high.' },
  ],
  [
    'a value in the same breath',
    { message: 'reasoning_effort is not supported: it must be one of low, high' },
  ],
  [
    'pydantic’s literal',
    { detail: [pydantic('literal_error', "Input should be 'low' or 'high'", 'reasoning_effort')] },
  ],
  ['a range', { message: 'temperature must be between 0 and 1', param: 'temperature' }],
  ['Z.ai, without a field', { code: '1210', message: 'API 调用参数有误，请检查文档。' }],
  ['Z.ai, of messages', { code: '1214', message: 'messages 参数非法。请检查文档。' }],
  [
    'Z.ai, of a model that thinks',
    {
      code: '1210',
      message: 'This model always engages in thinking and cannot be disabled; please use low, high, or max.',
    },
  ],
  ['Z.ai, of a value', { code: '1210', message: 'thinking.type 的取值不支持' }],
  [
    'too long a prompt',
    {
      message: "This model's maximum context length is 131072 tokens. However, you requested 140000 tokens.",
    },
  ],
  ['nothing', { message: 'Internal Server Error' }],
  ['an empty object', {}],
];

export const known =
  /^(?:chat_|thinking|reasoning|tool|stream|response_format|messages|parallel|repeat|max_tokens|min_p|seed|presence)/;
