/** Adds up the events of a whole answer. */
import type { CompletionEvent, FinishReason, Usage } from './event.js';

export interface CollectedAnswer {
  readonly text: string;
  readonly reasoning: string;
  readonly usage: Usage | undefined;
  readonly reason: FinishReason;
}

export async function collect(reads: AsyncIterable<CompletionEvent[]>): Promise<CollectedAnswer> {
  let text = '';
  let reasoning = '';
  let usage: Usage | undefined;
  let reason: FinishReason = 'stop';
  for await (const events of reads) {
    for (const event of events) {
      if (event.type === 'text-delta') text += event.text;
      else if (event.type === 'reasoning-delta') reasoning += event.text;
      else if (event.type === 'usage') usage = event.usage;
      else reason = event.reason;
    }
  }
  return { text, reasoning, usage, reason };
}
