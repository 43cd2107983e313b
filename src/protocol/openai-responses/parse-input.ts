/** `instructions` and `input` of a response → neutral messages. */
import { type GivenMessage, settleHistory } from '../../completion/history.js';
import type { Message, ToolCall } from '../../completion/request.js';
import { type BadRequestError, NotFoundError } from '../../vocabulary/errors.js';
import { parseContent, parseResultContent } from '../content.js';
import { type Fields, firstText, isFields, missing, stringOr, unsupported, wrong } from '../fields.js';
import { wrapFreeformCalls, wrapInput } from '../tools/freeform.js';
import type { ToolNames } from '../tools/tool-names.js';
import { CLIENT_TOOLS, findToolOfCall, findToolOfResult } from './client-tools.js';
import { MessageList } from './message-list.js';
import { isReasoningId, readReasoning } from './reasoning.js';
import { isReference, type Recalled, type ResponseInput } from './references.js';

/** Throws a BadRequestError that names the item at fault, a NotFoundError for an item that is not stored. */
export function parseInput(
  input: ResponseInput,
  instructions: string | undefined,
  toolNames: ToolNames,
): Message[] {
  const said = parseItems(input, toolNames);
  if (said.length === 0)
    throw wrong('input', 'must hold at least one message, function_call or function_call_output');
  const messages = settleHistory(wrapFreeformCalls(said, toolNames), 'input');
  return instructions ? [{ role: 'system', content: instructions }, ...messages] : messages;
}

function parseItems({ given, recalled }: ResponseInput, toolNames: ToolNames): GivenMessage[] {
  if (given === undefined || given === null) throw missing('input');
  if (typeof given !== 'string' && !Array.isArray(given)) {
    throw wrong('input', 'must be a string or an array of items');
  }
  const list = new MessageList();
  for (const item of recalled?.items ?? []) parseItem(item, 'previous_response_id', list, toolNames);
  if (typeof given === 'string') list.add({ role: 'user', content: given });
  else {
    for (const [index, item] of given.entries()) {
      const at = `input[${index}]`;
      parseItem(resolveReference(item, at, recalled), at, list, toolNames);
    }
  }
  return list.finish();
}

/** @returns the item that a reference names; any other item unchanged. */
function resolveReference(item: unknown, at: string, recalled: Recalled | undefined): unknown {
  if (recalled === undefined || !isReference(item)) return item;
  const found = recalled.byId.get(item.id);
  if (found !== undefined || isReasoningId(item.id)) return found ?? item;
  throw new NotFoundError(
    `${at}: item ${JSON.stringify(item.id.slice(0, 100))} is not kept for this key (any more); send the item itself.`,
    { code: 'response_not_found', param: at },
  );
}

/**
 * Items of other types come from tools that are not supported here (web_search_call, mcp_list_tools, …) and are left out. Only
 * items that refer to missing content are refused.
 */
function parseItem(item: unknown, at: string, list: MessageList, toolNames: ToolNames): void {
  if (!isFields(item)) throw wrong(at, 'must be an object with a type');
  switch (typeOf(item)) {
    case 'message':
      parseMessage(item, at, list);
      break;
    case 'reasoning':
      list.addReasoning(readReasoning(item));
      break;
    case 'function_call':
    case 'custom_tool_call':
      list.addCall(parseCall(item, at, toolNames));
      break;
    case 'function_call_output':
    case 'custom_tool_call_output':
      list.add({
        role: 'tool',
        callId: parseCallId(item, at),
        content: parseResultContent(item.output, `${at}.output`),
      });
      break;
    case 'item_reference':
      // A missing reference to thinking is tolerated: the conversation is complete without it.
      if (!isReasoningId(item.id)) throw notKept(item, at);
      break;
    case 'compaction':
    case 'compaction_trigger':
      throw unsupported(at, 'compaction is not offered here; send the conversation itself.');
    default:
      if (typeof item.type !== 'string') throw wrong(`${at}.type`, 'must be the type of an item');
      parseClientItem(item, at, list, toolNames);
  }
}

/** Parses calls and results of tools of a fixed form. */
function parseClientItem(item: Fields, at: string, list: MessageList, toolNames: ToolNames): void {
  const called = findToolOfCall(item.type);
  const answered = findToolOfResult(item.type);
  // Calls that OpenAI executed have no result in the input.
  if ((called ?? answered) === undefined || item.execution === 'server') return;
  if (called !== undefined) {
    const written = JSON.stringify(CLIENT_TOOLS[called].toArguments(item));
    const name = toolNames.nameOf({ type: called, name: called });
    list.addCall({ id: parseCallId(item, at), name, arguments: written });
  } else if (answered !== undefined) {
    const { readResult } = CLIENT_TOOLS[answered];
    const given = readResult === undefined ? item : { output: readResult(item) };
    const callId = parseCallId({ call_id: item.call_id ?? item.id }, at);
    list.add({ role: 'tool', callId, content: parseResultContent(given.output, `${at}.output`) });
  }
}

/** @returns the item's type, which messages and references may leave out. */
function typeOf(item: Fields): unknown {
  return isReference(item) ? 'item_reference' : (item.type ?? 'message');
}

function notKept({ id }: Fields, at: string): BadRequestError {
  const name = typeof id === 'string' ? `item ${JSON.stringify(id.slice(0, 100))} is` : 'items are';
  return unsupported(at, `${name} not kept here; send the item itself, as SDKs do with store: false.`);
}

function parseMessage({ role, content: given }: Fields, at: string, list: MessageList): void {
  const content = parseContent(given, `${at}.content`);
  switch (role) {
    case 'system':
    case 'developer':
      list.add({ role: 'system', content });
      break;
    case 'user':
      list.add({ role: 'user', content });
      break;
    case 'assistant':
      list.addContent(content);
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
    name: toolNames.nameOf({ type, name, namespace: firstText(namespace) }),
    arguments: type === 'custom' ? wrapInput(stringOr(item.input, '')) : stringifyArguments(item),
  };
}

/** Some clients send arguments as an object. */
function stringifyArguments(item: Fields): string {
  const written = item.arguments ?? '';
  return typeof written === 'string' ? written : JSON.stringify(written);
}

function parseCallId({ call_id: id }: Fields, at: string): string {
  if (typeof id === 'string' && id !== '') return id;
  throw wrong(`${at}.call_id`, 'must be the id of the call');
}
