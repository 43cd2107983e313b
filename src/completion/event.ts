/** The neutral events of an answer, to which every upstream and every client protocol is translated. */

/** Token counts as the upstream reported them, or an estimate if it reported none. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  readonly cachedTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
}

/** Adds the usage of two upstream calls. */
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

/** A page that the answer cites. */
export interface Source {
  readonly url: string;
  readonly title: string;
}

export type FinishReason = 'stop' | 'length' | 'content_filter' | 'tool_calls';

export type CompletionEvent =
  /** `raw` is the upstream's markup of the same piece, if it has any; `text` may then be empty. */
  | { readonly type: 'reasoning-delta'; readonly text: string; readonly raw?: string }
  | { readonly type: 'text-delta'; readonly text: string }
  | ToolCallEvent
  /** Results of the upstream's web search, after the text; only for a request with `webSearch`. */
  | { readonly type: 'sources'; readonly sources: readonly Source[] }
  /** May come more than once; the last one counts. Always before `finish`. */
  | { readonly type: 'usage'; readonly usage: Usage }
  /** The last event of a complete answer; an answer without it was cut. `stopSequence` is the stop text that ended it. */
  | { readonly type: 'finish'; readonly reason: FinishReason; readonly stopSequence?: string };

/**
 * Calls come one after the other: start, at least one delta, end, with only `usage` in between. `index` counts from 0, `id`
 * is unique, and the deltas of one call are its arguments: JSON as the model wrote it. The last call has no end event if its
 * arguments do not end.
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
