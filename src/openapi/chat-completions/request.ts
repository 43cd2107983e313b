/** The body of a chat completion request, field by field, with what becomes of each. */
import {
  FORWARDED,
  field,
  GATEWAY,
  type JsonSchema,
  MODEL_NAME,
  nullable,
  object,
  REFUSED,
  ref,
  SELF_HOSTED_ONLY,
  TRANSLATED,
  UNLISTED_FIELDS,
} from '../schema.js';
import { PENALTIES } from '../shared.js';
import { MESSAGE_SCHEMAS } from './message.js';

export const REQUEST_SCHEMAS: Record<string, JsonSchema> = {
  ...MESSAGE_SCHEMAS,
  ChatCompletionRequest: {
    type: 'object',
    required: ['model', 'messages'],
    properties: { ...basics(), ...thinking(), ...sampling(), ...tools(), ...others() },
    ...UNLISTED_FIELDS,
  },
};

function basics() {
  return {
    model: field(
      MODEL_NAME,
      TRANSLATED,
      'A name from `GET /v1/models`, in any case, also as `zai/…`, `z-ai/…`, `zai-org/…` or with `[1m]`. Foreign names that are wired into a client (`gpt-*`, `claude-*`, …) mean the default model.',
      '`GET /v1/models` 中的名字，不分大小写，也可以写成 `zai/…`、`z-ai/…`、`zai-org/…`，或带 `[1m]` 后缀。客户端写死的名字（`gpt-*`、`claude-*` 等）视为默认模型。',
    ),
    messages: field(
      { type: 'array', minItems: 1, items: ref('Message') },
      FORWARDED,
      'The conversation. `developer` becomes `system`. Images need a vision model or a self-hosted GLM. What the model cannot read is refused in the newest user message; in results of tools and earlier messages a line of text takes its place.',
      '对话内容。`developer` 视为 `system`。图片需要视觉模型或自建 GLM。模型读不了的内容在最新一条用户消息里会被拒绝，在工具结果和更早的消息里则换成一行文字。',
    ),
    stream: field(
      nullable('boolean'),
      GATEWAY,
      'Stream the answer? Left out: an `Accept` of `text/event-stream` streams, else the gateway’s `DEFAULT_STREAM` decides.',
      '是否流式返回。不写时：`Accept` 含 `text/event-stream` 则流式，否则由网关的 `DEFAULT_STREAM` 决定。',
    ),
    stream_options: field(
      { type: ['object', 'null'], properties: { include_usage: nullable('boolean') } },
      GATEWAY,
      '`include_usage`: one more chunk at the end, with the tokens and without a choice.',
      '`include_usage`：结尾多一个只含用量、没有 choice 的数据块。',
    ),
  };
}

function thinking() {
  return {
    thinking: field(
      {
        type: ['object', 'null'],
        properties: {
          type: nullable('string'),
          clear_thinking: nullable('boolean'),
          budget_tokens: nullable('integer'),
        },
      },
      TRANSLATED,
      'Does the model think? `{"type": "enabled"}` or `{"type": "disabled"}`. `clear_thinking: false` keeps the reasoning of earlier turns; `budget_tokens` becomes the nearest level of effort.',
      '是否思考：`{"type": "enabled"}` 或 `{"type": "disabled"}`。`clear_thinking: false` 保留之前各轮的思考内容；`budget_tokens` 换算成最接近的思考等级。',
    ),
    enable_thinking: field(nullable('boolean'), TRANSLATED, 'The same as a boolean.', '同上，布尔形式。'),
    reasoning_effort: field(
      nullable('string'),
      TRANSLATED,
      'How hard the model thinks: `none` (off), `minimal`, `low`, `medium`, `high`, `xhigh` or `max`; the nearest level that the model has is taken.',
      '思考等级：`none`（关闭）、`minimal`、`low`、`medium`、`high`、`xhigh`、`max`，取模型支持的最接近的等级。',
    ),
    reasoning: field(
      {
        type: ['object', 'null'],
        properties: {
          enabled: nullable('boolean'),
          effort: nullable('string'),
          max_tokens: nullable('integer'),
        },
      },
      TRANSLATED,
      'The same in OpenRouter’s words.',
      '同上，OpenRouter 的写法。',
    ),
    chat_template_kwargs: field(
      {
        type: ['object', 'null'],
        properties: {
          enable_thinking: nullable('boolean'),
          clear_thinking: nullable('boolean'),
          reasoning_effort: nullable('string'),
        },
      },
      TRANSLATED,
      'The same in the words of vLLM and SGLang: `{"enable_thinking": true}`.',
      '同上，vLLM 与 SGLang 的写法：`{"enable_thinking": true}`。',
    ),
  };
}

function sampling() {
  const number = (minimum: number, maximum: number) => nullable('number', { minimum, maximum });
  return {
    temperature: field(
      number(0, 2),
      ['translated', 'forwarded', 'translated'],
      'Z.ai takes 0 to 1: what is above counts as 1.',
      'Z.ai 只接受 0 到 1，超过按 1 计。',
    ),
    top_p: field(
      number(0, 1),
      ['translated', 'forwarded', 'translated'],
      'Z.ai takes 0.01 to 1.',
      'Z.ai 只接受 0.01 到 1。',
    ),
    max_completion_tokens: field(
      nullable('integer', { minimum: -1 }),
      TRANSLATED,
      'The most tokens of an answer; wins over `max_tokens`.',
      '回答的最大 token 数，优先于 `max_tokens`。',
    ),
    max_tokens: field(
      nullable('integer', { minimum: -1 }),
      FORWARDED,
      'The older name. -1 and 0 mean no limit.',
      '旧名称。-1 和 0 表示不限制。',
    ),
    stop: field(
      {
        anyOf: [
          { type: 'string', maxLength: 1000 },
          { type: 'array', maxItems: 16, items: { type: 'string', maxLength: 1000 } },
          { type: 'null' },
        ],
      },
      ['gateway', 'forwarded', 'gateway'],
      'Texts at which the answer ends. The gateway honours all of them, whatever the upstream takes.',
      '遇到这些文本即结束回答。无论上游支持多少，网关都会全部执行。',
    ),
    seed: field(nullable('integer'), SELF_HOSTED_ONLY, 'For repeatable answers.', '用于得到可复现的回答。'),
    top_k: field(
      nullable('integer', { minimum: -1 }),
      SELF_HOSTED_ONLY,
      'Only the k likeliest tokens are considered.',
      '只考虑概率最高的 k 个 token。',
    ),
    min_p: field(
      number(0, 1),
      SELF_HOSTED_ONLY,
      'Tokens less likely than this share of the likeliest are left out.',
      '排除概率低于最高概率这一比例的 token。',
    ),
    ...PENALTIES,
    repetition_penalty: field(
      number(0, 10),
      SELF_HOSTED_ONLY,
      'The same as vLLM and SGLang have it; 1 changes nothing.',
      'vLLM 与 SGLang 的写法，1 表示不变。',
    ),
    logit_bias: field(
      { type: ['object', 'null'], additionalProperties: { type: 'number' } },
      SELF_HOSTED_ONLY,
      'Makes single tokens likelier or rarer.',
      '调高或调低个别 token 的概率。',
    ),
  };
}

function tools() {
  return {
    tools: field(
      {
        type: ['array', 'null'],
        items: {
          type: 'object',
          properties: {
            type: { type: 'string' },
            function: object(
              {
                name: { type: 'string', minLength: 1, maxLength: 200 },
                description: nullable('string'),
                parameters: { type: ['object', 'null'] },
              },
              ['description', 'parameters'],
            ),
          },
        },
      },
      ['forwarded', 'forwarded', 'gateway'],
      'Functions and freeform tools (`custom`) that the model may call, nested as here or flat as in Responses. Calls come back in the form in which the tool was declared; those of a flat freeform tool have its text as `function.arguments`, too, which Cursor reads. Z.ai’s own web search (`web_search` with an object of that name) goes to the official API. Tools of other types are left out. The web chat has no tools of its own: there the gateway asks for calls in words and reads them out of the answer.',
      '模型可以调用的函数和自由文本工具（`custom`），可用这里的嵌套形式，也可用 Responses 的扁平形式；调用按工具声明时的形式返回；扁平声明的自由文本工具还会把文本放进 `function.arguments`，供 Cursor 读取。Z.ai 自带的联网搜索（`web_search`，带同名对象）交给官方 API。其他类型的工具会被略去。网页版本身没有工具调用，由网关用文字约定并从回答中解析。',
    ),
    tool_choice: field(
      { anyOf: [{ enum: ['auto', 'none', 'required', null] }, { type: 'object' }] },
      ['gateway', 'forwarded', 'gateway'],
      '`auto`, `none`, `required`, or `{"type": "function", "function": {"name": …}}`.',
      '`auto`、`none`、`required`，或 `{"type": "function", "function": {"name": …}}`。',
    ),
    parallel_tool_calls: field(
      nullable('boolean'),
      ['gateway', 'forwarded', 'gateway'],
      '`false`: at most one call in an answer.',
      '`false`：一次回答最多一个调用。',
    ),
    response_format: field(
      {
        type: ['object', 'null'],
        required: ['type'],
        properties: {
          type: { enum: ['text', 'json_object', 'json_schema'] },
          json_schema: { type: 'object' },
          schema: { type: 'object' },
        },
      },
      ['translated', 'forwarded', 'gateway'],
      '`text`, `json_object`, or `json_schema` with a schema that the gateway holds the answer to. A self-hosted server enforces it, unless there are tools to call.',
      '`text`、`json_object`，或带模式的 `json_schema`，由网关按模式校验回答。没有可调用的工具时，自建服务器会强制执行该模式。',
    ),
  };
}

function others() {
  return {
    user: field(
      nullable('string'),
      ['translated', 'forwarded', 'ignored'],
      'Your own id of your end user. Z.ai takes 6 to 128 characters.',
      '你自己的最终用户标识。Z.ai 要求 6 到 128 个字符。',
    ),
    conversation_id: field(
      {},
      ['ignored', 'ignored', 'gateway'],
      'Names the conversation, for clients that rewrite their history; the header `X-Conversation-Id` does so, too.',
      '给对话命名，供会改写历史的客户端使用；也可以用请求头 `X-Conversation-Id`。',
    ),
    n: field({ enum: [1, null] }, REFUSED, 'Only 1: one answer per request.', '只能是 1，一次请求一个回答。'),
    logprobs: field({ enum: [false, null] }, REFUSED, '`true` is refused.', '`true` 会被拒绝。'),
    modalities: field(
      { anyOf: [{ const: ['text'] }, { type: 'null' }] },
      REFUSED,
      'Only `["text"]`; audio is refused.',
      '只能是 `["text"]`，不支持音频。',
    ),
    functions: field(
      { type: ['array', 'null'], maxItems: 0 },
      REFUSED,
      'The predecessor of `tools`.',
      '`tools` 的前身，请改用 `tools`。',
    ),
  };
}
