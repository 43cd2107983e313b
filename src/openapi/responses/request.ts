/** The body of a request for a response, field by field, with what becomes of each. */
import {
  field,
  GATEWAY,
  type JsonSchema,
  MODEL_NAME,
  nullable,
  REFUSED,
  TRANSLATED,
  UNLISTED_FIELDS,
} from '../schema.js';
import { PENALTIES } from '../shared.js';

const KEPT_NOT = 'Nothing is kept here: send the whole conversation as `input`.';
const KEPT_NOT_ZH = '网关不保存任何内容，请在 `input` 中发送完整对话。';

export const REQUEST_SCHEMAS: Record<string, JsonSchema> = {
  ResponseRequest: {
    type: 'object',
    required: ['model', 'input'],
    properties: { ...basics(), ...sampling(), ...tools(), ...others() },
    ...UNLISTED_FIELDS,
  },
};

function basics() {
  return {
    model: field(
      MODEL_NAME,
      TRANSLATED,
      'A name from `GET /v1/models`, as in chat completions.',
      '`GET /v1/models` 中的名字，与聊天补全相同。',
    ),
    input: field(
      { anyOf: [{ type: 'string' }, { type: 'array', minItems: 1, items: { type: 'object' } }] },
      TRANSLATED,
      'A text, or items: messages, calls of tools of any form that is offered, their outputs and `reasoning`. Items of other tools are left out, and so are references to reasoning; other references and `compaction` are refused. Parts may be in the form of chat completions, too. What no model can read (PDF, audio, …) is refused in the newest user message and a line of text elsewhere.',
      '文本，或条目数组：消息、所支持的各种工具的调用及其结果、`reasoning`。其他工具的条目和对 reasoning 的引用会被略去，其他引用与 `compaction` 会被拒绝。内容也可以使用聊天补全的形式。模型读不了的内容（PDF、音频等）在最新一条用户消息里会被拒绝，在别处则换成一行说明文字。',
    ),
    instructions: field(
      nullable('string'),
      TRANSLATED,
      'Becomes the first system message.',
      '作为第一条 system 消息。',
    ),
    stream: field(
      nullable('boolean'),
      GATEWAY,
      'Stream the events? Left out: as in chat completions.',
      '是否流式返回事件，不写时与聊天补全相同。',
    ),
    reasoning: field(
      {
        type: ['object', 'null'],
        properties: {
          effort: nullable('string'),
          summary: nullable('string'),
          enabled: nullable('boolean'),
          max_tokens: nullable('integer'),
        },
      },
      TRANSLATED,
      '`effort` is how hard the model thinks: `none` (off), `minimal`, `low`, `medium`, `high`, `xhigh` or `max`; the nearest level that the model has is taken. `enabled` and `max_tokens` are understood as well. Thinking comes as a reasoning item.',
      '`effort` 为思考等级：`none`（关闭）、`minimal`、`low`、`medium`、`high`、`xhigh`、`max`，取模型支持的最接近的等级。`enabled` 和 `max_tokens` 也可使用。思考过程作为 reasoning 条目返回。',
    ),
    thinking: field(
      {
        type: ['object', 'null'],
        properties: { type: nullable('string'), clear_thinking: nullable('boolean') },
      },
      TRANSLATED,
      'The same in Z.ai’s words. `clear_thinking: false` keeps the thinking of earlier turns.',
      '同上，Z.ai 的写法。`clear_thinking: false` 保留之前各轮的思考内容。',
    ),
    include: field(
      { type: ['array', 'null'], items: {} },
      GATEWAY,
      '`reasoning.encrypted_content`: reasoning items carry their thinking sealed as well.',
      '`reasoning.encrypted_content`：reasoning 条目同时带有封装的思考内容。',
    ),
    text: field(
      {
        type: ['object', 'null'],
        properties: { format: { type: ['object', 'null'] }, verbosity: nullable('string') },
      },
      ['translated', 'translated', 'gateway'],
      '`format`: `text`, `json_object` (with or without a `schema`), or `json_schema` with a schema that the gateway holds the answer to.',
      '`format`：`text`、`json_object`（可带 `schema`），或带模式的 `json_schema`，由网关按模式校验回答。',
    ),
  };
}

function sampling() {
  const number = (minimum: number, maximum: number) => nullable('number', { minimum, maximum });
  return {
    max_output_tokens: field(
      nullable('integer', { minimum: 1 }),
      TRANSLATED,
      'The most tokens of an answer.',
      '回答的最大 token 数。',
    ),
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
    ...PENALTIES,
    top_logprobs: field({ enum: [0, null] }, REFUSED, 'Only 0.', '只能是 0。'),
  };
}

function tools() {
  return {
    tools: field(
      { type: ['array', 'null'], items: { type: 'object' } },
      ['translated', 'translated', 'gateway'],
      'Functions, freeform tools (`custom`), both in a `namespace`, and what the client itself runs in a fixed shape: `local_shell`, `shell` (local), `apply_patch`, `tool_search` (`execution: client`). The model is offered functions; calls come back in the form in which the tool was declared. Tools of other types (`web_search`, …) are left out, and so they are in the response.',
      '函数、自由文本工具（`custom`）、放在 `namespace` 中的这两类工具，以及由客户端按固定格式运行的 `local_shell`、`shell`（本地）、`apply_patch`、`tool_search`（`execution: client`）。模型看到的都是函数，调用按工具声明时的形式返回。其他类型的工具（`web_search` 等）会被略去，返回中也不会列出。',
    ),
    tool_choice: field(
      { anyOf: [{ enum: ['auto', 'none', 'required', null] }, { type: 'object' }] },
      ['gateway', 'translated', 'gateway'],
      '`auto`, `none`, `required`, `{"type": "function", "name": …}` (also `custom`; with `namespace` where the tool stands in one), `{"type": "shell"}` and the like, or `allowed_tools`.',
      '`auto`、`none`、`required`、`{"type": "function", "name": …}`（也可以是 `custom`；工具在命名空间中时加上 `namespace`）、`{"type": "shell"}` 之类，或 `allowed_tools`。',
    ),
    parallel_tool_calls: field(
      nullable('boolean'),
      ['gateway', 'forwarded', 'gateway'],
      '`false`: at most one call in an answer.',
      '`false`：一次回答最多一个调用。',
    ),
  };
}

function others() {
  const session = ['ignored', 'ignored', 'gateway'] as const;
  return {
    user: field(
      nullable('string'),
      ['translated', 'forwarded', 'ignored'],
      'Your own id of your end user; `safety_identifier` counts where it is left out.',
      '你自己的最终用户标识，未填时使用 `safety_identifier`。',
    ),
    prompt_cache_key: field(nullable('string'), session, 'Names the session.', '用于识别会话。'),
    metadata: field(
      { type: ['object', 'null'] },
      session,
      'Comes back; `conversation_id` in it names the conversation.',
      '原样返回；其中的 `conversation_id` 用于识别对话。',
    ),
    store: field(
      nullable('boolean'),
      GATEWAY,
      'Answered as `false`. With `false`, reasoning items carry their thinking sealed.',
      '返回中恒为 `false`。设为 `false` 时，reasoning 条目同时带有封装的思考内容。',
    ),
    previous_response_id: field({ type: 'null' }, REFUSED, KEPT_NOT, KEPT_NOT_ZH),
    conversation: field({ type: 'null' }, REFUSED, KEPT_NOT, KEPT_NOT_ZH),
    background: field(
      { enum: [false, null] },
      REFUSED,
      '`true` is refused: use `stream` for long answers.',
      '`true` 会被拒绝，较长的回答请用 `stream`。',
    ),
    prompt: field({ type: 'null' }, REFUSED, 'Prompts are not kept here.', '网关不保存提示词模板。'),
  };
}
