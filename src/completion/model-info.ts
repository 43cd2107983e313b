/** What is known of a model: limits, modalities, thinking, price. Shared by upstreams, clients' lists and budgets. */

export type Modality = 'text' | 'image' | 'video' | 'file';

/**
 * How thinking is controlled: `switch` is on or off, `effort` has levels and can be off, `always` has levels and cannot be
 * off (the cheapest level stands for "off"), `none` is a model that never thinks.
 */
export type ThinkingKind = 'switch' | 'effort' | 'always' | 'none';

/** Levels from cheapest to most expensive, as clients name them. */
export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type Effort = (typeof EFFORTS)[number];

/** US dollars per million tokens. */
export interface Price {
  readonly input: number;
  readonly cached?: number | undefined;
  readonly output: number;
}

/** Each member is `undefined` when it is not known. */
export interface ModelInfo {
  /** Tokens of prompt and answer together. */
  readonly contextTokens?: number | undefined;
  /** Longest answer in tokens. */
  readonly maxOutputTokens?: number | undefined;
  /** What the model reads. */
  readonly input?: readonly Modality[] | undefined;
  readonly thinking?: ThinkingKind | undefined;
  /** Levels that the upstream takes, cheapest first; empty for `switch` and `none`. */
  readonly efforts?: readonly Effort[] | undefined;
  /** Streams the arguments of tool calls when asked to (`tool_stream`). */
  readonly toolStream?: boolean | undefined;
  /** As published; a plan may include the model. */
  readonly price?: Price | undefined;
}

/** One model as the upstream offers it: `name` is what clients see and send, `id` what the upstream wants. */
export interface UpstreamModel {
  readonly name: string;
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  readonly ownedBy: string;
  /** `undefined` when nothing is known of it. */
  readonly info?: ModelInfo | undefined;
  /** False for a model that the upstream's own list leaves out. */
  readonly isListed?: boolean;
}

export function isEffort(value: unknown): value is Effort {
  return EFFORTS.includes(value as Effort);
}
