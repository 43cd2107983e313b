/**
 * A model as `GET /v1/models` tells it to OpenAI's clients. OpenAI itself has four members; the rest are the names under which
 * clients look for limits, modalities, levels and prices: vLLM's (`root`, `max_model_len`), OpenRouter's (`context_length`,
 * `architecture`, `top_provider`, `pricing`, `reasoning`, `supported_parameters`), Groq's (`context_window`) and LiteLLM's
 * (`max_input_tokens`, `max_output_tokens`). What is not known is left out.
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
 * `id` is the name that the client asked by, or is to send: clients compare the two. `root` is the model's own name. Where a
 * request does not say, the model thinks if `enableThinking`.
 */
export function modelBody(id: string, model: UpstreamModel, enableThinking: boolean): object {
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

/** US dollars for one token, as texts: binary fractions would show. */
function pricing({ input, cached, output }: Price): object {
  return {
    prompt: perToken(input),
    completion: perToken(output),
    ...(cached === undefined ? {} : { input_cache_read: perToken(cached) }),
  };
}

function perToken(perMillion: number): string {
  return (perMillion / 1e6).toFixed(12).replace(/\.?0+$/, '');
}

/** Levels from dearest to cheapest, as OpenRouter lists them; null where every level means "on". */
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
