/** Token counts as both upstreams report them (OpenAI's field names, with GLM's details). */
import type { Usage } from '../completion/event.js';
import { asCount, asObject } from './json.js';

export function parseUsage(value: unknown): Usage | undefined {
  const usage = asObject(value);
  if (usage === undefined) return undefined;
  const promptTokens = asCount(usage.prompt_tokens) ?? 0;
  const completionTokens = asCount(usage.completion_tokens) ?? 0;
  return {
    promptTokens,
    completionTokens,
    totalTokens: asCount(usage.total_tokens) ?? promptTokens + completionTokens,
    cachedTokens: asCount(asObject(usage.prompt_tokens_details)?.cached_tokens),
    reasoningTokens: asCount(asObject(usage.completion_tokens_details)?.reasoning_tokens),
  };
}
