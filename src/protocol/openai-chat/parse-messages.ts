/** `messages` of a chat completion → neutral messages. */
import type { GivenContent, GivenMessage } from '../../completion/history.js';
import type { ToolCall } from '../../completion/request.js';
import { parseMessage as parseBlockMessage } from '../anthropic-messages/parse-messages.js';
import { parseContent, parseResultContent } from '../content.js';
import { type Fields, isFields, missing, stringOr, unsupported, wrong } from '../fields.js';
import { wrapInput } from '../tools/freeform.js';

const ANTHROPIC_BLOCKS = ['thinking', 'redacted_thinking', 'tool_use', 'tool_result'];

/** Throws a BadRequestError that names the message and part at fault. */
export function parseMessages(value: unknown): GivenMessage[] {
  if (value === undefined || value === null) throw missing('messages');
  if (!Array.isArray(value)) throw wrong('messages', 'must be an array of messages');
  if (value.length === 0) throw wrong('messages', 'must hold at least one message');
  return value.flatMap((message, index) => parseMessage(message, `messages[${index}]`));
}

function parseMessage(value: unknown, at: string): GivenMessage[] {
  if (!isFields(value)) throw wrong(at, 'must be an object with a role and content');
  return hasBlocks(value) ? parseBlocks(value, at) : [parseOwnMessage(value, at)];
}

/** Whether the content has blocks of Anthropic's Messages; some agents send their history in that form. */
function hasBlocks({ role, content }: Fields): boolean {
  if ((role !== 'user' && role !== 'assistant') || !Array.isArray(content)) return false;
  return content.some((part) => isFields(part) && ANTHROPIC_BLOCKS.includes(part.type as string));
}

/** Calls may also be in `tool_calls`, beside the blocks. */
function parseBlocks(value: Fields, at: string): GivenMessage[] {
  const calls = parseToolCalls(value.tool_calls, `${at}.tool_calls`);
  return parseBlockMessage(value, at).map((message) =>
    message.role === 'assistant' && message.toolCalls === undefined && calls.length > 0
      ? { ...message, toolCalls: calls }
      : message,
  );
}

function parseOwnMessage(value: Fields, at: string): GivenMessage {
  switch (value.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: parseContent(value.content, `${at}.content`) };
    case 'user':
      return { role: 'user', content: parseContent(value.content, `${at}.content`) };
    case 'assistant':
      return parseAssistant(value, at);
    case 'tool':
      return {
        role: 'tool',
        callId: parseCallId(value.tool_call_id, `${at}.tool_call_id`),
        content: parseResultContent(value.content, `${at}.content`),
      };
    case 'function':
      throw unsupported(`${at}.role`, 'functions are not supported; send tools and messages of role "tool".');
    default:
      throw wrong(`${at}.role`, 'must be system, developer, user, assistant or tool');
  }
}

function parseAssistant(value: Fields, at: string): GivenMessage {
  if (isFields(value.function_call)) {
    throw unsupported(`${at}.function_call`, 'functions are not supported; send tools and tool_calls.');
  }
  const toolCalls = parseToolCalls(value.tool_calls, `${at}.tool_calls`);
  const reasoning = stringOr(value.reasoning_content, '') || stringOr(value.reasoning, '');
  const content: GivenContent = parseContent(value.content, `${at}.content`);
  return {
    role: 'assistant',
    content: content.length > 0 ? content : stringOr(value.refusal, ''),
    ...(reasoning === '' ? {} : { reasoning }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
  };
}

function parseToolCalls(value: unknown, at: string): ToolCall[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrong(at, 'must be an array of tool calls');
  return value.map((call, index) => parseToolCall(call, `${at}[${index}]`));
}

function parseToolCall(call: unknown, at: string): ToolCall {
  if (!isFields(call)) throw wrong(at, 'must be an object with an id and a function');
  if (call.type === 'custom') return parseCustomCall(call, at);
  const called = isFields(call.function) ? call.function : {};
  if (typeof called.name !== 'string' || called.name === '') {
    throw wrong(`${at}.function.name`, 'must name the function that was called');
  }
  // Some clients send the arguments parsed.
  const written = called.arguments ?? '';
  return {
    id: parseCallId(call.id, `${at}.id`),
    name: called.name,
    arguments: typeof written === 'string' ? written : JSON.stringify(written),
  };
}

/** A call of a freeform tool; its text becomes the arguments of the function that upstreams are offered. */
function parseCustomCall(call: Fields, at: string): ToolCall {
  const { name, input } = isFields(call.custom) ? call.custom : {};
  if (typeof name !== 'string' || name === '') {
    throw wrong(`${at}.custom.name`, 'must name the tool that was called');
  }
  return { id: parseCallId(call.id, `${at}.id`), name, arguments: wrapInput(stringOr(input, '')) };
}

function parseCallId(value: unknown, at: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw wrong(at, 'must be the id of the tool call');
}
