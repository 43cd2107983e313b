/** What an answer consists of, in words that every upstream and every client protocol can be translated to. */

/** Token counts as the upstream reported them (or an estimate, where it reported none). */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  readonly cachedTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
}

/** What two calls of the upstream came to together. */
export function addUsage(one: Usage | undefined, other: Usage): Usage {
  if (one === undefined) return other;
  return {
    promptTokens: one.promptTokens + other.promptTokens,
    completionTokens: one.completionTokens + other.completionTokens,
    totalTokens: one.totalTokens + other.totalTokens,
    cachedTokens: sum(one.cachedTokens, other.cachedTokens),
    reasoningTokens: sum(one.reasoningTokens, other.reasoningTokens),
  };
}

function sum(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0);
}

/** A page that the answer rests on. */
export interface Source {
  readonly url: string;
  readonly title: string;
}

export type FinishReason = 'stop' | 'length' | 'content_filter' | 'tool_calls';

export type CompletionEvent =
  /** `raw` is the upstream's own markup of the same piece, where it has one; `text` may then be empty. */
  | { readonly type: 'reasoning-delta'; readonly text: string; readonly raw?: string }
  | { readonly type: 'text-delta'; readonly text: string }
  | ToolCallEvent
  /** What a web search of the upstream's own found; only for a request with `webSearch`, after the text. */
  | { readonly type: 'sources'; readonly sources: readonly Source[] }
  /** May come more than once; the last one holds. Always before `finish`. */
  | { readonly type: 'usage'; readonly usage: Usage }
  /** The last event of a complete answer. An answer without it was cut. `stopSequence`: the stop text that ended it. */
  | { readonly type: 'finish'; readonly reason: FinishReason; readonly stopSequence?: string };

/**
 * Calls come one after the other: start, at least one delta, end; nothing but `usage` in between. `index` counts up
 * from 0, `id` is unique, and the deltas of one call are its arguments, JSON as the model wrote it. The last call has no
 * end where its arguments have none.
 */
export type ToolCallEvent =
  | {
      readonly type: 'tool-call-start';
      readonly index: number;
      readonly id: string;
      readonly name: string;
    }
  | { readonly type: 'tool-call-delta'; readonly index: number; readonly text: string }
  | { readonly type: 'tool-call-end'; readonly index: number };
