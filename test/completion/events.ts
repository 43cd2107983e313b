/** Short ways to write completion events, and to look at many of them. */
import { AnswerCollector, type CollectedAnswer } from '../../src/completion/collect.js';
import type { CompletionEvent, FinishReason, Usage } from '../../src/completion/event.js';

export const text = (piece: string): CompletionEvent => ({ type: 'text-delta', text: piece });
export const thought = (piece: string, raw?: string): CompletionEvent =>
  raw === undefined
    ? { type: 'reasoning-delta', text: piece }
    : { type: 'reasoning-delta', text: piece, raw };
export const finish = (reason: FinishReason = 'stop', stopSequence?: string): CompletionEvent =>
  stopSequence === undefined ? { type: 'finish', reason } : { type: 'finish', reason, stopSequence };
export const usage = (counts: Usage = USAGE): CompletionEvent => ({ type: 'usage', usage: counts });
export const USAGE: Usage = { promptTokens: 14, completionTokens: 9, totalTokens: 23 };

/** All text of one kind, run together. */
export function joined(events: readonly CompletionEvent[], type: 'text-delta' | 'reasoning-delta'): string {
  return events.map((event) => (event.type === type ? event.text : '')).join('');
}

/** The same events, neighbours of one kind run together: what is left is what no cut may change. Without `raw`. */
export function merged(events: readonly CompletionEvent[]): CompletionEvent[] {
  const result: CompletionEvent[] = [];
  for (const event of events) {
    const last = result.at(-1);
    if (event.type === 'text-delta' && last?.type === 'text-delta') {
      result[result.length - 1] = text(last.text + event.text);
    } else if (event.type === 'reasoning-delta' && last?.type === 'reasoning-delta') {
      result[result.length - 1] = thought(last.text + event.text);
    } else result.push(event.type === 'reasoning-delta' ? thought(event.text) : event);
  }
  return result;
}

/** `whole` in pieces of `sizes`, the rest as the last one. */
export function cut(whole: string, sizes: readonly number[]): string[] {
  const pieces: string[] = [];
  let at = 0;
  for (const size of sizes) {
    if (at >= whole.length) break;
    pieces.push(whole.slice(at, at + size));
    at += size;
  }
  if (at < whole.length) pieces.push(whole.slice(at));
  return pieces;
}

/** The whole answer that these reads add up to. */
export function collected(...reads: CompletionEvent[][]): CollectedAnswer {
  const collector = new AnswerCollector();
  for (const events of reads) collector.push(events);
  return collector.answer();
}

export const callStart = (index: number, name: string, id = `call_${index}`): CompletionEvent => ({
  type: 'tool-call-start',
  index,
  id,
  name,
});
export const callDelta = (index: number, piece: string): CompletionEvent => ({
  type: 'tool-call-delta',
  index,
  text: piece,
});
export const callEnd = (index: number): CompletionEvent => ({ type: 'tool-call-end', index });

/** A whole call. */
export function call(index: number, name: string, written = '{}'): CompletionEvent[] {
  return [callStart(index, name), callDelta(index, written), callEnd(index)];
}
