/**
 * Offers freeform (`custom`) tools as functions with one text argument, and reads that text out of the arguments of a call
 * while they are still being written.
 */
import type { GivenMessage } from '../../completion/history.js';
import type { Tool, ToolCall } from '../../completion/request.js';
import { type Fields, isFields, stringOr } from '../fields.js';
import type { ToolNames } from './tool-names.js';

const CALL_RULE =
  'Call this tool as a function whose only argument, `input`, is the whole text. What is said of JSON and of Markdown ' +
  'fences holds for the text: write it as it is.';

/** `format` as in chat completions (`{type, grammar: {…}}`) or in Responses (flat). */
export function defineFreeformTool(name: string, description: unknown, format: unknown): Tool {
  const parts = [stringOr(description, ''), CALL_RULE, describeGrammar(format)].filter(Boolean);
  return {
    name,
    description: parts.join('\n\n'),
    parameters: {
      type: 'object',
      properties: { input: { type: 'string', description: 'The whole text for the tool.' } },
      required: ['input'],
      additionalProperties: false,
    },
  };
}

function describeGrammar(format: unknown): string {
  if (!isFields(format) || format.type !== 'grammar') return '';
  const { definition, syntax }: Fields = isFields(format.grammar) ? format.grammar : format;
  if (typeof definition !== 'string') return '';
  const kind = syntax === 'regex' ? 'match this regular expression' : 'follow this Lark grammar';
  return `The text must ${kind}:\n${definition}`;
}

/** Wraps a freeform call's text as the arguments of the function that upstreams are offered. */
export function wrapInput(input: string): string {
  return JSON.stringify({ input });
}

/** Wraps the text of freeform calls in the history. */
export function wrapFreeformCalls(messages: readonly GivenMessage[], toolNames: ToolNames): GivenMessage[] {
  const wrap = (call: ToolCall): ToolCall =>
    toolNames.formOf(call.name).type === 'custom'
      ? { ...call, arguments: wrapInput(unwrapInput(call.arguments)) }
      : call;
  return messages.map((message) =>
    message.role === 'assistant' && message.toolCalls !== undefined
      ? { ...message, toolCalls: message.toolCalls.map(wrap) }
      : message,
  );
}

/** Reads the text of a call whose arguments are complete. */
export function unwrapInput(written: string): string {
  const reader = new FreeformReader();
  return reader.add(written) + reader.end();
}

/** Characters searched for the beginning, and for the end after a quotation mark: bounds the cost of endless white space. */
const MAX_SCAN_LENGTH = 100;
const OPENING = /^\s*\{\s*"input"\s*:\s*"/;
/** A quotation mark that ends the text unless more follows. */
const MAYBE_END = /^"\s*(\}\s*)?$/;
const END_OR_MORE = /^"\s*[,}]/;
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/**
 * Reads the text out of `{"input":"…"}`, piece by piece, wherever the pieces are cut. Tolerates malformed JSON
 * of models: raw line ends, unknown escapes, unescaped quotation marks. Arguments of any other shape are read at their end.
 */
export class FreeformReader {
  #written = '';
  /** Arguments that are not read yet. */
  #rest = '';
  #begun = false;
  /** Whether a quotation mark ends the text is known only at the end of the arguments. */
  #isAmbiguous = false;
  /** First half of a surrogate pair whose second half has not arrived. */
  #half = '';

  /** @returns the text that is certain so far. */
  add(piece: string): string {
    const before = this.#written.length;
    this.#written += piece;
    if (!this.#begun && before > MAX_SCAN_LENGTH) return '';
    this.#rest += piece;
    if (!this.#begun) {
      const opening = OPENING.exec(this.#rest);
      if (opening === null) return '';
      this.#begun = true;
      this.#rest = this.#rest.slice(opening[0].length);
    }
    return this.#isAmbiguous ? '' : this.#wholeCharacters(this.#read(false));
  }

  /** Call it when the arguments are complete. @returns the rest of the text. */
  end(): string {
    if (!this.#begun) return readOtherText(this.#written).toWellFormed();
    const isOver = MAYBE_END.test(this.#rest) || (this.#isAmbiguous && isJson(this.#written));
    this.#rest = isOver ? '' : trimClosing(this.#rest);
    return (this.#half + this.#read(true)).toWellFormed();
  }

  #read(isLast: boolean): string {
    let text = '';
    for (;;) {
      const at = this.#rest.search(/["\\]/);
      const plain = at === -1 ? this.#rest : this.#rest.slice(0, at);
      text += plain;
      this.#rest = this.#rest.slice(plain.length);
      if (at === -1) return text;
      const read = this.#rest.startsWith('"') ? this.#readQuote(isLast) : readEscape(this.#rest);
      if (read === undefined) return text;
      text += read.text;
      this.#rest = this.#rest.slice(read.length);
    }
  }

  /** @returns undefined if the text may end here. */
  #readQuote(isLast: boolean): Read | undefined {
    if (!isLast) {
      const isMaybeEnd = MAYBE_END.test(this.#rest);
      this.#isAmbiguous = isMaybeEnd ? this.#rest.length > MAX_SCAN_LENGTH : END_OR_MORE.test(this.#rest);
      if (isMaybeEnd || this.#isAmbiguous) return undefined;
    }
    return { text: '"', length: 1 };
  }

  /** Holds back the first half of a surrogate pair until the second half arrives. */
  #wholeCharacters(text: string): string {
    const all = this.#half + text;
    this.#half = /[\uD800-\uDBFF]$/.exec(all)?.[0] ?? '';
    return all.slice(0, all.length - this.#half.length).toWellFormed();
  }
}

interface Read {
  readonly text: string;
  /** Characters of the arguments that were read. */
  readonly length: number;
}

/** @returns undefined if the escape is incomplete. */
function readEscape(rest: string): Read | undefined {
  const sign = rest[1];
  if (sign === undefined) return undefined;
  if (sign !== 'u') {
    const isKnown = '"\\/'.includes(sign) || sign in ESCAPES;
    return { text: isKnown ? (ESCAPES[sign] ?? sign) : `\\${sign}`, length: 2 };
  }
  const digits = /^[\da-f]{0,4}/i.exec(rest.slice(2))?.[0] ?? '';
  if (digits.length === 4) return { text: String.fromCharCode(Number.parseInt(digits, 16)), length: 6 };
  return rest.length === 2 + digits.length ? undefined : { text: '\\u', length: 2 };
}

/** Without a regular expression, which would rescan white space quadratically. */
function trimClosing(rest: string): string {
  let text = rest.trimEnd();
  while (text.endsWith('}')) text = text.slice(0, -1).trimEnd();
  return text.endsWith('"') ? text.slice(0, -1) : rest;
}

function isJson(written: string): boolean {
  try {
    JSON.parse(written);
    return true;
  } catch {
    return false;
  }
}

/** For arguments that do not begin with `input`: `input` itself, the only text among them, or the arguments as written. */
function readOtherText(written: string): string {
  if (!isJson(written)) return written;
  const value: unknown = JSON.parse(written);
  if (typeof value === 'string') return value;
  if (!isFields(value)) return written;
  if (typeof value.input === 'string') return value.input;
  const [only, ...others] = Object.values(value);
  if (only === undefined) return '';
  return others.length === 0 && typeof only === 'string' ? only : written;
}
