/** Images that a request's model is known not to read. Pure. */
import { omitImages } from '../completion/images.js';
import type { CompletionRequest } from '../completion/request.js';
import { readsTextOnly } from './model-traits.js';

/**
 * For a model that reads text only: a line of text replaces each image of earlier turns and of tools' results. Throws a
 * BadRequestError that ends with `cure` when the newest user message attaches one.
 */
export function forTextModel(request: CompletionRequest, cure: string): CompletionRequest {
  const { messages, model } = request;
  if (!readsTextOnly(model)) return request;
  return { ...request, messages: omitImages(messages, `${model.name} reads text only`, cure) };
}
