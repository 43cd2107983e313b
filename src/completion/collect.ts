/** Adds up the events of a whole answer. */
import { UpstreamError } from '../errors.js';
import type { CompletionEvent, FinishReason, Usage } from './event.js';

export interface CollectedAnswer {
  readonly text: string;
  readonly reasoning: string;
  readonly usage: Usage | undefined;
  readonly reason: FinishReason;
}

/** Throws an UpstreamError where the end is missing: half an answer is not passed off as a whole one. */
export async function collect(reads: AsyncIterable<CompletionEvent[]>): Promise<CollectedAnswer> {
  let text = '';
  let reasoning = '';
  let usage: Usage | undefined;
  let reason: FinishReason | undefined;
  for await (const events of reads) {
    for (const event of events) {
      if (event.type === 'text-delta') text += event.text;
      else if (event.type === 'reasoning-delta') reasoning += event.text;
      else if (event.type === 'usage') usage = event.usage;
      else reason = event.reason;
    }
  }
  if (reason === undefined) {
    throw new UpstreamError('The upstream’s answer has no end; a part is missing.', {
      outcome: 'upstream_truncated',
    });
  }
  return { text, reasoning, usage, reason };
}
