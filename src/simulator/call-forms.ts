/** How tool calls are written into an OpenAI-like stream: the usual form, and the odd forms of `sim:tools-as=`. */
import type { AnyBody } from './conversation.js';
import { type Call, callBody } from './tools.js';

/** One entry of a delta's `tool_calls`. */
type Piece = AnyBody;

type PiecesOf = (call: Call, index: number) => Piece[];

export const CALL_FORMS: Readonly<Record<string, (calls: readonly Call[], piecesOf: PiecesOf) => Piece[]>> = {
  /** SGLang: the arguments come once more when they are complete. */
  twice: (calls, piecesOf) =>
    calls.flatMap((call, index) => [
      ...piecesOf(call, index),
      { index, function: { arguments: call.arguments } },
    ]),
  /** Pieces of several calls alternate. */
  turns: (calls) => alternating(calls.map(inPieces)),
  /** The arguments of the last call end unfinished. */
  cut: (calls, piecesOf) =>
    calls.flatMap((call, index) =>
      piecesOf(index < calls.length - 1 ? call : { ...call, arguments: call.arguments.slice(0, -1) }, index),
    ),
  /** Several calls' arguments in the first call. */
  joined: ([first, ...others], piecesOf) =>
    first === undefined
      ? []
      : piecesOf({ ...first, arguments: [first, ...others].map((call) => call.arguments).join('') }, 0),
  /** Arguments as an object, not as text. */
  parsed: (calls) =>
    calls.map((call, index) => {
      const body: AnyBody = callBody(call);
      return { index, ...body, function: { ...body.function, arguments: JSON.parse(call.arguments) } };
    }),
  unnumbered: (calls, piecesOf) => calls.flatMap(piecesOf).map(({ index: _, ...piece }) => piece),
  /** Every call has the number 0. */
  zero: (calls) => calls.map((call) => ({ index: 0, ...callBody(call) })),
};

/** The pieces of all calls, in order. `form` is one of CALL_FORMS or the usual one. */
export function splitCalls(calls: readonly Call[], streamed: boolean, form: string | undefined): Piece[] {
  const piecesOf = streamed ? inPieces : inOnePiece;
  return CALL_FORMS[form ?? '']?.(calls, piecesOf) ?? calls.flatMap(piecesOf);
}

function inOnePiece(call: Call, index: number): Piece[] {
  return [{ index, ...callBody(call) }];
}

/** The name first, then the arguments. */
function inPieces(call: Call, index: number): Piece[] {
  const texts = call.arguments.match(/.{1,6}/gsu) ?? [];
  return [
    { index, ...callBody({ ...call, arguments: '' }) },
    ...texts.map((text) => ({ index, function: { arguments: text } })),
  ];
}

function alternating(lists: Piece[][]): Piece[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list[at] ?? [])).flat();
}
