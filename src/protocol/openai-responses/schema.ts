/** Body of `POST /v1/responses`. */
import { z } from 'zod';
import {
  describeBody,
  describeField,
  GATEWAY,
  parsedByHand,
  REFUSED,
  TRANSLATED,
  WEB_ONLY,
} from '../field-docs.js';
import { parallelToolCalls, samplingFields, toolChoice } from '../openai-fields.js';
import {
  EFFORT_LIST,
  effort,
  flag,
  integer,
  modelName,
  RESPONSE_FORMATS,
  text,
  thinkingField,
  tokenLimit,
} from '../schema-types.js';

const NULL = { type: 'null' };
const STATELESS = [
  REFUSED,
  'Conversations are not kept: send the whole conversation as `input`, or continue a response.',
  '网关不保存会话，请在 `input` 中发送完整对话，或续接某个回答。',
] as const;

/** What zod checks. Errors name the first field at fault in this order. */
export const ResponseFields = z.object({
  model: describeField(
    modelName,
    TRANSLATED,
    'A name from `GET /v1/models`, as in chat completions.',
    '`GET /v1/models` 中的名字，与聊天补全相同。',
  ),
  stream: describeField(
    flag,
    GATEWAY,
    'Whether to stream events. If left out, as in chat completions.',
    '是否流式返回事件，不写时与聊天补全相同。',
  ),
  instructions: describeField(
    text,
    TRANSLATED,
    'Becomes the first system message.',
    '作为第一条 system 消息。',
  ),
  max_output_tokens: describeField(
    tokenLimit(-1, 0),
    TRANSLATED,
    'Maximum number of tokens in an answer. -1 and 0 mean no limit.',
    '回答的最大 token 数。-1 和 0 表示不限制。',
  ),
  ...samplingFields,
  top_logprobs: describeField(
    z.literal(0, { error: 'must be 0, log probabilities are not supported' }).nullish(),
    REFUSED,
    'Only 0.',
    '只能是 0。',
  ),
  parallel_tool_calls: parallelToolCalls,
  reasoning: describeField(
    z.object({ effort, summary: text, enabled: flag, max_tokens: integer() }).nullish(),
    TRANSLATED,
    `\`effort\` is how much the model thinks: ${EFFORT_LIST}; \`none\` switches thinking off. The nearest level that the model has is used. \`enabled\` and \`max_tokens\` are understood as well. Thinking comes back as a reasoning item.`,
    `\`effort\` 为思考等级：${EFFORT_LIST}，\`none\` 表示关闭，取模型支持的最接近的等级。\`enabled\` 和 \`max_tokens\` 也可使用。思考过程作为 reasoning 条目返回。`,
  ),
  thinking: describeField(
    thinkingField,
    TRANSLATED,
    'The same in Z.ai’s form. `clear_thinking: false` keeps the thinking of earlier turns.',
    '同上，Z.ai 的写法。`clear_thinking: false` 保留之前各轮的思考内容。',
  ),
  text: describeField(
    z
      .object({
        format: z.looseObject({ type: z.string().meta({ enum: RESPONSE_FORMATS }) }).nullish(),
        verbosity: text,
      })
      .nullish(),
    ['translated', 'translated', 'gateway'],
    '`format`: `text`, `json_object` (with or without a `schema`), or `json_schema` with a schema that the gateway validates the answer against.',
    '`format`：`text`、`json_object`（可带 `schema`），或带模式的 `json_schema`，由网关按模式校验回答。',
  ),
  include: describeField(
    z.array(z.unknown()).nullish(),
    GATEWAY,
    '`reasoning.encrypted_content`: reasoning items also carry their thinking as `encrypted_content`.',
    '`reasoning.encrypted_content`：reasoning 条目同时带有封装的思考内容。',
  ),
  user: describeField(
    text,
    ['translated', 'forwarded', 'ignored'],
    'Your id of your end user.',
    '你自己的最终用户标识。',
  ),
  safety_identifier: describeField(
    text,
    ['translated', 'forwarded', 'ignored'],
    'Used if `user` is left out.',
    '未填 `user` 时使用。',
  ),
  prompt_cache_key: describeField(text, WEB_ONLY, 'Names the session.', '用于识别会话。'),
});
export type ResponseFields = z.output<typeof ResponseFields>;

/** What the parser checks itself, after these. */
const otherFields = {
  input: describeField(
    parsedByHand({
      anyOf: [{ type: 'string' }, { type: 'array', minItems: 1, items: { type: 'object' } }],
    }),
    TRANSLATED,
    'A text, or items: messages, calls of every supported kind of tool, their outputs, and `reasoning`. References to items stand for the items that are kept. Items of other tools and references to reasoning that is not kept are left out; `compaction` is refused. Parts may also have the form of chat completions. Content that no model can read (PDF, audio, …) is refused in the newest user message; elsewhere a line of text takes its place.',
    '文本，或条目数组：消息、所支持的各种工具的调用及其结果、`reasoning`。条目引用代表网关保留的条目。其他工具的条目和对未保留的 reasoning 的引用会被略去，`compaction` 会被拒绝。内容也可以使用聊天补全的形式。模型读不了的内容（PDF、音频等）在最新一条用户消息里会被拒绝，在别处则换成一行说明文字。',
  ),
  tools: describeField(
    parsedByHand({ type: ['array', 'null'], items: { type: 'object' } }),
    ['translated', 'translated', 'gateway'],
    'Functions, freeform tools (`custom`), both in a `namespace`, and the tools of a fixed form that the client itself runs: `local_shell`, `shell` (local), `apply_patch`, `tool_search` (`execution: client`). The model is offered functions; calls come back in the form in which the tool was declared. Tools of other types (`web_search`, …) are left out of the request and of the response.',
    '函数、自由文本工具（`custom`）、放在 `namespace` 中的这两类工具，以及由客户端按固定格式运行的 `local_shell`、`shell`（本地）、`apply_patch`、`tool_search`（`execution: client`）。模型看到的都是函数，调用按工具声明时的形式返回。其他类型的工具（`web_search` 等）会被略去，返回中也不会列出。',
  ),
  tool_choice: describeField(
    toolChoice,
    ['gateway', 'translated', 'gateway'],
    '`auto`, `none`, `required`, `{"type": "function", "name": …}` (also `custom`; with `namespace` for a tool in one), `{"type": "shell"}` and the like, or `allowed_tools`.',
    '`auto`、`none`、`required`、`{"type": "function", "name": …}`（也可以是 `custom`；工具在命名空间中时加上 `namespace`）、`{"type": "shell"}` 之类，或 `allowed_tools`。',
  ),
  metadata: describeField(
    parsedByHand({ type: ['object', 'null'] }),
    WEB_ONLY,
    'Returned with the response; `conversation_id` in it names the conversation.',
    '原样返回；其中的 `conversation_id` 用于识别对话。',
  ),
  store: describeField(
    parsedByHand({ type: ['boolean', 'null'] }),
    GATEWAY,
    'Whether to keep the response, sealed with this API key, for `RESPONSES_TTL` after its last use. The response says whether it is kept. With `false`, reasoning items also carry their thinking as `encrypted_content`.',
    '是否保留这个回答：用该 API 密钥加密，在最后一次使用后保留 `RESPONSES_TTL`。返回中说明是否已保留。设为 `false` 时，reasoning 条目同时带有封装的思考内容。',
  ),
  previous_response_id: describeField(
    parsedByHand({ type: ['string', 'null'] }),
    GATEWAY,
    'Continues the conversation that ends in this response, if it is kept for the same API key. `instructions` are not carried over.',
    '续接以该回答结尾的对话，前提是网关为同一 API 密钥保留了它。`instructions` 不会沿用。',
  ),
  conversation: describeField(parsedByHand(NULL), ...STATELESS),
  background: describeField(
    parsedByHand({ enum: [false, null] }),
    REFUSED,
    '`true` is refused: use `stream` for long answers.',
    '`true` 会被拒绝，较长的回答请用 `stream`。',
  ),
  prompt: describeField(
    parsedByHand(NULL),
    REFUSED,
    'Prompts are not stored: send `instructions` and `input`.',
    '网关不保存提示词模板，请发送 `instructions` 和 `input`。',
  ),
};

export const ResponseRequest = describeBody(ResponseFields, otherFields, ['model', 'input']);
