/**
 * The fields of a request's record, in the order in which they are shown. The log line, the JSON list with its OpenAPI
 * schema, the dashboard's table with its search, and the histograms of the metrics are made of this list.
 */
import { type Fault, OUTCOMES, type Outcome } from '../vocabulary/outcomes.js';
import type { RequestRecord } from './request-record.js';

/** The types of value by kind of field. The kind decides how a value is written and searched. */
interface Values {
  text: string;
  outcome: Outcome;
  fault: Fault;
  status: number;
  count: number;
  /** A duration. JSON and log have whole milliseconds. */
  milliseconds: number;
  /** Unix milliseconds. JSON has ISO 8601. */
  time: number;
  flag: boolean;
  /** An amount of a currency. */
  money: number;
}

export type FieldKind = keyof Values;

interface Label {
  readonly en: string;
  readonly zh: string;
}

interface FieldOf<Kind extends FieldKind> {
  readonly kind: Kind;
  /** @returns undefined if nothing is known: the log leaves it out, the JSON has null. */
  readonly read: (record: RequestRecord) => Values[Kind] | undefined;
  /** Name in the request's log line. */
  readonly log?: string;
  /** Name in `GET /dashboard/requests`. */
  readonly json?: string;
  /** Whether the JSON may have null. */
  readonly isNullable?: true;
  /** Description in the OpenAPI document. */
  readonly about?: Label;
  /** Value in the document's example, as the JSON has it. */
  readonly example?: string | number | boolean | null;
  readonly column?: Column;
  readonly histogram?: Histogram;
}

/** A column of the dashboard's latest requests, with its heading. */
interface Column extends Label {
  /** Explains the heading on pointing. */
  readonly note?: Label;
  /** The cell shows more than the value: also the served model, or tokens in and out. */
  readonly cell?: 'model' | 'tokens';
  /** Shown only where one of the records has the value. */
  readonly isOptional?: true;
}

interface Histogram {
  readonly name: string;
  readonly help: string;
  /** Also counted by the slot group of the request. */
  readonly isByGroup?: true;
  /** Upper bounds in seconds. */
  readonly buckets: readonly number[];
}

export type RequestField = { [Kind in FieldKind]: FieldOf<Kind> }[FieldKind];

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
const FRACTIONS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5];

export const REQUEST_FIELDS: readonly RequestField[] = [
  {
    kind: 'text',
    read: ({ requestId }) => requestId,
    log: 'requestId',
    json: 'id',
    about: { en: 'As in `x-request-id` and in the log.', zh: '与 `x-request-id` 和日志中的一致。' },
    example: 'f7288be8-05be-4396-9324-22c23945cfaa',
  },
  {
    kind: 'time',
    read: ({ finishedAt }) => finishedAt,
    json: 'timestamp',
    about: { en: 'When it ended.', zh: '结束时间。' },
    example: '2026-11-22T19:45:20.297Z',
    column: { en: 'Time', zh: '时间' },
  },
  {
    kind: 'outcome',
    read: ({ outcome }) => outcome,
    log: 'outcome',
    json: 'outcome',
    about: {
      en: 'How it ended. `cancelled`: the client left, which is not a failure.',
      zh: '请求的结果。`cancelled` 表示客户端提前离开，不算失败。',
    },
    example: 'ok',
    column: { en: 'Outcome', zh: '结果' },
  },
  {
    kind: 'fault',
    read: ({ outcome }) => OUTCOMES[outcome].fault,
    json: 'fault',
    about: {
      en: 'Who is responsible; `left`: the client left.',
      zh: '责任方；`left` 表示客户端提前离开。',
    },
    example: 'none',
  },
  {
    kind: 'text',
    read: ({ code }) => code,
    log: 'code',
    json: 'code',
    isNullable: true,
    about: { en: 'The error’s code.', zh: '错误码。' },
    example: null,
  },
  {
    kind: 'text',
    read: ({ param }) => param,
    log: 'param',
    json: 'param',
    isNullable: true,
    about: { en: 'Path of the request field that the gateway rejected.', zh: '被网关拒绝的请求字段的路径。' },
    example: null,
  },
  {
    kind: 'status',
    read: ({ status }) => status,
    log: 'status',
    json: 'status',
    about: { en: '499: the client left.', zh: '499 表示客户端提前离开。' },
    example: 200,
    column: { en: 'Status', zh: '状态码' },
  },
  {
    kind: 'text',
    read: ({ keyName }) => keyName,
    log: 'key',
    json: 'key',
    isNullable: true,
    about: { en: 'Name of the key; null: no valid key.', zh: '密钥名称；null 表示没有有效密钥。' },
    example: 'ann',
    column: { en: 'Key', zh: '密钥' },
  },
  {
    kind: 'text',
    read: ({ keyId }) => keyId,
    log: 'keyId',
    json: 'key_id',
    isNullable: true,
    about: {
      en: 'Id of the key, `env:NAME` of a key of the environment, `public` of the public one.',
      zh: '密钥的 id；环境变量中的密钥为 `env:名称`，公共密钥为 `public`。',
    },
    example: 'env:ann',
  },
  {
    kind: 'text',
    read: ({ member }) => member,
    log: 'member',
    json: 'member',
    isNullable: true,
    about: { en: 'The member that a managed key belongs to.', zh: '托管密钥所属的成员。' },
    example: null,
  },
  {
    kind: 'text',
    read: ({ model }) => model,
    log: 'model',
    json: 'model',
    isNullable: true,
    example: 'GLM-4.5',
    column: { en: 'Model', zh: '模型', cell: 'model' },
  },
  {
    kind: 'text',
    read: ({ servedModel }) => servedModel,
    log: 'servedModel',
    json: 'served_model',
    isNullable: true,
    about: {
      en: 'The model that the upstream says answered instead; null: the requested model answered.',
      zh: '上游表明实际作答的另一个模型；null 表示由所请求的模型作答。',
    },
    example: null,
  },
  {
    kind: 'text',
    read: ({ upstream }) => upstream,
    log: 'upstream',
    json: 'upstream',
    isNullable: true,
    about: {
      en: 'The entry of `UPSTREAMS_FILE` that was asked, as in `x-upstream`; null without that file.',
      zh: '所请求的 `UPSTREAMS_FILE` 条目，与 `x-upstream` 相同；没有该文件时为 null。',
    },
    example: null,
    column: { en: 'Upstream', zh: '上游', isOptional: true },
  },
  { kind: 'flag', read: ({ streamed }) => streamed, log: 'stream', json: 'streamed', example: true },
  {
    kind: 'milliseconds',
    read: ({ firstTokenMs }) => firstTokenMs,
    log: 'firstTokenMs',
    json: 'first_token',
    isNullable: true,
    about: { en: 'Milliseconds until the first text or reasoning.', zh: '首个文字或思考内容的耗时，毫秒。' },
    example: 212,
    column: { en: 'First token', zh: '首字延迟' },
    histogram: {
      name: 'ztoapi_time_to_first_token_seconds',
      help: 'Time until the first text or reasoning.',
      buckets: SECONDS,
    },
  },
  {
    kind: 'milliseconds',
    read: ({ durationMs }) => durationMs,
    log: 'ms',
    json: 'duration',
    about: { en: 'Milliseconds.', zh: '毫秒。' },
    example: 654,
    column: { en: 'Duration', zh: '耗时' },
    histogram: {
      name: 'ztoapi_request_duration_seconds',
      help: 'Duration of requests, from their headers to the end of the response.',
      buckets: SECONDS,
    },
  },
  {
    kind: 'milliseconds',
    read: ({ ownMs }) => ownMs,
    histogram: {
      name: 'ztoapi_overhead_seconds',
      help: 'The gateway’s own part of the time until a response begins.',
      buckets: FRACTIONS,
    },
  },
  {
    kind: 'milliseconds',
    read: ({ queueMs }) => queueMs,
    log: 'queueMs',
    json: 'queue_ms',
    isNullable: true,
    about: {
      en: 'How long it waited for a slot of the upstream; null if it got one at once.',
      zh: '等待上游并发名额的时间；立即获得名额时为 null。',
    },
    example: null,
    histogram: {
      name: 'ztoapi_queue_wait_seconds',
      help: 'How long requests waited for a slot of the upstream, those that waited.',
      isByGroup: true,
      buckets: SECONDS,
    },
  },
  {
    kind: 'count',
    read: ({ attempts }) => attempts,
    log: 'attempts',
    json: 'attempts',
    isNullable: true,
    about: {
      en: 'How often the upstream was asked: more than once when a failed call was repeated; null: it was not.',
      zh: '向上游发出请求的次数：失败后重试时大于 1；null 表示没有发出。',
    },
    example: 1,
  },
  {
    kind: 'milliseconds',
    read: ({ slotMs }) => slotMs,
    log: 'slotMs',
    json: 'slot_ms',
    isNullable: true,
    about: {
      en: 'How long it held a slot of the upstream; null while no limit of the upstream was known.',
      zh: '占用上游并发名额的时间；上游没有已知限制时为 null。',
    },
    example: null,
  },
  {
    kind: 'text',
    read: ({ slotGroup }) => slotGroup,
    log: 'slotGroup',
    json: 'slot_group',
    isNullable: true,
    about: {
      en: 'The upstream’s slots that it took one of, or waited for; null like `slot_ms`.',
      zh: '所占用或等待的上游名额组；与 `slot_ms` 同时为 null。',
    },
    example: null,
  },
  {
    kind: 'count',
    read: ({ usage }) => usage?.promptTokens,
    log: 'tokensIn',
    json: 'tokens_in',
    isNullable: true,
    example: 12,
    column: { en: 'Tokens', zh: 'Token', note: { en: 'in → out', zh: '输入 → 输出' }, cell: 'tokens' },
  },
  {
    kind: 'count',
    read: ({ usage }) => usage?.completionTokens,
    log: 'tokensOut',
    json: 'tokens_out',
    isNullable: true,
    example: 84,
  },
  {
    kind: 'count',
    read: ({ usage }) => usage?.cachedTokens,
    log: 'tokensCached',
    json: 'tokens_cached',
    isNullable: true,
    about: { en: 'Of the input: read from the upstream’s cache.', zh: '输入中由上游缓存提供的部分。' },
    example: 4,
  },
  {
    kind: 'count',
    read: ({ usage }) => usage?.reasoningTokens,
    log: 'tokensReasoning',
    json: 'tokens_reasoning',
    isNullable: true,
    about: { en: 'Of the output: thinking.', zh: '输出中的思考部分。' },
    example: 20,
  },
  {
    kind: 'text',
    read: ({ pricing }) => pricing,
    log: 'pricing',
    json: 'pricing',
    isNullable: true,
    about: {
      en: '`priced`; `free`; `included`: a plan pays for it; `unpriced`: no price is known; null: nothing was used.',
      zh: '`priced` 按价计费；`free` 免费；`included` 已含在套餐中；`unpriced` 价格未知；null 表示没有用量。',
    },
    example: 'priced',
  },
  {
    kind: 'money',
    read: ({ cost }) => toUnits(cost?.USD),
    log: 'costUsd',
    json: 'cost_usd',
    isNullable: true,
    about: {
      en: 'US dollars, to the millionth, rounded up; null: nothing is charged in dollars.',
      zh: '美元，精确到百万分之一，向上取整；null 表示没有以美元计的费用。',
    },
    example: 0.000192,
  },
  {
    kind: 'money',
    read: ({ cost }) => toUnits(cost?.CNY),
    log: 'costCny',
    json: 'cost_cny',
    isNullable: true,
    about: {
      en: 'The same in yuan; amounts are never converted.',
      zh: '同上，以人民币计；不同货币从不换算。',
    },
    example: null,
  },
  {
    kind: 'text',
    read: ({ method }) => method,
    json: 'method',
    example: 'POST',
    column: { en: 'Method', zh: '方法' },
  },
  {
    kind: 'text',
    read: ({ path }) => path,
    json: 'path',
    example: '/v1/chat/completions',
    column: { en: 'Path', zh: '路径' },
  },
  {
    kind: 'text',
    read: ({ clientAddress }) => clientAddress,
    log: 'client',
    json: 'client_address',
    example: '192.0.2.7',
    column: { en: 'Address', zh: '客户端地址' },
  },
  {
    kind: 'text',
    read: ({ userAgent }) => userAgent,
    log: 'userAgent',
    json: 'user_agent',
    example: 'OpenAI/Python 2.8.0',
    column: { en: 'User agent', zh: 'User-Agent' },
  },
  {
    kind: 'text',
    read: ({ traceId }) => traceId,
    log: 'traceId',
    json: 'trace_id',
    isNullable: true,
    about: {
      en: 'The trace that the request belongs to, by its `traceparent` or by the gateway’s own tracing; null: none.',
      zh: '请求所属的链路，来自请求的 `traceparent` 或网关自身的链路追踪；null 表示没有。',
    },
    example: null,
    column: { en: 'Trace', zh: '链路', isOptional: true },
  },
  {
    kind: 'text',
    read: ({ replica }) => replica,
    json: 'replica',
    isNullable: true,
    example: 'gateway-4dec27e1',
    column: { en: 'Replica', zh: '副本' },
  },
];

function toUnits(millionths: number | undefined): number | undefined {
  return millionths === undefined ? undefined : millionths / 1e6;
}
