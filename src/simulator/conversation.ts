/** Reading the client's messages: the simulator only ever looks at the last question. */

// biome-ignore lint/suspicious/noExplicitAny: a request body is whatever the client sent
export type AnyBody = any;

export function lastQuestion(body: AnyBody): string {
  const messages: AnyBody[] = Array.isArray(body?.messages) ? body.messages : [];
  return textOf(messages.findLast((message) => message?.role === 'user')?.content);
}

/** The text of a message's content: a string, or the text parts of an array. */
function textOf(content: AnyBody): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (typeof part?.text === 'string' ? part.text : '')).join('\n');
}

export function positiveInteger(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? Math.floor(value) : undefined;
}
