/**
 * What a request may ask of a model: by its metadata, or else by the generation in its name, since models are served before
 * they are in the table (models.ts). Pure.
 */
import type { Effort, ThinkingKind } from '../completion/model-info.js';
import type { RequestedModel } from '../completion/request.js';

/** Levels of models that always think, cheapest first. */
export const ALWAYS_EFFORTS: readonly Effort[] = ['low', 'high', 'max'];
/** The longest answer of any model so far, in tokens. */
const MAX_OUTPUT_TOKENS = 131_072;

export interface Thinking {
  readonly kind: ThinkingKind;
  /** Cheapest first; empty for `switch` and `none`. */
  readonly efforts: readonly Effort[];
}

export function getThinking({ id, info }: RequestedModel): Thinking {
  if (info?.thinking !== undefined) return { kind: info.thinking, efforts: info.efforts ?? [] };
  return isFrom(id, 5, 3) ? { kind: 'always', efforts: ALWAYS_EFFORTS } : { kind: 'switch', efforts: [] };
}

/** False also when nothing is known of the model. */
export function readsTextOnly({ info }: RequestedModel): boolean {
  return info?.input !== undefined && !info.input.includes('image');
}

/** Whether the model takes `tool_stream`. */
export function streamsToolArguments({ id, info }: RequestedModel): boolean {
  return info?.toolStream ?? isFrom(id, 4, 6);
}

/** The longest answer in tokens that the model may be asked for. */
export function maxOutputTokens({ info }: RequestedModel): number {
  return info?.maxOutputTokens ?? MAX_OUTPUT_TOKENS;
}

/** Whether the model is of this generation of GLM or a later one; `glm-5.10` is later than `glm-5.3`. */
function isFrom(id: string, major: number, minor: number): boolean {
  const [, ownMajor = '0', ownMinor = '0'] = /^glm-(\d{1,4})(?:\.(\d{1,4}))?(?!\d)/i.exec(id) ?? [];
  return Number(ownMajor) > major || (Number(ownMajor) === major && Number(ownMinor) >= minor);
}
