/**
 * How tool calls are written where there are no native ones: the same in the instructions, in the history and in what
 * is read out of answers, because a model writes what it sees. None of it is a special token of GLM's own.
 */

export const CALL_OPEN = '<tool_request name="';
/** Stands between the tool's name and its arguments. */
export const NAME_END = '">';
export const CALL_CLOSE = '</tool_request>';
const RESULT_OPEN = '<tool_result name="';
const RESULT_CLOSE = '</tool_result>';

const MARKERS = /<(\/?)tool_(request|result)/g;

/** `written`: the arguments as JSON text. */
export function formatCall(name: string, written: string): string {
  return `${CALL_OPEN}${name}${NAME_END}\n${written}\n${CALL_CLOSE}`;
}

export function formatResult(name: string, result: string): string {
  return `${RESULT_OPEN}${name}${NAME_END}\n${result}\n${RESULT_CLOSE}`;
}

/** Text of users and tools for the prompt, changed so that it cannot pass for a call or the end of a result. */
export function removeMarkers(text: string): string {
  return text.replace(MARKERS, '<$1tool-$2');
}
