/** Body of `POST /v1/messages`. */
import { z } from 'zod';
import {
  CLAMPED,
  describeBody,
  describeField,
  FORWARDED,
  GATEWAY,
  IGNORED,
  type JsonSchema,
  parsedByHand,
  REFUSED,
  ref,
  SELF_HOSTED_ONLY,
  TRANSLATED,
  WEB_ONLY,
} from '../field-docs.js';
import {
  effort,
  flag,
  integer,
  modelName,
  number,
  stopList,
  thinkingField,
  tokenLimit,
} from '../schema-types.js';

const CONTENT: JsonSchema = {
  anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'object', required: ['type'] } }],
};

/** `components.schemas` that `AnthropicMessagesRequest` refers to; `parse-messages.ts` parses them. */
export const MESSAGE_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  AnthropicMessageParam: {
    type: 'object',
    required: ['role'],
    properties: { role: { type: 'string', enum: ['user', 'assistant', 'system'] }, content: CONTENT },
  },
};

/** What zod checks. Errors name the first field at fault in this order. */
export const MessagesFields = z.object({
  model: describeField(
    modelName,
    TRANSLATED,
    'A name from `GET /v1/models`; `claude-*` means the default model, `claude-*haiku*` the cheapest text model.',
    '`GET /v1/models` 中的名字；`claude-*` 视为默认模型，`claude-*haiku*` 视为最便宜的文本模型。',
  ),
  stream: describeField(
    flag,
    GATEWAY,
    'Whether to stream the answer; the default is no.',
    '是否流式返回，默认否。',
  ),
  max_tokens: describeField(
    tokenLimit(-1),
    FORWARDED,
    'Maximum number of tokens in an answer. Unlike with Anthropic, it may be left out: the model’s own limit applies.',
    '回答的最大 token 数。与 Anthropic 不同，可以不写，此时以模型自身的上限为准。',
  ),
  temperature: describeField(number(0, 1), FORWARDED, 'Sampling temperature.', '采样温度。'),
  top_p: describeField(number(0, 1), CLAMPED, 'Z.ai takes 0.01 to 1.', 'Z.ai 只接受 0.01 到 1。'),
  top_k: describeField(
    integer(-1),
    SELF_HOSTED_ONLY,
    'Only the k most likely tokens are considered.',
    '只考虑概率最高的 k 个 token。',
  ),
  stop_sequences: describeField(
    stopList.nullish(),
    ['gateway', 'forwarded', 'gateway'],
    'Texts at which the answer ends; the gateway applies all of them.',
    '遇到这些文本即结束回答，由网关全部执行。',
  ),
  thinking: describeField(
    thinkingField,
    TRANSLATED,
    '`{"type": "disabled"}` switches thinking off, any other type on. `budget_tokens` becomes the nearest level of effort.',
    '`{"type": "disabled"}` 关闭，其他类型开启。`budget_tokens` 换算成最接近的思考等级。',
  ),
  output_config: describeField(
    z.object({ effort, format: parsedByHand({ type: ['object', 'null'] }) }).nullish(),
    TRANSLATED,
    '`effort`: how much to think, `low` to `max`; by itself it does not switch thinking on. `format`: a JSON schema (`type: json_schema`) that the gateway validates the answer against.',
    '`effort`：思考等级，`low` 到 `max`；单独使用不会开启思考。`format` 带 JSON 模式（`type: json_schema`）时，由网关按模式校验回答。',
  ),
});
export type MessagesFields = z.output<typeof MessagesFields>;

/** What the parser checks itself, after these. */
const otherFields = {
  messages: describeField(
    parsedByHand({ type: 'array', minItems: 1, items: ref('AnthropicMessageParam') }),
    TRANSLATED,
    'The conversation: texts, images, `tool_use` and `tool_result`, documents of plain text. PDFs and uploaded files are refused in the newest user message; elsewhere a line of text takes their place.',
    '对话内容：文本、图片、`tool_use` 与 `tool_result`、纯文本文档。最新一条用户消息里的 PDF 和已上传的文件会被拒绝，其他位置则换成一行文字。',
  ),
  system: describeField(parsedByHand(CONTENT), TRANSLATED, 'The system prompt.', '系统提示词。'),
  tools: describeField(
    parsedByHand({ type: ['array', 'null'], items: { type: 'object' } }),
    ['translated', 'translated', 'gateway'],
    'Tools with an `input_schema`, and Anthropic’s bash, text editor and memory tools, which the client runs. Tools that run on Anthropic’s servers are left out.',
    '带 `input_schema` 的工具，以及由客户端运行的 Anthropic bash、文本编辑器和 memory 工具；在 Anthropic 服务器上运行的工具会被略去。',
  ),
  tool_choice: describeField(
    parsedByHand({ type: ['object', 'null'] }),
    ['gateway', 'translated', 'gateway'],
    '`auto`, `any`, `tool`, `none`; `disable_parallel_tool_use` for one call at most.',
    '`auto`、`any`、`tool`、`none`；`disable_parallel_tool_use` 限制为最多一个调用。',
  ),
  metadata: describeField(
    parsedByHand({ type: ['object', 'null'] }),
    WEB_ONLY,
    '`user_id` distinguishes conversations, if nothing else does.',
    '没有其他依据时，用 `user_id` 区分对话。',
  ),
  cache_control: describeField(
    parsedByHand({}),
    IGNORED,
    'The upstream decides what it caches.',
    '缓存由上游自行决定。',
  ),
  thread: describeField(
    parsedByHand({ type: 'null' }),
    REFUSED,
    'Conversations are not stored: send all messages. SDKs do so by themselves after the refusal.',
    '网关不保存对话，请发送全部消息。SDK 被拒绝后会自动这样做。',
  ),
};

export const AnthropicMessagesRequest = describeBody(MessagesFields, otherFields, ['model', 'messages']);
