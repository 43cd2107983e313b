/** `messages` of a chat completion → neutral messages. */
import type { Message } from '../../completion/request.js';
import { BadRequestError } from '../../errors.js';

type Fields = Readonly<Record<string, unknown>>;

/** Throws a BadRequestError that names the message and part at fault. */
export function parseMessages(value: unknown): Message[] {
  if (value === undefined || value === null) {
    throw new BadRequestError('messages is missing.', {
      code: 'missing_required_parameter',
      param: 'messages',
    });
  }
  if (!Array.isArray(value)) throw wrong('messages', 'must be an array of messages');
  if (value.length === 0) throw wrong('messages', 'must hold at least one message');
  return value.map((message, index) => parseMessage(message, `messages[${index}]`));
}

function parseMessage(value: unknown, at: string): Message {
  if (!isFields(value)) throw wrong(at, 'must be an object with a role and content');
  const role = value.role;
  const content = parseContent(value.content, `${at}.content`);
  switch (role) {
    case 'system':
    case 'developer':
      return { role: 'system', content };
    case 'user':
      return { role: 'user', content };
    case 'assistant':
      if (Array.isArray(value.tool_calls) && value.tool_calls.length > 0) throw noTools(`${at}.tool_calls`);
      if (isFields(value.function_call)) throw noTools(`${at}.function_call`);
      return { role: 'assistant', content: content || textOf(value.refusal) };
    case 'tool':
    case 'function':
      throw noTools(`${at}.role`);
    default:
      throw wrong(`${at}.role`, 'must be system, developer, user or assistant');
  }
}

/** A string, text parts (joined by line ends), or null. */
function parseContent(value: unknown, at: string): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) throw wrong(at, 'must be a string, an array of text parts, or null');
  return value.map((part, index) => parsePart(part, `${at}[${index}]`)).join('\n');
}

function parsePart(part: unknown, at: string): string {
  if (typeof part === 'string') return part;
  if (!isFields(part)) throw wrong(at, 'must be an object with a type');
  const { type } = part;
  if (type === 'text') {
    if (typeof part.text !== 'string') throw wrong(`${at}.text`, 'must be a string');
    return part.text;
  }
  if (type === 'refusal') return textOf(part.refusal);
  if (typeof type === 'string') {
    throw new BadRequestError(
      `${at}: parts of type ${JSON.stringify(type.slice(0, 50))} are not supported; send text.`,
      {
        code: 'unsupported_content',
        param: at,
      },
    );
  }
  throw wrong(`${at}.type`, 'must be "text"');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(param: string, rule: string): BadRequestError {
  return new BadRequestError(`${param} ${rule}.`, { code: 'invalid_value', param });
}

function noTools(param: string): BadRequestError {
  return new BadRequestError(
    `${param}: tool calls and their results are not supported yet; send text messages.`,
    {
      code: 'unsupported_parameter',
      param,
    },
  );
}
