/**
 * A model in `GET /v1/models` for OpenAI's clients. OpenAI itself has four members; the others are the names under which clients
 * look for limits, modalities, levels of thinking and prices: vLLM's (`root`, `max_model_len`), OpenRouter's (`context_length`,
 * `architecture`, `top_provider`, `pricing`, `reasoning`, `supported_parameters`), Groq's (`context_window`) and LiteLLM's
 * (`max_input_tokens`, `max_output_tokens`). Unknown values are left out.
 */
import type { ModelInfo, Price, UpstreamModel } from '../../completion/model-info.js';

const OUTPUT = ['text'];
const PARAMETERS = [
  'max_tokens',
  'response_format',
  'stop',
  'structured_outputs',
  'temperature',
  'tool_choice',
  'tools',
  'top_p',
];
const THINKING_PARAMETERS = ['reasoning', 'reasoning_effort'];

/**
 * `id` is the name in the client's request, or the one to send: clients compare the two. `root` is the model's own name.
 * `enableThinking` is the gateway's default for requests that do not say whether the model thinks.
 */
export function buildModel(id: string, model: UpstreamModel, enableThinking: boolean): object {
  const { name, created, ownedBy, info = {} } = model;
  return {
    id,
    object: 'model',
    created,
    owned_by: ownedBy,
    name,
    root: name,
    parent: null,
    ...limits(info),
    ...(info.input === undefined ? {} : { architecture: architecture(info.input) }),
    ...(info.price === undefined ? {} : { pricing: pricing(info.price) }),
    ...reasoning(info, enableThinking),
    supported_parameters: info.thinking === 'none' ? PARAMETERS : [...PARAMETERS, ...THINKING_PARAMETERS],
  };
}

function limits({ contextTokens: context, maxOutputTokens: output }: ModelInfo): object {
  if (context === undefined && output === undefined) return {};
  return {
    ...(context === undefined
      ? {}
      : {
          context_length: context,
          context_window: context,
          max_model_len: context,
          max_input_tokens: context,
        }),
    ...(output === undefined ? {} : { max_output_tokens: output, max_completion_tokens: output }),
    top_provider: { context_length: context ?? null, max_completion_tokens: output ?? null },
  };
}

function architecture(input: readonly string[]): object {
  return {
    modality: `${input.join('+')}->${OUTPUT.join('+')}`,
    input_modalities: input,
    output_modalities: OUTPUT,
  };
}

/** US dollars per token, as strings: numbers would show binary rounding. */
function pricing({ input, cached, output }: Price): object {
  return {
    prompt: formatPerToken(input),
    completion: formatPerToken(output),
    ...(cached === undefined ? {} : { input_cache_read: formatPerToken(cached) }),
  };
}

function formatPerToken(perMillion: number): string {
  return (perMillion / 1e6).toFixed(12).replace(/\.?0+$/, '');
}

/** Levels from most to least expensive, as OpenRouter lists them; null if every level means "on". */
function reasoning({ thinking, efforts = [] }: ModelInfo, enableThinking: boolean): object {
  if (thinking === undefined || thinking === 'none') return {};
  const isSwitch = thinking === 'switch';
  return {
    reasoning: {
      mandatory: thinking === 'always',
      default_enabled: thinking === 'always' || enableThinking,
      supported_efforts: isSwitch ? null : efforts.toReversed(),
      ...(isSwitch ? {} : { default_effort: enableThinking ? efforts.at(-1) : efforts[0] }),
    },
  };
}
