/** The body of `GET {base}/models`, as OpenAI-compatible servers and routers write it → models. Pure. */
import type { Modality, ModelInfo, UpstreamModel } from '../../completion/model-info.js';
import { asCount, asObject, asText, type JsonObject } from '../json.js';

const MODALITIES: readonly unknown[] = ['text', 'image', 'video', 'file'] satisfies Modality[];

/** Entries without an id are passed over. @returns undefined if the body is not a list. */
export function parseModelList(body: unknown): UpstreamModel[] | undefined {
  const list = asObject(body)?.data;
  if (!Array.isArray(list)) return undefined;
  return list.flatMap((entry) => {
    const model = asObject(entry);
    const id = asText(model?.id);
    if (model === undefined || !id) return [];
    const created = asCount(model.created) ?? 0;
    return [{ name: id, id, created, ownedBy: asText(model.owned_by) ?? 'unknown', ...infoPart(model) }];
  });
}

function infoPart(model: JsonObject): { info?: ModelInfo } {
  const contextTokens = contextOf(model);
  const maxOutputTokens = maxOutputOf(model);
  const input = inputOf(model);
  const info = {
    ...(contextTokens === undefined ? {} : { contextTokens }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(input === undefined ? {} : { input }),
  };
  return Object.keys(info).length === 0 ? {} : { info };
}

/** vLLM and SGLang; OpenRouter and LM Studio; Groq; Mistral; llama.cpp, whose last figure is what the model was trained for. */
function contextOf(model: JsonObject): number | undefined {
  const meta = asObject(model.meta);
  return firstSize(
    model.max_model_len,
    model.context_length,
    model.context_window,
    model.max_context_length,
    meta?.n_ctx,
    meta?.n_ctx_train,
  );
}

function maxOutputOf(model: JsonObject): number | undefined {
  const provider = asObject(model.top_provider);
  return firstSize(model.max_output_tokens, model.max_completion_tokens, provider?.max_completion_tokens);
}

function inputOf(model: JsonObject): Modality[] | undefined {
  const told = asObject(model.architecture)?.input_modalities ?? model.input_modalities;
  if (!Array.isArray(told) || !told.includes('text')) return undefined;
  return told.filter((modality): modality is Modality => MODALITIES.includes(modality));
}

/** Some routers write 0 for what they do not know. */
function firstSize(...values: readonly unknown[]): number | undefined {
  return values.map(asCount).find((count) => count !== undefined && count > 0);
}
