/**
 * Every error code a client can receive. The HTTP status, OpenAI's error type and the outcome follow from the code;
 * `/docs`, the OpenAPI document, the log's warnings and the doctor read the texts.
 */
import type { Outcome } from './outcomes.js';

/** Values of `error.type` in OpenAI's error body. */
export const ERROR_TYPES = [
  'invalid_request_error',
  'rate_limit_error',
  'insufficient_quota',
  'upstream_error',
  'server_error',
] as const;
export type ErrorType = (typeof ERROR_TYPES)[number];

export interface ErrorCodeRow {
  /** HTTP status, unless the error is created with another one. */
  readonly status: number;
  readonly type: ErrorType;
  readonly outcome: Outcome;
  /** What it means, for the documentation. */
  readonly en: string;
  readonly zh: string;
  /** What the operator can do about it. The doctor prints it. */
  readonly cure?: string;
  /** Whether the log repeats meaning and cure as a warning: the failure lasts until the operator acts. */
  readonly warnsOperator?: true;
}

const CLIENT = { type: 'invalid_request_error', outcome: 'caller_error' } as const;
const UPSTREAM = { type: 'upstream_error', outcome: 'upstream_error' } as const;
const GATEWAY = { type: 'server_error', outcome: 'gateway_error' } as const;

export const ERROR_CODES = {
  invalid_value: {
    status: 400,
    ...CLIENT,
    en: 'A field has an invalid value; `param` names the field.',
    zh: '某个字段的值不合法，`param` 给出字段名。',
  },
  missing_required_parameter: {
    status: 400,
    ...CLIENT,
    en: 'A required field is missing; `param` names it.',
    zh: '缺少必填字段，`param` 给出字段名。',
  },
  unsupported_parameter: {
    status: 400,
    ...CLIENT,
    en: 'A field asks for a feature that the gateway does not support; `param` names the field.',
    zh: '该字段要求的功能网关不支持，`param` 给出字段名。',
  },
  unsupported_content: {
    status: 400,
    ...CLIENT,
    en: 'A message contains a type of content that this model or upstream does not accept.',
    zh: '消息中有该模型或上游不接受的内容类型。',
  },
  invalid_json: {
    status: 400,
    ...CLIENT,
    en: 'The body is not JSON, or not an object.',
    zh: '请求体不是 JSON，或不是对象。',
  },
  invalid_body: { status: 400, ...CLIENT, en: 'The body cannot be read.', zh: '无法读取请求体。' },
  invalid_url: { status: 400, ...CLIENT, en: 'The path cannot be decoded.', zh: '路径无法解码。' },
  context_length_exceeded: {
    status: 400,
    ...CLIENT,
    en: 'The conversation is longer than the model’s context window: shorten it.',
    zh: '对话超过模型的上下文长度，请缩短。',
  },
  content_filter: {
    status: 400,
    ...CLIENT,
    en: 'The upstream’s content filter blocked the request or the answer.',
    zh: '请求或回答被上游的内容过滤拦截。',
  },
  previous_response_not_found: {
    status: 400,
    ...CLIENT,
    en: 'The response to continue is not kept for this key: send the whole conversation as `input`.',
    zh: '要续接的回答没有为该密钥保留，请在 `input` 中发送完整对话。',
  },
  thread_unsupported_request: {
    status: 400,
    ...CLIENT,
    en: 'The gateway does not store conversations: send all messages.',
    zh: '网关不保存对话，请发送全部消息。',
  },
  upstream_bad_request: {
    status: 400,
    ...CLIENT,
    en: 'The upstream rejected the request; the message quotes it.',
    zh: '上游拒绝了该请求，错误信息中有其原话。',
  },
  invalid_api_key: {
    status: 401,
    ...CLIENT,
    en: 'The API key is missing or wrong. Send a key of this gateway, not one of Z.ai.',
    zh: '没有密钥或密钥不对。请使用本网关的密钥，而不是 Z.ai 的。',
  },
  key_expired: {
    status: 401,
    ...CLIENT,
    en: 'The API key has expired: ask for a new one.',
    zh: '密钥已过期，请申请新的密钥。',
  },
  key_revoked: {
    status: 401,
    ...CLIENT,
    en: 'The API key was removed, disabled or replaced. Requests that are open at that moment end with it, too.',
    zh: '密钥已被删除、停用或更换；此刻正在进行的请求也会随之结束。',
  },
  admin_password_required: {
    status: 401,
    ...CLIENT,
    en: 'The admin’s password is missing or wrong. Send it as `Authorization: Bearer PASSWORD`.',
    zh: '没有管理员密码或密码不对，请以 `Authorization: Bearer PASSWORD` 发送。',
  },
  session_required: {
    status: 401,
    ...CLIENT,
    en: 'There is no session, or it has ended: show your key again (`POST /me/session`).',
    zh: '没有会话或会话已结束，请重新出示密钥（`POST /me/session`）。',
  },
  dashboard_password_required: {
    status: 401,
    ...CLIENT,
    en: 'The dashboard’s password is missing or wrong. Send it by HTTP Basic authentication.',
    zh: '没有仪表盘密码或密码不对，请用 HTTP Basic 认证发送。',
  },
  host_not_allowed: {
    status: 403,
    ...CLIENT,
    en: 'A web page used a foreign host name while the gateway’s key is the well-known default.',
    zh: '密钥仍是公开的默认值时，网页只能通过 localhost 或 IP 地址访问。',
  },
  model_not_allowed: {
    status: 403,
    ...CLIENT,
    en: 'This API key may not use the model. `GET /v1/models` with the key lists what it may use.',
    zh: '该密钥无权使用此模型；用该密钥请求 `GET /v1/models` 可查看可用模型。',
  },
  model_not_priced: {
    status: 403,
    ...CLIENT,
    en: 'The key or its member has a budget in money, and the model has no price in its currency: use another model.',
    zh: '密钥或其成员设有金额预算，而该模型没有以此货币计的价格，请换用其他模型。',
    cure: 'PRICES sets the prices of models; a budget in tokens needs none.',
  },
  key_not_managed: {
    status: 403,
    ...CLIENT,
    en: 'The key is set in the gateway’s configuration: it can only be changed there.',
    zh: '该密钥写在网关的配置中，只能在配置中修改。',
  },
  origin_not_allowed: {
    status: 403,
    ...CLIENT,
    en: 'A web page of another address tried to use the team’s administration.',
    zh: '其他地址的网页试图使用团队管理接口。',
  },
  model_not_available: {
    status: 403,
    type: 'invalid_request_error',
    outcome: 'upstream_refused',
    en: 'The upstream account may not use this model.',
    zh: '上游账户无权使用该模型。',
  },
  upstream_not_allowed: {
    status: 403,
    type: 'upstream_error',
    outcome: 'upstream_refused',
    en: 'The upstream account’s plan does not include this model, or its use is restricted.',
    zh: '上游账户的套餐不含该模型，或其使用受到限制。',
    cure: 'Check the account’s plan and restrictions (fair use) in the upstream’s console.',
    warnsOperator: true,
  },
  model_not_found: {
    status: 404,
    ...CLIENT,
    en: 'The model does not exist; the message lists those that do.',
    zh: '没有这个模型，错误信息中列出了可用模型。',
    cure: 'MODEL_ALIASES lets other names stand for models of the upstream.',
  },
  unknown_url: {
    status: 404,
    ...CLIENT,
    en: 'The path does not exist. The API is below `/v1`.',
    zh: '该路径不存在，接口都在 `/v1` 下。',
  },
  response_not_found: {
    status: 404,
    ...CLIENT,
    en: 'No such response, or item of a response, is kept for this key (any more).',
    zh: '没有为该密钥保留这个回答或其中的条目（或已过期）。',
  },
  member_not_found: {
    status: 404,
    ...CLIENT,
    en: 'The team has no such member.',
    zh: '团队中没有这个成员。',
  },
  key_not_found: {
    status: 404,
    ...CLIENT,
    en: 'The team has no key of this id.',
    zh: '团队中没有该 id 的密钥。',
  },
  invite_not_found: {
    status: 404,
    ...CLIENT,
    en: 'The invite was used already, has expired or never existed: ask for a new one.',
    zh: '邀请已被使用、已过期或不存在，请索取新的邀请。',
  },
  method_not_allowed: {
    status: 405,
    ...CLIENT,
    en: 'The path exists, but not for this method; `Allow` lists the methods.',
    zh: '路径正确但方法不对，`Allow` 头给出允许的方法。',
  },
  conflict: {
    status: 409,
    ...CLIENT,
    en: 'A member or key of this name exists already, or the team is as large as it may be.',
    zh: '已有同名的成员或密钥，或团队规模已达上限。',
  },
  request_too_large: {
    status: 413,
    ...CLIENT,
    en: 'The body is larger than the gateway or the upstream accepts.',
    zh: '请求体超过网关或上游的限制。',
    cure: 'BODY_LIMIT sets how large a body may be.',
  },
  unsupported_media_type: {
    status: 415,
    ...CLIENT,
    en: 'Send JSON with `Content-Type: application/json`.',
    zh: '请以 `Content-Type: application/json` 发送 JSON。',
  },
  websocket_unsupported: {
    status: 426,
    ...CLIENT,
    en: 'WebSockets are not supported; send a POST with `stream: true`.',
    zh: '不支持 WebSocket，请用 POST 并设置 `stream: true`。',
  },
  rate_limit_exceeded: {
    status: 429,
    type: 'rate_limit_error',
    outcome: 'rate_limited',
    en: 'A rate limit of this gateway; the message names it, `Retry-After` says how long to wait.',
    zh: '触发本网关的限额，错误信息说明是哪一项，`Retry-After` 给出等待时间。',
    cure: 'RATE_LIMIT, RATE_LIMITS, RATE_LIMIT_TOTAL, PUBLIC_RATE_LIMIT and PUBLIC_RATE_LIMIT_TOTAL set the limits, members and keys have their own; API_KEYS gives people keys of their own.',
  },
  queue_timeout: {
    status: 429,
    type: 'rate_limit_error',
    outcome: 'rate_limited',
    en: 'All slots of the upstream were in use for as long as a request may wait; `Retry-After` tells when to try again.',
    zh: '等待期间上游的并发名额一直被占用，`Retry-After` 给出建议的重试时间。',
  },
  queue_full: {
    status: 429,
    type: 'rate_limit_error',
    outcome: 'rate_limited',
    en: 'As many requests of this key, or of all keys, wait for the upstream as may: try again after `Retry-After`.',
    zh: '该密钥或全部密钥排队的请求已达上限，请在 `Retry-After` 之后重试。',
  },
  budget_exceeded: {
    status: 429,
    type: 'insufficient_quota',
    outcome: 'rate_limited',
    en: 'A budget of the key or of its member is used up; the message names it and tells when it resets.',
    zh: '密钥或其成员的预算已用完，错误信息说明是哪一项以及何时重置。',
    cure: 'Raise the budget (npm run keys -- set NAME --budget …), or wait until it resets.',
  },
  budget_busy: {
    status: 429,
    type: 'rate_limit_error',
    outcome: 'rate_limited',
    en: 'Open requests have reserved what is left of a budget: try again after `Retry-After`.',
    zh: '正在进行的请求已占用预算的剩余部分，请在 `Retry-After` 之后重试。',
  },
  request_over_budget: {
    status: 429,
    type: 'insufficient_quota',
    outcome: 'rate_limited',
    en: 'The request’s input alone is larger than what is left of a hard budget: shorten it.',
    zh: '仅请求的输入就超过了硬性预算的剩余部分，请缩短请求。',
  },
  upstream_busy: {
    status: 429,
    type: 'rate_limit_error',
    outcome: 'upstream_error',
    en: 'The upstream’s rate limit; try again later.',
    zh: '上游限流，请稍后再试。',
  },
  insufficient_quota: {
    status: 429,
    type: 'insufficient_quota',
    outcome: 'upstream_error',
    en: 'The upstream account has no balance, no such plan, or its quota is used up: `Retry-After` says until when.',
    zh: '上游账户余额不足、没有相应套餐或额度已用完，`Retry-After` 给出恢复时间。',
    cure: 'Top up the account, wait for the reset, or set the UPSTREAM_URL that belongs to this key’s plan and region.',
    warnsOperator: true,
  },
  /** The status is what logs and statistics show; the client has gone. */
  cancelled: {
    status: 499,
    type: 'invalid_request_error',
    outcome: 'cancelled',
    en: 'The client closed the request.',
    zh: '客户端关闭了请求。',
  },
  upstream_error: { status: 502, ...UPSTREAM, en: 'The upstream failed.', zh: '上游出错。' },
  upstream_refused: {
    status: 502,
    type: 'upstream_error',
    outcome: 'upstream_refused',
    en: 'Z.ai’s web chat refuses this gateway: it wants checks that ZtoApi does not fake. The gateway’s log says what works instead.',
    zh: 'Z.ai 网页版拒绝了本网关，可行的办法见网关日志。',
    cure: 'Put an official API key from https://z.ai in ZAI_TOKEN, or a self-hosted GLM in UPSTREAM_URL; `npm run demo` works without Z.ai.',
    warnsOperator: true,
  },
  upstream_unauthorized: {
    status: 502,
    ...UPSTREAM,
    en: 'The upstream does not accept the gateway’s own credential.',
    zh: '上游不接受网关自己的凭据。',
    cure: 'Check ZAI_TOKEN: expired, or of another region or plan than UPSTREAM_URL?',
    warnsOperator: true,
  },
  upstream_unreachable: {
    status: 502,
    ...UPSTREAM,
    en: 'The upstream cannot be reached.',
    zh: '无法连接上游。',
    cure: 'Check UPSTREAM_URL, this machine’s network, firewall and proxy (HTTPS_PROXY, HTTP_PROXY); CONNECT_TIMEOUT is the limit.',
    warnsOperator: true,
  },
  upstream_connection_lost: {
    status: 502,
    ...UPSTREAM,
    en: 'The connection to the upstream broke.',
    zh: '与上游的连接中断。',
  },
  upstream_wrong_url: {
    status: 502,
    ...UPSTREAM,
    en: 'There is no API at the address that the gateway has for its upstream.',
    zh: '网关所设的上游地址处没有接口。',
    cure: 'Correct UPSTREAM_URL: a base usually ends in /v1 or /api/paas/v4.',
    warnsOperator: true,
  },
  upstream_not_a_stream: {
    status: 502,
    ...UPSTREAM,
    en: 'The upstream answered with something other than an event stream.',
    zh: '上游返回的不是事件流。',
    cure: 'Check UPSTREAM_URL: another program may answer there.',
  },
  upstream_no_guest_token: {
    status: 502,
    ...UPSTREAM,
    en: 'The web chat did not issue a guest token.',
    zh: '网页版没有给出访客令牌。',
  },
  upstream_no_models: {
    status: 502,
    ...UPSTREAM,
    en: 'The upstream’s list of models cannot be read.',
    zh: '无法读取上游的模型列表。',
  },
  upstream_empty: {
    status: 502,
    ...UPSTREAM,
    en: 'The upstream finished without an answer.',
    zh: '上游结束时没有给出任何回答。',
  },
  upstream_truncated: {
    status: 502,
    type: 'upstream_error',
    outcome: 'upstream_truncated',
    en: 'The answer broke off; what was sent is incomplete.',
    zh: '回答中途断开，内容不完整。',
  },
  upstream_bad_tool_call: {
    status: 502,
    ...UPSTREAM,
    en: 'The model called a tool in a form that cannot be passed on.',
    zh: '模型给出的工具调用格式有误，无法转发。',
  },
  invalid_json_answer: {
    status: 502,
    ...UPSTREAM,
    en: 'The answer does not match the requested JSON Schema, although the model was asked a second time.',
    zh: '回答不符合所要求的 JSON 模式，且重试后仍不符合。',
  },
  upstream_event_too_large: {
    status: 502,
    ...UPSTREAM,
    en: 'One event of the upstream is larger than the gateway accepts.',
    zh: '上游的单个事件过大。',
  },
  upstream_answer_too_large: {
    status: 502,
    ...UPSTREAM,
    en: 'The answer is larger than the gateway accepts.',
    zh: '上游的回答过大。',
  },
  upstream_intercepted: {
    status: 502,
    ...UPSTREAM,
    en: 'A proxy or firewall between the gateway and the upstream answered instead of the upstream.',
    zh: '网关与上游之间的代理或防火墙代替上游作了回答。',
    cure: 'Let requests to the upstream pass the proxy, firewall or load balancer, or name a proxy in HTTPS_PROXY.',
  },
  overloaded: {
    status: 503,
    ...UPSTREAM,
    en: 'The upstream is overloaded; try again in a moment. On Messages the status is 529.',
    zh: '上游过载，请稍后再试。Messages 接口的状态码为 529。',
    cure: 'The upstream is overloaded: try again in a few minutes.',
  },
  upstream_paused: {
    status: 503,
    ...UPSTREAM,
    en: 'The upstream refuses all accounts that may serve this request, until whoever runs the gateway acts.',
    zh: '上游拒绝了可用于该请求的全部账户，需要网关管理员处理。',
    cure: 'The log and the dashboard name the credentials: check their keys, plans and balances.',
  },
  check_timeout: {
    status: 503,
    ...GATEWAY,
    en: 'The answer could not be checked against the JSON Schema in time: simplify the schema, or try again.',
    zh: '未能及时按 JSON Schema 校验回答，请简化 schema 或重试。',
  },
  shutting_down: {
    status: 503,
    ...GATEWAY,
    en: 'This replica is restarting; try again.',
    zh: '该副本正在重启，请重试。',
  },
  queue_lease_lost: {
    status: 503,
    ...GATEWAY,
    en: 'This replica was stopped for so long that the request lost its slot at the upstream; try again.',
    zh: '该副本停顿过久，请求失去了上游的并发名额，请重试。',
  },
  store_unavailable: {
    status: 503,
    ...GATEWAY,
    en: 'Redis does not answer: keys, kept responses and the dashboard’s figures cannot be read right now.',
    zh: 'Redis 没有响应，暂时无法读取密钥、保留的回答和仪表盘数据。',
  },
  upstream_timeout: {
    status: 504,
    ...UPSTREAM,
    en: 'The upstream did not answer in time, or stopped sending.',
    zh: '上游长时间没有响应或中途沉默。',
    cure: 'The upstream is reachable but slow: try again, or raise FIRST_BYTE_TIMEOUT, or IDLE_TIMEOUT if the answer had begun.',
  },
} as const satisfies Readonly<Record<string, ErrorCodeRow>>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** The codes whose row has these members, such as `{ status: 404 }`. */
export type CodeWith<Members extends Partial<ErrorCodeRow>> = {
  [Code in ErrorCode]: (typeof ERROR_CODES)[Code] extends Members ? Code : never;
}[ErrorCode];

/** @returns undefined if this version has no such code. Another version may have recorded it. */
export function findErrorCode(code: string | null | undefined): ErrorCodeRow | undefined {
  const rows: Readonly<Record<string, ErrorCodeRow>> = ERROR_CODES;
  return code !== undefined && code !== null && Object.hasOwn(rows, code) ? rows[code] : undefined;
}

/** What the operator can do about an error. @param entry See `nameEntry`. @returns `undefined` where nothing is known. */
export function findOperatorCure(
  code: string | null | undefined,
  entry: string | undefined,
): string | undefined {
  const cure = findErrorCode(code)?.cure;
  return cure && nameEntry(cure, entry);
}

/**
 * Puts an entry of UPSTREAMS_FILE in place of the variables of a single upstream, in a text for operators.
 * @param entry Its name, `undefined` without UPSTREAMS_FILE.
 */
export function nameEntry(text: string, entry: string | undefined): string {
  if (entry === undefined) return text;
  return text
    .replace(/(the )?\bUPSTREAM_URL\b/g, `the url of the entry ${entry} in UPSTREAMS_FILE`)
    .replace(/\bZAI_TOKEN\b/g, `the token of the entry ${entry}`);
}
