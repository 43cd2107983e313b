/** The body of a message request, field by field, with what becomes of each. */
import {
  FORWARDED,
  field,
  GATEWAY,
  type Handlings,
  IGNORED,
  type JsonSchema,
  MODEL_NAME,
  nullable,
  REFUSED,
  SELF_HOSTED_ONLY,
  TRANSLATED,
  UNLISTED_FIELDS,
} from '../schema.js';

const CLAMPED: Handlings = ['translated', 'forwarded', 'translated'];
const CONTENT: JsonSchema = {
  anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'object', required: ['type'] } }],
};

export const REQUEST_SCHEMAS: Record<string, JsonSchema> = {
  AnthropicMessageParam: {
    type: 'object',
    required: ['role', 'content'],
    properties: { role: { type: 'string', enum: ['user', 'assistant', 'system'] }, content: CONTENT },
  },
  AnthropicMessagesRequest: {
    type: 'object',
    required: ['model', 'messages'],
    properties: { ...asked(), ...answered(), ...refused() },
    ...UNLISTED_FIELDS,
  },
};

function asked() {
  return {
    model: field(
      MODEL_NAME,
      TRANSLATED,
      'A name from `GET /v1/models`; `claude-*` means the default model, `claude-*haiku*` the cheapest text model.',
      '`GET /v1/models` 中的名字；`claude-*` 视为默认模型，`claude-*haiku*` 视为最便宜的文本模型。',
    ),
    messages: field(
      { type: 'array', minItems: 1, items: { $ref: '#/components/schemas/AnthropicMessageParam' } },
      TRANSLATED,
      'The conversation: texts, images, `tool_use` and `tool_result`, documents of plain text. PDFs and uploaded files are refused in the newest user message; elsewhere a line of text takes their place.',
      '对话内容：文本、图片、`tool_use` 与 `tool_result`、纯文本文档。最新一条用户消息里的 PDF 和已上传的文件会被拒绝，其他位置则换成一行文字。',
    ),
    system: field(CONTENT, TRANSLATED, 'The system prompt.', '系统提示词。'),
    tools: field(
      { type: ['array', 'null'], items: { type: 'object' } },
      ['translated', 'translated', 'gateway'],
      'Tools with an `input_schema`, and Anthropic’s bash, text editor and memory tools, which the client runs. Tools that run on Anthropic’s servers are left out.',
      '带 `input_schema` 的工具，以及由客户端运行的 Anthropic bash、文本编辑器和 memory 工具；在 Anthropic 服务器上运行的工具会被略去。',
    ),
    tool_choice: field(
      { type: ['object', 'null'] },
      ['gateway', 'translated', 'gateway'],
      '`auto`, `any`, `tool`, `none`; `disable_parallel_tool_use` for one call at most.',
      '`auto`、`any`、`tool`、`none`；`disable_parallel_tool_use` 限制为最多一个调用。',
    ),
    thinking: field(
      {
        type: ['object', 'null'],
        properties: { type: { type: 'string' }, budget_tokens: nullable('integer') },
      },
      TRANSLATED,
      '`{"type": "disabled"}` switches it off, any other type on. `budget_tokens` becomes the nearest level of effort.',
      '`{"type": "disabled"}` 关闭，其他类型开启。`budget_tokens` 换算成最接近的思考等级。',
    ),
    output_config: field(
      { type: ['object', 'null'], properties: { effort: nullable('string'), format: {} } },
      TRANSLATED,
      '`effort`: how hard to think, `low` to `max`; alone it does not switch thinking on. `format` with a JSON schema that the gateway holds the answer to.',
      '`effort`：思考等级，`low` 到 `max`；单独使用不会开启思考。`format` 带 JSON 模式时，由网关按模式校验回答。',
    ),
  };
}

function answered() {
  return {
    max_tokens: field(
      nullable('integer', { minimum: 1 }),
      FORWARDED,
      'The most tokens of an answer. Unlike Anthropic, it may be left out.',
      '回答的最大 token 数。与 Anthropic 不同，可以不写。',
    ),
    stream: field(nullable('boolean'), GATEWAY, 'Stream the answer? Left out: no.', '是否流式返回，默认否。'),
    temperature: field(nullable('number', { minimum: 0, maximum: 1 }), FORWARDED, 'Sampling.', '采样温度。'),
    top_p: field(
      nullable('number', { minimum: 0, maximum: 1 }),
      CLAMPED,
      'Z.ai takes 0.01 to 1.',
      'Z.ai 只接受 0.01 到 1。',
    ),
    top_k: field(nullable('integer', { minimum: -1 }), SELF_HOSTED_ONLY, 'Sampling.', '采样参数。'),
    stop_sequences: field(
      { type: ['array', 'null'], maxItems: 16, items: { type: 'string', maxLength: 1000 } },
      ['gateway', 'forwarded', 'gateway'],
      'Texts at which the answer ends; the gateway honours all of them.',
      '遇到这些文本即结束回答，由网关全部执行。',
    ),
    metadata: field(
      { type: ['object', 'null'] },
      ['ignored', 'ignored', 'gateway'],
      '`user_id` tells conversations apart, where nothing else does.',
      '没有其他依据时，用 `user_id` 区分对话。',
    ),
    cache_control: field({}, IGNORED, 'The upstream caches as it likes.', '缓存由上游自行决定。'),
  };
}

function refused() {
  return {
    thread: field(
      { type: 'null' },
      REFUSED,
      'Nothing is kept here: send all messages. SDKs do so by themselves after the refusal.',
      '网关不保存对话，请发送全部消息。SDK 被拒绝后会自动这样做。',
    ),
  };
}
