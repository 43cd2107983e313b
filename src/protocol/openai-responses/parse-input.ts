/** `instructions` and `input` of a response → neutral messages. */
import { type ImagePart, joinParts, type Message, type ToolCall } from '../../completion/request.js';
import { type Fields, isFields, missing, stringOr, unsupported, wrong } from '../fields.js';
import { wrapInput } from '../openai-chat/freeform.js';
import type { ToolNames } from '../openai-chat/tool-names.js';
import { MessageList } from './message-list.js';
import { parseContent, parseText } from './parse-content.js';
import { reasoningOf } from './reasoning.js';

/** Throws a BadRequestError that names the item at fault. */
export function parseInput(
  input: unknown,
  instructions: string | undefined,
  toolNames: ToolNames,
): Message[] {
  const said = parseItems(input, toolNames);
  if (said.length === 0)
    throw wrong('input', 'must hold at least one message, function_call or function_call_output');
  return instructions ? [{ role: 'system', content: instructions }, ...said] : said;
}

function parseItems(input: unknown, toolNames: ToolNames): Message[] {
  if (input === undefined || input === null) throw missing('input');
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  if (!Array.isArray(input)) throw wrong('input', 'must be a string or an array of items');
  const list = new MessageList();
  for (const [index, item] of input.entries()) parseItem(item, `input[${index}]`, list, toolNames);
  return list.end();
}

/**
 * Items of other types are what tools of other types left behind (web_search_call, mcp_list_tools, …). As those tools are
 * not offered here, they are left out; only items that stand for what is not there are refused.
 */
function parseItem(item: unknown, at: string, list: MessageList, toolNames: ToolNames): void {
  if (!isFields(item)) throw wrong(at, 'must be an object with a type');
  switch (item.type) {
    case undefined:
    case null:
    case 'message':
      parseMessage(item, at, list);
      break;
    case 'reasoning':
      list.reasoning(reasoningOf(item));
      break;
    case 'function_call':
    case 'custom_tool_call':
      list.called(parseCall(item, at, toolNames));
      break;
    case 'function_call_output':
    case 'custom_tool_call_output':
      parseResult(item, at, list);
      break;
    case 'item_reference':
      throw unsupported(at, 'items are not kept here; send the item itself (with store: false SDKs do).');
    case 'compaction':
    case 'compaction_trigger':
      throw unsupported(at, 'compaction is not offered here; send the conversation itself.');
    default:
      if (typeof item.type !== 'string') throw wrong(`${at}.type`, 'must be the type of an item');
  }
}

function parseMessage({ role, content }: Fields, at: string, list: MessageList): void {
  switch (role) {
    case 'system':
    case 'developer':
      list.add({ role: 'system', content: parseText(content, `${at}.content`) });
      break;
    case 'user':
      list.add({ role: 'user', content: joinParts(parseContent(content, `${at}.content`)) });
      break;
    case 'assistant':
      list.said(parseText(content, `${at}.content`));
      break;
    default:
      throw wrong(`${at}.role`, 'must be user, assistant, system or developer');
  }
}

function parseCall(item: Fields, at: string, toolNames: ToolNames): ToolCall {
  const { name, namespace } = item;
  if (typeof name !== 'string' || name === '') {
    throw wrong(`${at}.name`, 'must name the function that was called');
  }
  const type = item.type === 'custom_tool_call' ? 'custom' : 'function';
  return {
    id: parseCallId(item, at),
    name: toolNames.nameOf({ type, name, namespace: stringOr(namespace, undefined) }),
    arguments: type === 'custom' ? wrapInput(stringOr(item.input, '')) : argumentsOf(item),
  };
}

/** Some clients send them parsed. */
function argumentsOf(item: Fields): string {
  const written = item.arguments ?? '';
  return typeof written === 'string' ? written : JSON.stringify(written);
}

function parseResult(item: Fields, at: string, list: MessageList): void {
  const output = isFields(item.output) ? JSON.stringify(item.output) : item.output;
  const parts = parseContent(output, `${at}.output`);
  const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  const images = parts.filter((part): part is ImagePart => part.type === 'image');
  list.result(parseCallId(item, at), texts.join('\n'), images);
}

function parseCallId({ call_id: id }: Fields, at: string): string {
  if (typeof id === 'string' && id !== '') return id;
  throw wrong(`${at}.call_id`, 'must be the id of the call');
}
