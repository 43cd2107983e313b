/** What an answer consists of, in words that every upstream and every client protocol can be translated to. */

/** Token counts as the upstream reported them (or an estimate, where it reported none). */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  readonly cachedTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
}

export type FinishReason = 'stop' | 'length' | 'content_filter' | 'tool_calls';

export type CompletionEvent =
  /** `raw` is the upstream's own markup of the same piece, where it has one; `text` may then be empty. */
  | { readonly type: 'reasoning-delta'; readonly text: string; readonly raw?: string }
  | { readonly type: 'text-delta'; readonly text: string }
  /** May come more than once; the last one holds. Always before `finish`. */
  | { readonly type: 'usage'; readonly usage: Usage }
  /** The last event of a complete answer. An answer without it was cut. */
  | { readonly type: 'finish'; readonly reason: FinishReason };
