/** Turns a client's conversation into one that every upstream accepts. Used by the parsers of all client protocols. Pure. */
import { type ApiError, BadRequestError } from '../vocabulary/errors.js';
import { omittedLine } from './images.js';
import {
  type AssistantMessage,
  type ContentPart,
  joinParts,
  type Message,
  type ToolCall,
  type ToolMessage,
} from './request.js';
import { toWellFormedJson } from './well-formed.js';

/** A message whose content may hold parts that upstreams do not accept. */
export type GivenMessage =
  | { readonly role: 'system' | 'user'; readonly content: GivenContent }
  | (Omit<AssistantMessage, 'content'> & { readonly content: GivenContent })
  | (Omit<ToolMessage, 'content'> & { readonly content: GivenContent });

export type GivenContent = string | readonly GivenPart[];
export type GivenPart = ContentPart | UnreadablePart;

/** A PDF, a recording, an invalid image, …: the model reads a line of text in its place. */
export interface UnreadablePart {
  readonly type: 'unreadable';
  /** The word for it in that line: `PDF`, `audio`. */
  readonly kind: string;
  /** Thrown when the newest user message attaches the part; names its field. */
  readonly error: ApiError;
}

const UNREADABLE = 'only text and images can be read here';
const NO_IMAGE_HERE = 'images can only be read in messages of the user and in results of tools';
const INTERRUPTED = '[no result: the call was interrupted]';
const ORPHAN = '[result of an earlier tool call]';

/**
 * Replaces unreadable parts by a line of text, drops empty texts and user messages, and puts exactly one result after each
 * call. Throws an ApiError when the newest user message attaches an unreadable part, or when no message is left. `param` is
 * the field that holds the messages.
 */
export function settleHistory(given: readonly GivenMessage[], param: string): Message[] {
  const newest = findNewest(given);
  const messages = given.flatMap((message, index) => readMessage(message, index === newest));
  if (given.length > 0 && messages.length === 0) throw nothingSaid(param);
  return pairCalls(messages);
}

/** Finds the newest user message if the model has not answered it: only that one can still be changed. */
function findNewest(given: readonly GivenMessage[]): number {
  const last = given.findLastIndex(
    ({ role, content }) => role === 'assistant' || (role === 'user' && !isBlank(content)),
  );
  return given[last]?.role === 'user' ? last : -1;
}

function readMessage(message: GivenMessage, isNewest: boolean): Message[] {
  switch (message.role) {
    case 'user': {
      if (isBlank(message.content)) return [];
      return [{ role: 'user', content: joinParts(readParts(message.content, isNewest)) }];
    }
    case 'tool':
      return [{ ...message, content: joinParts(readParts(message.content, false)) }];
    case 'assistant':
      return [{ ...message, content: readText(message.content), ...withReadableCalls(message) }];
    case 'system': {
      const content = readText(message.content);
      return content === '' ? [] : [{ role: 'system', content }];
    }
  }
}

function isBlank(content: GivenContent): boolean {
  if (typeof content === 'string') return !/\S/.test(content);
  return content.every((part) => part.type === 'text' && !/\S/.test(part.text));
}

/** Without empty texts. */
function readParts(content: GivenContent, isNewest: boolean): ContentPart[] {
  const parts: readonly GivenPart[] =
    typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  const read = parts.map((part): ContentPart => {
    if (part.type === 'image') return isNewest ? { ...part, attached: true } : part;
    if (part.type === 'text') return part;
    if (isNewest) throw part.error;
    return { type: 'text', text: omittedLine(part.kind, UNREADABLE) };
  });
  return read.filter((part) => part.type !== 'text' || part.text !== '');
}

/** For messages in which upstreams accept no image. */
function readText(content: GivenContent): string {
  return readParts(content, false)
    .map((part) => (part.type === 'text' ? part.text : omittedLine('image', NO_IMAGE_HERE)))
    .join('\n');
}

function withReadableCalls({ toolCalls }: { readonly toolCalls?: readonly ToolCall[] | undefined }) {
  if (toolCalls === undefined) return {};
  return { toolCalls: toolCalls.map((call) => ({ ...call, arguments: toWellFormedJson(call.arguments) })) };
}

function nothingSaid(param: string): BadRequestError {
  return new BadRequestError(`${param}: every message is empty; send at least one with text.`, {
    code: 'invalid_value',
    param,
  });
}

/** Upstreams reject a call without its result, a result without its call, and messages between the two. */
function pairCalls(messages: readonly Message[]): Message[] {
  const paired: Message[] = [];
  let results = new CallResults([]);
  const append = (one: Message) => paired.push(one);
  for (const message of joinCalls(messages)) {
    if (message.role !== 'assistant') {
      results.add(message);
      continue;
    }
    results.end().forEach(append);
    append(message);
    results = new CallResults(message.toolCalls ?? []);
  }
  results.end().forEach(append);
  return paired;
}

/** The messages after the calls of one assistant message, up to the next assistant message. */
class CallResults {
  /** How many calls of an id have no result yet: some clients use an id twice. */
  readonly #open = new Map<string, number>();
  readonly #results: Message[] = [];
  readonly #others: Message[] = [];

  constructor(calls: readonly ToolCall[]) {
    for (const { id } of calls) this.#open.set(id, (this.#open.get(id) ?? 0) + 1);
  }

  add(message: Exclude<Message, AssistantMessage>): void {
    if (message.role !== 'tool') this.#others.push(message);
    else if (this.#close(message.callId)) this.#results.push(message);
    else this.#others.push(orphanMessage(message));
  }

  end(): Message[] {
    for (const [callId, count] of this.#open) {
      for (let missing = 0; missing < count; missing += 1) {
        this.#results.push({ role: 'tool', callId, content: INTERRUPTED });
      }
    }
    return this.#results.concat(this.#others);
  }

  #close(callId: string): boolean {
    const count = this.#open.get(callId) ?? 0;
    if (count > 0) this.#open.set(callId, count - 1);
    return count > 0;
  }
}

/** Some clients send each of several parallel calls in its own message; upstreams expect the results after all calls. */
function joinCalls(messages: readonly Message[]): Message[] {
  const joined: Message[] = [];
  let turn: AssistantMessage[] = [];
  const endTurn = () => {
    if (turn.length > 0) joined.push(joinTurn(turn));
    turn = [];
  };
  for (const message of messages) {
    if (message.role === 'assistant' && message.toolCalls !== undefined) {
      turn.push(message);
      continue;
    }
    endTurn();
    joined.push(message);
  }
  endTurn();
  return joined;
}

function joinTurn(turn: readonly AssistantMessage[]): AssistantMessage {
  if (turn.length === 1) return turn[0] as AssistantMessage;
  const reasoning = joinTexts(turn.map((message) => message.reasoning));
  return {
    role: 'assistant',
    content: joinTexts(turn.map(({ content }) => content)),
    ...(reasoning === '' ? {} : { reasoning }),
    toolCalls: turn.flatMap(({ toolCalls = [] }) => toolCalls),
  };
}

function joinTexts(texts: readonly (string | undefined)[]): string {
  return texts.filter(Boolean).join('\n');
}

function orphanMessage({ content }: ToolMessage): Message {
  if (typeof content === 'string') return { role: 'user', content: `${ORPHAN}\n${content}` };
  return { role: 'user', content: [{ type: 'text', text: ORPHAN }, ...content] };
}
