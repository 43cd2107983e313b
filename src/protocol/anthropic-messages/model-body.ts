/** A model in `GET /v1/models` for Anthropic's clients. Source: the SDK's `ModelInfo`. */
import type { Effort, ModelInfo, UpstreamModel } from '../../completion/model-info.js';

/** `id` is the name in the request, or the one to send; `display_name` is the model's own. An unknown date is the epoch. */
export function buildModel(id: string, { name, created, info = {} }: UpstreamModel): object {
  return {
    type: 'model',
    id,
    display_name: name,
    created_at: new Date(created * 1000).toISOString(),
    capabilities: capabilities(info),
    deprecated_at: null,
    lifecycle: 'active',
    line: null,
    max_input_tokens: info.contextTokens ?? null,
    max_tokens: info.maxOutputTokens ?? null,
    retires_at: null,
  };
}

/** Every capability that the SDK lists, as this gateway supports it; null for an unknown model. */
function capabilities({ input, thinking, efforts = [] }: ModelInfo): object | null {
  if (input === undefined || thinking === undefined) return null;
  const thinks = thinking !== 'none';
  const level = (effort: Effort) => supported(efforts.includes(effort));
  return {
    batch: supported(false),
    citations: supported(false),
    code_execution: supported(false),
    context_management: {
      ...supported(false),
      clear_thinking_20251015: supported(false),
      clear_tool_uses_20250919: supported(false),
      compact_20260112: supported(false),
    },
    effort: {
      ...supported(efforts.length > 0),
      low: level('low'),
      medium: level('medium'),
      high: level('high'),
      xhigh: level('xhigh'),
      max: level('max'),
    },
    image_input: supported(input.includes('image')),
    pdf_input: supported(false),
    server_tools: { ...supported(false), code_execution: supported(false), web_search: supported(false) },
    structured_outputs: supported(true),
    thinking: {
      ...supported(thinks),
      // "Off" is accepted for every model: one that always thinks then uses its cheapest level.
      types: {
        adaptive: supported(thinks),
        between_tools: supported(thinks),
        disabled: supported(true),
        enabled: supported(thinks),
      },
    },
  };
}

function supported(isSupported: boolean): { supported: boolean } {
  return { supported: isSupported };
}
