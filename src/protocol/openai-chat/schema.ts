/** Body of `POST /v1/chat/completions`. */
import { z } from 'zod';
import {
  describeBody,
  describeField,
  FORWARDED,
  GATEWAY,
  parsedByHand,
  REFUSED,
  ref,
  SELF_HOSTED_ONLY,
  TRANSLATED,
  WEB_ONLY,
} from '../field-docs.js';
import { isFields } from '../fields.js';
import { parallelToolCalls, samplingFields, toolChoice } from '../openai-fields.js';
import {
  anything,
  EFFORT_LIST,
  effort,
  flag,
  integer,
  modelName,
  number,
  RESPONSE_FORMATS,
  stopTexts,
  TOOL_NAME,
  text,
  thinkingField,
  tokenLimit,
} from '../schema-types.js';

/** By hand: zod's record reports every wrong value, which takes seconds where half a million are. */
function isLogitBias(value: unknown): boolean {
  return isFields(value) && Object.values(value).every(Number.isFinite);
}

const logitBias = z
  .custom<Readonly<Record<string, number>>>(isLogitBias, 'must be an object of numbers')
  .meta({ type: 'object', additionalProperties: { type: 'number' } });

const tools = parsedByHand({
  type: ['array', 'null'],
  items: {
    type: 'object',
    properties: {
      type: { type: 'string' },
      function: {
        type: 'object',
        required: ['name'],
        properties: {
          name: TOOL_NAME,
          description: { type: ['string', 'null'] },
          parameters: { type: ['object', 'null'] },
        },
      },
    },
  },
});

/** What zod checks. Errors name the first field at fault in this order. */
export const ChatFields = z.object({
  model: describeField(
    modelName,
    TRANSLATED,
    'A name from `GET /v1/models`, in any case, also as `zai/…`, `z-ai/…`, `zai-org/…` or with `[1m]`. Other vendors’ names that are built into clients (`gpt-*`, `claude-*`, …) mean the default model.',
    '`GET /v1/models` 中的名字，不分大小写，也可以写成 `zai/…`、`z-ai/…`、`zai-org/…`，或带 `[1m]` 后缀。客户端写死的名字（`gpt-*`、`claude-*` 等）视为默认模型。',
  ),
  stream: describeField(
    flag,
    GATEWAY,
    'Whether to stream the answer. If left out, an `Accept` of `text/event-stream` streams; otherwise the gateway’s `DEFAULT_STREAM` decides.',
    '是否流式返回。不写时：`Accept` 含 `text/event-stream` 则流式，否则由网关的 `DEFAULT_STREAM` 决定。',
  ),
  stream_options: describeField(
    z.object({ include_usage: flag }).nullish(),
    GATEWAY,
    '`include_usage`: one more chunk at the end, with the tokens and without a choice.',
    '`include_usage`：结尾多一个只含用量、没有 choice 的数据块。',
  ),
  temperature: samplingFields.temperature,
  top_p: samplingFields.top_p,
  top_k: describeField(
    integer(-1),
    SELF_HOSTED_ONLY,
    'Only the k most likely tokens are considered.',
    '只考虑概率最高的 k 个 token。',
  ),
  min_p: describeField(
    number(0, 1),
    SELF_HOSTED_ONLY,
    'Tokens less likely than this share of the most likely one are left out.',
    '排除概率低于最高概率这一比例的 token。',
  ),
  max_tokens: describeField(
    tokenLimit(-1, 0),
    FORWARDED,
    'The older name of `max_completion_tokens`. -1 and 0 mean no limit.',
    '`max_completion_tokens` 的旧名称。-1 和 0 表示不限制。',
  ),
  max_completion_tokens: describeField(
    tokenLimit(-1, 0),
    TRANSLATED,
    'Maximum number of tokens in an answer; takes precedence over `max_tokens`.',
    '回答的最大 token 数，优先于 `max_tokens`。',
  ),
  stop: describeField(
    stopTexts.nullish(),
    ['gateway', 'forwarded', 'gateway'],
    'Texts at which the answer ends. The gateway applies all of them, however many the upstream takes.',
    '遇到这些文本即结束回答。无论上游支持多少，网关都会全部执行。',
  ),
  seed: describeField(integer(), SELF_HOSTED_ONLY, 'For repeatable answers.', '用于得到可复现的回答。'),
  presence_penalty: samplingFields.presence_penalty,
  frequency_penalty: samplingFields.frequency_penalty,
  repetition_penalty: describeField(
    number(0, 10),
    SELF_HOSTED_ONLY,
    'The same as a factor, for vLLM and SGLang; 1 changes nothing.',
    'vLLM 与 SGLang 的写法，为系数形式，1 表示不变。',
  ),
  logit_bias: describeField(
    logitBias.nullish(),
    SELF_HOSTED_ONLY,
    'Makes single tokens more or less likely.',
    '调高或调低个别 token 的概率。',
  ),
  user: describeField(
    text,
    ['translated', 'forwarded', 'ignored'],
    'Your id of your end user. Z.ai takes 6 to 128 characters.',
    '你自己的最终用户标识。Z.ai 要求 6 到 128 个字符。',
  ),
  enable_thinking: describeField(flag, TRANSLATED, 'Whether the model thinks.', '是否思考。'),
  thinking_budget: describeField(
    integer(),
    TRANSLATED,
    'Tokens for thinking; becomes the nearest level of effort.',
    '思考的 token 预算，换算成最接近的思考等级。',
  ),
  thinking: describeField(
    thinkingField,
    TRANSLATED,
    'Whether the model thinks: `{"type": "enabled"}` or `{"type": "disabled"}`. `clear_thinking: false` keeps the reasoning of earlier turns; `budget_tokens` becomes the nearest level of effort.',
    '是否思考：`{"type": "enabled"}` 或 `{"type": "disabled"}`。`clear_thinking: false` 保留之前各轮的思考内容；`budget_tokens` 换算成最接近的思考等级。',
  ),
  reasoning: describeField(
    z.object({ enabled: flag, effort, max_tokens: integer() }).nullish(),
    TRANSLATED,
    'The same in OpenRouter’s form.',
    '同上，OpenRouter 的写法。',
  ),
  reasoning_effort: describeField(
    effort,
    TRANSLATED,
    `How much the model thinks: ${EFFORT_LIST}; \`none\` switches thinking off. The nearest level that the model has is used.`,
    `思考等级：${EFFORT_LIST}，\`none\` 表示关闭。取模型支持的最接近的等级。`,
  ),
  chat_template_kwargs: describeField(
    z
      .object({ enable_thinking: flag, thinking: flag, clear_thinking: flag, reasoning_effort: effort })
      .nullish(),
    TRANSLATED,
    'The same in the form of vLLM and SGLang: `{"enable_thinking": true}`.',
    '同上，vLLM 与 SGLang 的写法：`{"enable_thinking": true}`。',
  ),
  n: describeField(
    z.literal(1, { error: 'must be 1, one answer per request' }).nullish(),
    REFUSED,
    'Only 1: one answer per request.',
    '只能是 1，一次请求一个回答。',
  ),
  logprobs: describeField(
    z.literal(false, { error: 'is not supported' }).nullish(),
    REFUSED,
    '`true` is refused.',
    '`true` 会被拒绝。',
  ),
  modalities: describeField(
    z.tuple([z.literal('text')], { error: 'can only be ["text"]' }).nullish(),
    REFUSED,
    'Only `["text"]`; audio is refused.',
    '只能是 `["text"]`，不支持音频。',
  ),
  response_format: describeField(
    z
      .preprocess(
        (given) => (typeof given === 'string' ? { type: given } : given),
        z.object({
          type: z.string().meta({ enum: RESPONSE_FORMATS }),
          json_schema: parsedByHand({ type: 'object' }),
          schema: parsedByHand({ type: 'object' }),
          name: anything,
        }),
      )
      .nullish(),
    ['translated', 'forwarded', 'gateway'],
    '`text`, `json_object`, or `json_schema` with a schema that the gateway validates the answer against. A self-hosted server enforces it, unless there are tools to call.',
    '`text`、`json_object`，或带模式的 `json_schema`，由网关按模式校验回答。没有可调用的工具时，自建服务器会强制执行该模式。',
  ),
  parallel_tool_calls: parallelToolCalls,
  functions: describeField(
    z.array(z.unknown()).meta({ maxItems: 0 }).nullish(),
    REFUSED,
    'The predecessor of `tools`.',
    '`tools` 的前身，请改用 `tools`。',
  ),
});
export type ChatFields = z.output<typeof ChatFields>;

/** What the parser checks itself, after these. */
const otherFields = {
  messages: describeField(
    parsedByHand({ type: 'array', minItems: 1, items: ref('Message') }),
    FORWARDED,
    'The conversation. `developer` becomes `system`. Images need a vision model or a self-hosted GLM. Content that the model cannot read is refused in the newest user message; in tool results and earlier messages a line of text takes its place.',
    '对话内容。`developer` 视为 `system`。图片需要视觉模型或自建 GLM。模型读不了的内容在最新一条用户消息里会被拒绝，在工具结果和更早的消息里则换成一行文字。',
  ),
  tools: describeField(
    tools,
    ['forwarded', 'forwarded', 'gateway'],
    'Functions and freeform tools (`custom`) that the model may call, nested as here or flat as in Responses. Calls come back in the form in which the tool was declared; those of a flat freeform tool also have its text as `function.arguments`, which Cursor reads. Z.ai’s own web search (`web_search` with an object of that name) goes to the official API. Tools of other types are left out. The web chat has no tools of its own: there the gateway asks for calls in the prompt and reads them from the answer.',
    '模型可以调用的函数和自由文本工具（`custom`），可用这里的嵌套形式，也可用 Responses 的扁平形式；调用按工具声明时的形式返回；扁平声明的自由文本工具还会把文本放进 `function.arguments`，供 Cursor 读取。Z.ai 自带的联网搜索（`web_search`，带同名对象）交给官方 API。其他类型的工具会被略去。网页版本身没有工具调用，由网关用文字约定并从回答中解析。',
  ),
  tool_choice: describeField(
    toolChoice,
    ['gateway', 'forwarded', 'gateway'],
    '`auto`, `none`, `required`, or `{"type": "function", "function": {"name": …}}`.',
    '`auto`、`none`、`required`，或 `{"type": "function", "function": {"name": …}}`。',
  ),
  conversation_id: describeField(
    anything,
    WEB_ONLY,
    'Names the conversation, for clients that rewrite their history; so does the header `X-Conversation-Id`.',
    '给对话命名，供会改写历史的客户端使用；也可以用请求头 `X-Conversation-Id`。',
  ),
  service_tier: describeField(
    anything,
    GATEWAY,
    '`flex`: the request waits behind others for a slot of the upstream.',
    '`flex`：排队等待上游并发名额时排在其他请求之后。',
  ),
  prompt_cache_key: describeField(
    anything,
    WEB_ONLY,
    'Names the session, if nothing names the conversation.',
    '在没有指定对话时，用于识别会话。',
  ),
  metadata: describeField(
    anything,
    WEB_ONLY,
    '`conversation_id` in it names the conversation, `user_id` the session.',
    '其中的 `conversation_id` 用于识别对话，`user_id` 用于识别会话。',
  ),
};

export const ChatCompletionRequest = describeBody(ChatFields, otherFields, ['model', 'messages']);
