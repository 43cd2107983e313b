/** `system` and `messages` of Anthropic's Messages → neutral messages. */
import type { GivenMessage, GivenPart } from '../../completion/history.js';
import type { ToolCall } from '../../completion/request.js';
import { parseContent, parsePart, parseResultContent } from '../content.js';
import { type Fields, isFields, missing, stringOr, wrong } from '../fields.js';

/** Claude Code's billing line, which changes with every request: it means nothing to GLM and would defeat prompt caching. */
const BILLING_HEADER = 'x-anthropic-billing-header:';

/** Puts `system` first. Throws a BadRequestError that names the message and block at fault. */
export function parseMessages(system: unknown, value: unknown): GivenMessage[] {
  if (value === undefined || value === null) throw missing('messages');
  if (!Array.isArray(value)) throw wrong('messages', 'must be an array of messages');
  if (value.length === 0) throw wrong('messages', 'must hold at least one message');
  const messages = value.flatMap((message, index) => parseMessage(message, `messages[${index}]`));
  const instructions = parseSystem(system);
  return instructions.length === 0 ? messages : [{ role: 'system', content: instructions }, ...messages];
}

function parseSystem(value: unknown): readonly GivenPart[] {
  return parseParts(value, 'system').filter(
    (part) => part.type !== 'text' || !part.text.startsWith(BILLING_HEADER),
  );
}

/** One message may become several: results of tools are messages of their own. Throws a BadRequestError that names the block. */
export function parseMessage(value: unknown, at: string): GivenMessage[] {
  if (!isFields(value)) throw wrong(at, 'must be an object with a role and content');
  switch (value.role) {
    case 'user':
      return parseUser(toBlocks(value.content, `${at}.content`), `${at}.content`);
    case 'assistant':
      return [parseAssistant(toBlocks(value.content, `${at}.content`), `${at}.content`)];
    case 'system':
    case 'developer':
      return [{ role: 'system', content: parseContent(value.content, `${at}.content`) }];
    default:
      throw wrong(`${at}.role`, 'must be user, assistant or system');
  }
}

/** Puts results first: upstreams require them right after the calls. */
function parseUser(blocks: readonly unknown[], at: string): GivenMessage[] {
  const results: GivenMessage[] = [];
  const parts: GivenPart[] = [];
  for (const [index, block] of blocks.entries()) {
    const here = `${at}[${index}]`;
    if (isFields(block) && block.type === 'tool_result') results.push(parseResult(block, here));
    else parts.push(parsePart(block, here));
  }
  return parts.length === 0 ? results : [...results, { role: 'user', content: parts }];
}

function parseResult(block: Fields, at: string): GivenMessage {
  const content = parseResultContent(block.content, `${at}.content`);
  const callId = parseCallId(block.tool_use_id, `${at}.tool_use_id`);
  if (block.is_error !== true) return { role: 'tool', callId, content };
  const parts: readonly GivenPart[] =
    typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  return { role: 'tool', callId, content: [{ type: 'text', text: 'The tool failed:' }, ...parts] };
}

/** Skips blocks that only Anthropic's own servers produce, such as calls of their tools. */
function parseAssistant(blocks: readonly unknown[], at: string): GivenMessage {
  const parts: GivenPart[] = [];
  const thoughts: string[] = [];
  const toolCalls: ToolCall[] = [];
  let text = '';
  for (const [index, block] of blocks.entries()) {
    const here = `${at}[${index}]`;
    if (!isFields(block)) throw wrong(here, 'must be a content block with a type');
    switch (block.type) {
      case 'text':
        text += stringOr(block.text, '');
        break;
      // Anthropic's summary of an earlier part of the conversation.
      case 'compaction':
        text += stringOr(block.content, '');
        break;
      case 'thinking':
        thoughts.push(stringOr(block.thinking, ''));
        break;
      case 'tool_use':
        toolCalls.push(parseCall(block, here));
        break;
      case 'image':
      case 'document':
        parts.push({ type: 'text', text }, parsePart(block, here));
        text = '';
    }
  }
  const reasoning = thoughts.filter(Boolean).join('\n');
  return {
    role: 'assistant',
    content: parts.length === 0 ? text : [...parts, { type: 'text', text }],
    ...(reasoning === '' ? {} : { reasoning }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
  };
}

function parseCall(block: Fields, at: string): ToolCall {
  if (typeof block.name !== 'string' || block.name === '') {
    throw wrong(`${at}.name`, 'must name the tool that was called');
  }
  return {
    id: parseCallId(block.id, `${at}.id`),
    name: block.name,
    // Some agents keep it as it was streamed.
    arguments: typeof block.input === 'string' ? block.input : JSON.stringify(block.input ?? {}),
  };
}

function parseCallId(value: unknown, at: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw wrong(at, 'must be the id of the tool call');
}

/** Converts content (a string, blocks, or nothing) to blocks. */
function toBlocks(value: unknown, at: string): readonly unknown[] {
  if (value === undefined || value === null || value === '') return [];
  if (typeof value === 'string') return [{ type: 'text', text: value }];
  if (isFields(value)) return [value];
  if (!Array.isArray(value)) throw wrong(at, 'must be a string or an array of content blocks');
  return value;
}

function parseParts(value: unknown, at: string): readonly GivenPart[] {
  return toBlocks(value, at).map((block, index) => parsePart(block, `${at}[${index}]`));
}
