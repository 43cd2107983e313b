/** `system` and `messages` of Anthropic's Messages → neutral messages. */
import {
  type AssistantMessage,
  type ContentPart,
  type ImagePart,
  joinParts,
  type Message,
  type ToolCall,
} from '../../completion/request.js';
import { type Fields, isFields, missing, stringOr, wrong } from '../fields.js';
import { blocksOf, parsePart, parseText, parseTexts } from './parse-content.js';

/** Told to Anthropic by Claude Code, other in every request: for a model it is noise that spoils the prompt's cache. */
const BILLING_HEADER = 'x-anthropic-billing-header:';

/** Throws a BadRequestError that names the message and block at fault. */
export function parseMessages(system: unknown, value: unknown): Message[] {
  if (value === undefined || value === null) throw missing('messages');
  if (!Array.isArray(value)) throw wrong('messages', 'must be an array of messages');
  if (value.length === 0) throw wrong('messages', 'must hold at least one message');
  const messages = value.flatMap((message, index) => parseMessage(message, `messages[${index}]`));
  const instructions = parseSystem(system);
  return instructions === '' ? messages : [{ role: 'system', content: instructions }, ...messages];
}

function parseSystem(value: unknown): string {
  return parseTexts(value, 'system')
    .filter((text) => !text.startsWith(BILLING_HEADER))
    .join('\n');
}

function parseMessage(value: unknown, at: string): Message[] {
  if (!isFields(value)) throw wrong(at, 'must be an object with a role and content');
  switch (value.role) {
    case 'user':
      return parseUser(blocksOf(value.content, `${at}.content`), `${at}.content`);
    case 'assistant':
      return [parseAssistant(blocksOf(value.content, `${at}.content`), `${at}.content`)];
    case 'system':
    case 'developer':
      return [{ role: 'system', content: parseText(value.content, `${at}.content`) }];
    default:
      throw wrong(`${at}.role`, 'must be user, assistant or system');
  }
}

/** Results come before all else: upstreams want them right after the calls. */
function parseUser(blocks: readonly unknown[], at: string): Message[] {
  const results: Message[] = [];
  const parts: ContentPart[] = [];
  for (const [index, block] of blocks.entries()) {
    if (isFields(block) && block.type === 'tool_result') {
      const { message, images } = parseResult(block, `${at}[${index}]`);
      results.push(message);
      parts.push(...images);
    } else parts.push(parsePart(block, `${at}[${index}]`));
  }
  if (parts.length === 0 && results.length > 0) return results;
  return [...results, { role: 'user', content: joinParts(parts) }];
}

/** Upstreams take text alone as a result: its images go to the user message behind it. */
function parseResult(block: Fields, at: string): { message: Message; images: readonly ImagePart[] } {
  const content = blocksOf(block.content, `${at}.content`);
  const parts = content.map((one, index) => parsePart(one, `${at}.content[${index}]`));
  const images = parts.filter((part) => part.type === 'image');
  const words = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  if (images.length > 0) words.push(`(${images.length} image(s) of this result: in the next user message.)`);
  if (block.is_error === true) words.unshift('The tool failed:');
  const callId = idOf(block.tool_use_id, `${at}.tool_use_id`);
  return { message: { role: 'tool', callId, content: words.join('\n') }, images };
}

/** Blocks that only Anthropic's own servers make (their tools, for one) tell GLM nothing and are left out. */
function parseAssistant(blocks: readonly unknown[], at: string): AssistantMessage {
  let content = '';
  const thoughts: string[] = [];
  const toolCalls: ToolCall[] = [];
  for (const [index, block] of blocks.entries()) {
    const here = `${at}[${index}]`;
    if (!isFields(block)) throw wrong(here, 'must be a content block with a type');
    if (block.type === 'text') content += stringOr(block.text, '');
    // The summary that stands for an earlier part of the conversation.
    else if (block.type === 'compaction') content += stringOr(block.content, '');
    else if (block.type === 'thinking') thoughts.push(stringOr(block.thinking, ''));
    else if (block.type === 'tool_use') toolCalls.push(parseCall(block, here));
  }
  const reasoning = thoughts.filter(Boolean).join('\n');
  return {
    role: 'assistant',
    content,
    ...(reasoning === '' ? {} : { reasoning }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
  };
}

function parseCall(block: Fields, at: string): ToolCall {
  if (typeof block.name !== 'string' || block.name === '') {
    throw wrong(`${at}.name`, 'must name the tool that was called');
  }
  return {
    id: idOf(block.id, `${at}.id`),
    name: block.name,
    arguments: JSON.stringify(block.input ?? {}),
  };
}

function idOf(value: unknown, at: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw wrong(at, 'must be the id of the tool call');
}
