/**
 * The business codes of the official API: the HTTP status of each and its words, in English as at api.z.ai, and in
 * Chinese as at open.bigmodel.cn where those are known.
 */
import type { SimulatedError } from './error-forms.js';

interface CodeRow {
  status: number;
  /** `{reset}` is the time at which a used-up limit is reset. */
  message: string;
  chinese?: string;
  /** Seconds until then, unless `sim:resets-in` says otherwise. */
  resetsIn?: number;
}

const HOUR = 3600;

const CODES: Readonly<Record<string, CodeRow>> = {
  1000: { status: 401, message: 'Authentication Failed', chinese: '身份验证失败。' },
  1001: {
    status: 401,
    message: 'Authentication parameter not received in Header, unable to authenticate',
    chinese: 'Header中未收到Authorization参数，无法进行身份验证。',
  },
  1002: {
    status: 401,
    message: 'Authentication Token is invalid, please confirm the correct transmission of the Token',
  },
  1003: {
    status: 401,
    message: 'Authentication Token has expired, please regenerate or obtain a new one',
    chinese: '身份验证令牌已过期，请重新生成或获取新的令牌。',
  },
  1004: { status: 401, message: 'Authentication with the provided Token failed' },
  1110: { status: 429, message: 'Your account is currently inactive' },
  1111: { status: 429, message: 'Your account does not exist' },
  1112: { status: 429, message: 'Your account has been locked, please contact customer service to unlock' },
  1113: {
    status: 429,
    message: 'Insufficient balance or no resource package. Please recharge.',
    chinese: '余额不足或无可用资源包,请充值。',
  },
  1120: { status: 429, message: 'Unable to successfully access your account, please try again later' },
  1121: { status: 429, message: 'Account has irregularities, it has been locked' },
  1210: {
    status: 400,
    message: 'Invalid API parameter, please check the documentation.',
    chinese: 'API 调用参数有误，请检查文档。',
  },
  1211: {
    status: 400,
    message: 'Unknown Model, please check the model code.',
    chinese: '模型不存在，请检查模型代码。',
  },
  1212: { status: 400, message: 'The current model does not support the called method' },
  1213: {
    status: 400,
    message: 'The prompt parameter was not received normally.',
    chinese: '未正常接收到prompt参数。',
  },
  1214: { status: 400, message: 'Incorrect role information', chinese: '角色信息不正确' },
  1215: { status: 400, message: 'Two parameters cannot be set at the same time' },
  1220: {
    status: 403,
    message: 'You do not have permission to access this model',
    chinese: '您无权访问该模型。',
  },
  1221: { status: 403, message: 'The API has been taken offline' },
  1222: { status: 403, message: 'The API does not exist' },
  1230: { status: 500, message: 'API call process error' },
  1231: { status: 400, message: 'You already have a request with this request_id' },
  1234: {
    status: 500,
    message: 'Network error, please contact customer service',
    chinese: '网络错误，请稍后重试或联系客服。',
  },
  1261: { status: 400, message: 'Prompt exceeds max length', chinese: 'Prompt 超长' },
  1300: { status: 400, message: 'API call blocked by policy' },
  1301: {
    status: 400,
    message:
      'System detected potentially unsafe or sensitive content in input or generation. Please avoid prompts that may generate it.',
    chinese: '系统检测到输入或生成内容可能包含不安全或敏感内容，请您避免输入易产生敏感内容的提示语。',
  },
  1302: {
    status: 429,
    message: 'Rate limit reached for requests',
    chinese: '您的账户已达到速率限制，请您控制请求频率',
  },
  1303: {
    status: 429,
    message: 'High frequency usage of this API, please reduce frequency',
    chinese: '您当前使用该API的频率过高，请降低频率。',
  },
  1304: {
    status: 429,
    message: 'Daily call limit for this API reached',
    chinese: '该API已达今日调用次数限额。',
  },
  1305: {
    status: 429,
    message: 'The service may be temporarily overloaded, please try again later',
    chinese: '该模型当前访问量过大，请您稍后再试',
  },
  1308: {
    status: 429,
    message: 'Usage limit reached for 5 hour. Your limit will reset at {reset}',
    chinese: '已达到 5 小时的使用上限。您的限额将在 {reset} 重置。',
    resetsIn: 2 * HOUR,
  },
  1309: {
    status: 429,
    message: 'Your GLM Coding Plan package has expired and is temporarily unavailable',
    chinese: '您的 GLM Coding Plan 套餐已到期，暂无法使用。',
  },
  1310: {
    status: 429,
    message: 'Weekly/Monthly Limit Exhausted. Your limit will reset at {reset}',
    chinese: '已达到每周/每月使用上限，您的限额将在 {reset} 重置。',
    resetsIn: 76 * HOUR,
  },
  1311: {
    status: 429,
    message: 'Your current subscription plan does not yet include access to this model',
    chinese: '当前订阅套餐暂未开放该模型权限',
  },
  1312: { status: 503, message: 'The model is currently overloaded, please try again later' },
  1313: {
    status: 429,
    message:
      "Your account's current usage pattern does not comply with the Fair Usage Policy, and your request frequency has been limited.",
    chinese: '您的账户当前使用模式不符合公平使用政策，请求频率已被限制。',
  },
};

export interface CodeOptions {
  message?: string | undefined;
  chinese?: boolean;
  resetsIn?: number | undefined;
}

/** Unknown codes have the status 500. */
export function codeError(code: string, { message, chinese, resetsIn }: CodeOptions = {}): SimulatedError {
  const row = CODES[code] ?? { status: 500, message: `Simulated error ${code}` };
  const text = message ?? ((chinese && row.chinese) || row.message);
  const reset = formatBeijingTime(Date.now() + (resetsIn ?? row.resetsIn ?? 0) * 1000);
  return { status: row.status, code, message: text.replace('{reset}', reset) };
}

/** The business code for a bare HTTP status. */
export function codeForStatus(status: number): string {
  const known: Record<number, string> = {
    400: '1210',
    401: '1000',
    403: '1220',
    404: '1222',
    429: '1302',
    503: '1312',
    529: '1305',
  };
  return known[status] ?? '1234';
}

/** Formats a time as Z.ai does: `2026-09-09 05:38:28` in Beijing time, without a zone. */
function formatBeijingTime(ms: number): string {
  return new Date(ms + 8 * HOUR * 1000).toISOString().slice(0, 19).replace('T', ' ');
}
