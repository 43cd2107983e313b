/**
 * What the words of an upstream's error are about. Servers tell the same fault under different statuses and codes, and
 * some of them by words alone.
 */
import type { ErrorFields } from './error-fields.js';

/** Limits of requests or tokens per time, whose messages resemble those about a prompt that is too long. */
const RATE =
  /per[\s_-]?(second|min|hour|day)|\b[TR]P[MD]\b|rate[\s_-]?limit|throttl|too many requests|please wait|\bquota\b/i;

const TOO_LONG_NAMES = new Set([
  'context_length_exceeded', // OpenAI, vLLM
  'exceed_context_size_error', // llama.cpp
  'contextwindowexceedederror', // LiteLLM
  'context_window_exceeded',
  'model_context_window_exceeded',
  'model_max_prompt_tokens_exceeded', // Copilot
  'string_above_max_length',
  'prompt_too_long',
  'input_too_long',
]);
const TOO_LONG: readonly RegExp[] = [
  // OpenAI, vLLM, SGLang, llama.cpp, LM Studio, OpenRouter, Mistral, MiniMax
  /\bcontext[\s_-]?(length|window|size|limit)\b.*(exceed|too|long|large|great|over|max|limit|reduce|<)/is,
  /(exceed|too|long|large|great|over|max|limit|reduce|beyond).*\bcontext[\s_-]?(length|window|size|limit)\b/is,
  // Anthropic, Ollama, Bedrock
  /\b(prompt|input|conversation|messages?)\b[^.;]{0,60}\btoo (long|large)\b/i,
  // Z.ai, Gemini, Copilot, SGLang, older vLLM
  /\b(prompt|input)\b[^.;]{0,60}\b(exceed\w*|longer than|greater than|more than)\b[^.;]{0,60}(max|limit|length|tokens|\d)/i,
  /\bmaximum (prompt|input|sequence|model) length\b/i, // xAI
  /\breduce (the length of )?(the |your )?(input |prompt )?(messages?|prompt|input)\b/i, // Groq, Cerebras
  /`?inputs`? (tokens )?(\+ `?max_new_tokens`? )?must (be|have) (<=|less)/i, // TGI
  /\bexceed\w* (the )?model token limit\b/i, // Kimi
  /\binput length should be\b/i, // DashScope
  /\btoo many (input |prompt )?tokens\b/i,
  /超长|过长|长度超|上下文.{0,12}超|超(出|过).{0,12}(上下文|长度|token)/i,
];
/** Pictures and files can be too large as well. */
const FILE = '(?:image|picture|file|audio|video|图片|文件)';
const FILE_TOO_LARGE = new RegExp(
  `${FILE}[^.;]{0,40}too (long|large)|too (long|large)[^.;]{0,40}${FILE}`,
  'i',
);

const MAX_TOKENS = 'max_(?:completion_|output_|new_)?tokens';
const BEGINS_WITH_MAX_TOKENS = new RegExp(`^\\W*(invalid )?(value for )?\\W*${MAX_TOKENS}\\b`, 'i');
const ABOUT_MAX_TOKENS = new RegExp(
  `\\b${MAX_TOKENS}\\b.{0,80}(too large|too big|must|should|range|at most|less than|<=|>|exceed|cannot|maximum|invalid|illegal|超|范围)`,
  'is',
);
const PROMPT_TOKENS =
  /(?:context limit: |\()?([\d,]+) (?:tokens )?(?:\+ \d|in the messages|in your prompt|in the prompt|from the input|of text input|input tokens|`?inputs`? tokens)/i;
const WINDOW_TOKENS = /(?:context length (?:is|of)|<=|context_length|\+ [\d,]+ >) \(?([\d,]+)/i;

/** Which limit of the model the request goes beyond. */
export function exceededLength({ message, code, type }: ErrorFields): 'context' | 'max_tokens' | undefined {
  if (RATE.test(message) || RATE.test(`${code} ${type}`)) return undefined;
  const named = TOO_LONG_NAMES.has(code.toLowerCase()) || TOO_LONG_NAMES.has(type.toLowerCase());
  const told = !FILE_TOO_LARGE.test(message) && TOO_LONG.some((pattern) => pattern.test(message));
  const prompt = readTokenCount(PROMPT_TOKENS, message);
  const window = readTokenCount(WINDOW_TOKENS, message);
  const isCounted = prompt !== undefined && window !== undefined;
  // A prompt of less than half the window need not be shortened: then `max_tokens` is too large.
  if (isCounted) return prompt * 2 < window ? 'max_tokens' : 'context';
  if (BEGINS_WITH_MAX_TOKENS.test(message)) return ABOUT_MAX_TOKENS.test(message) ? 'max_tokens' : undefined;
  if (named || told) return 'context';
  return ABOUT_MAX_TOKENS.test(message) ? 'max_tokens' : undefined;
}

function readTokenCount(pattern: RegExp, message: string): number | undefined {
  const digits = pattern.exec(message)?.[1]?.replaceAll(',', '');
  return digits ? Number(digits) : undefined;
}

const UNSUPPORTED_CONTENT: readonly RegExp[] = [
  // llama.cpp, OpenRouter, vLLM, SGLang
  /\b(image|images|image input|vision|audio|video|multi-?modal|pdf|file)s?( input| content| data)?s? (is|are) not supported\b/i,
  /\b(does not|doesn't|do not|cannot|can't|not) (support|accept|process|handle|read)\w*( the)? (image|vision|picture|audio|video|multi-?modal|pdf|file)/i,
  /\bno endpoints found that support (image|audio|video|file)/i,
  /\bnot a (multi-?modal|vision)\b/i,
  /\bat most 0 (image|audio|video)/i,
  /\bunknown variant `?(image_url|input_audio|video_url)/i, // DeepSeek
  /不支持.{0,8}(图片|图像|视觉|音频|视频|多模态)/,
];

/** The model does not take this kind of content: pictures, audio, files. */
export function isUnsupportedContent({ message }: ErrorFields): boolean {
  return UNSUPPORTED_CONTENT.some((pattern) => pattern.test(message));
}

const OVERLOADED =
  /overload|\b(at|over|no) (available )?capacity\b|queue is full|访问量过大|负载过高|模型繁忙/i;

/** The upstream is out of capacity. */
export function isOverloaded({ message, code, type }: ErrorFields): boolean {
  return OVERLOADED.test(code) || OVERLOADED.test(type) || OVERLOADED.test(message);
}

const NO_QUOTA =
  /insufficient[\s_-]?(account[\s_-]?)?(quota|balance|funds|credits?)|exceeded[\s_-](your[\s_-])?current[\s_-]quota|billing_hard_limit|arrearage|余额不足|欠费/i;

/** The account is out of money or quota. */
export function isOutOfQuota({ message, code, type }: ErrorFields): boolean {
  return NO_QUOTA.test(code) || NO_QUOTA.test(type) || NO_QUOTA.test(message);
}

const FILTERED_NAMES = /content_?(filter|policy)|data_?inspection|moderation/i;

export function isFiltered({ message, code, type }: ErrorFields): boolean {
  return (
    FILTERED_NAMES.test(code) || FILTERED_NAMES.test(type) || /\b(was )?flagged\b.*moderation/i.test(message)
  );
}

const MODEL = /\bmodel(_?code|_?name|_?id)?\b|模型/i;
const UNKNOWN =
  /not[\s_-]?(exist|found|available|loaded)|does\s?n[o']t exist|no such|unknown|unrecognized|invalid|incorrect|illegal|不存在|错误|不正确|未找到/i;

/** The model that was asked for is unknown there. `loosely`: under a status that says so as well. */
export function isUnknownModel({ message, code }: ErrorFields, loosely: boolean): boolean {
  if (/^model_?not_?(found|exist)/i.test(code)) return true;
  if (loosely) return MODEL.test(message);
  return /\bmodel\b.{0,80}\b(does not exist|not found|is unknown)|模型.{0,20}不存在|(no such|unknown) model\b/i.test(
    message,
  );
}

/** Z.ai's 1214 is about any parameter; this one is about the model. */
export function isInvalidModel({ message }: ErrorFields): boolean {
  return (
    MODEL.test(message) &&
    UNKNOWN.test(message) &&
    !/message|role|token|tool|temperature|消息|角色/i.test(message)
  );
}
