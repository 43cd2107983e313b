/** The HTTP failures of the upstreams, as whole replies (protocol notes 2.7 and 4.4). */
import { gzipSync } from 'node:zlib';
import { html, json, type Reply } from './reply.js';
import type { Scenario } from './scenarios.js';

/** Z.ai's API, vLLM, and the web chat have each their own error body. */
export type Dialect = 'web' | 'zai' | 'vllm';

/** The failure that the scenario asks for before any event, if it does. */
export function failureOf(scenario: Scenario, dialect: Dialect): Reply | undefined {
  const reply = plainFailure(scenario, dialect);
  const retryAfter = scenario.text('retry-after');
  if (reply && retryAfter) reply.headers['retry-after'] = retryAfter;
  return reply;
}

export function errorReply(dialect: Dialect, status: number, message: string, code = codeFor(status)): Reply {
  return json(status, errorBody(dialect, status, message, code));
}

export function errorBody(dialect: Dialect, status: number, message: string, code = codeFor(status)): object {
  if (dialect === 'web') return { detail: message };
  if (dialect === 'zai') return { error: { code, message } };
  return { error: { message, type: vllmType(status), param: null, code: status } };
}

function plainFailure(scenario: Scenario, dialect: Dialect): Reply | undefined {
  const status = scenario.text('status');
  const code = scenario.text('code');
  const error = errorBody(dialect, 500, 'Something went wrong. Please try again.');
  if (status !== undefined) return statusFailure(status, dialect);
  if (code !== undefined) return codeFailure(code, dialect);
  if (scenario.has('gzip-error')) return gzipped(json(500, error));
  if (scenario.has('html-error')) return html(500, '500 Internal Server Error');
  if (scenario.has('empty-error')) return { status: 500, headers: {}, body: '' };
  if (scenario.has('broken-json-error')) {
    return { ...json(500, {}), body: JSON.stringify(error).slice(0, -9) };
  }
  if (scenario.has('html-200')) return html(200, 'Just a moment…');
  if (scenario.has('json-200'))
    return dialect === 'web' ? json(200, { error: webError() }) : json(200, error);
  return undefined;
}

function webError(): object {
  return { detail: 'Something went wrong. Please try again.', code: 500 };
}

function gzipped(reply: Reply): Reply {
  const headers = { ...reply.headers, 'content-encoding': 'gzip' };
  return { ...reply, headers, body: gzipSync(String(reply.body)) };
}

const webDetails: Record<string, string> = {
  '400-signature': '403: Signature validation failed. Please refresh the page.',
  '400-busy': '系统繁忙，请稍后再试 (system busy)',
  '401': '401 Unauthorized: session expired or invalid',
  '403': "You don't have permission to use this model",
  '408': 'Request Timeout',
  '429': 'Too many requests. Please try again later.',
  '429-concurrency': 'Too many concurrent requests for this account (concurrency limit)',
  '500': 'Internal Server Error',
  '503': 'Service Unavailable',
};

/** `429-concurrency` and the like: the status is the number in front. */
function statusFailure(name: string, dialect: Dialect): Reply {
  const status = Number.parseInt(name, 10);
  if (!(status >= 400 && status <= 599))
    return errorReply(dialect, 400, `sim:status=${name} is no HTTP failure`);
  if (status === 405) return html(405, '405'); // the web application firewall's page
  if (status === 502) return html(502, '502 Bad Gateway');
  const detail = webDetails[name] ?? webDetails[String(status)] ?? `Simulated HTTP ${status}`;
  if (dialect === 'web' && status === 429) return json(429, { detail, code: 429 });
  return errorReply(dialect, status, detail);
}

const codes: Record<string, [status: number, message: string]> = {
  1000: [401, 'Authentication Failed'],
  1001: [401, 'Authentication parameter not received in Header, unable to authenticate'],
  1002: [401, 'Authentication Token is invalid, please confirm the correct transmission of the Token'],
  1003: [401, 'Authentication Token has expired, please regenerate or obtain a new one'],
  1004: [401, 'Authentication with the provided Token failed'],
  1110: [429, 'Your account is currently inactive'],
  1111: [429, 'Your account does not exist'],
  1112: [429, 'Your account has been locked, please contact customer service'],
  1113: [429, 'Insufficient balance or no resource package. Please recharge.'],
  1120: [429, 'Unable to successfully access your account, please try again later'],
  1121: [429, 'Account has irregularities, it has been locked'],
  1210: [400, 'API call parameter error, please check the documentation'],
  1211: [400, 'Unknown Model, please check the model code.'],
  1212: [400, 'The current model does not support the called method'],
  1213: [400, 'A required parameter was not received properly'],
  1214: [400, 'Incorrect role information'],
  1215: [400, 'Two parameters cannot be set at the same time'],
  1220: [403, 'You do not have permission to access this API'],
  1221: [403, 'The API has been taken offline'],
  1222: [403, 'The API does not exist'],
  1230: [500, 'API call process error'],
  1231: [400, 'You already have a request with this request_id'],
  1234: [500, 'Network error, please contact customer service'],
  1261: [400, 'Prompt exceeds max length'],
  1300: [400, 'API call blocked by policy'],
  1301: [400, 'System detected potentially unsafe or sensitive content in input or generation'],
  1302: [429, 'High concurrency usage of this API, please reduce concurrency'],
  1303: [429, 'High frequency usage of this API, please reduce frequency'],
  1304: [429, 'Daily call limit for this API reached'],
  1305: [429, 'The API has triggered a rate limit, the platform is overloaded'],
  1308: [429, 'Usage limit reached for 5 hours. Your limit will reset at 2026-01-01 00:00:00'],
  1310: [429, 'Weekly limit exhausted. Your limit will reset at 2026-01-01 00:00:00'],
  1311: [403, 'The current subscription plan does not include this model'],
  1312: [503, 'The model is currently overloaded, please try again later'],
  1313: [403, 'Your usage does not comply with the fair use policy'],
};

export function codeFailure(code: string, dialect: Dialect, message?: string): Reply {
  const [status, text] = codes[code] ?? [500, `Simulated error ${code}`];
  return errorReply(dialect, status, message ?? text, code);
}

/** The business code for a bare HTTP status. */
function codeFor(status: number): string {
  const known: Record<number, string> = {
    400: '1210',
    401: '1000',
    403: '1220',
    404: '1222',
    429: '1302',
    503: '1312',
  };
  return known[status] ?? '1234';
}

function vllmType(status: number): string {
  const known: Record<number, string> = {
    400: 'BadRequestError',
    401: 'AuthenticationError',
    404: 'NotFoundError',
  };
  return known[status] ?? 'InternalServerError';
}
