/** Puts the response format and the tool choice into the prompt, for upstreams without fields for them. */
import { withJsonInstruction } from './json-format.js';
import type { CompletionRequest } from './request.js';
import { withToolChoice } from './tool-choice.js';

export function putInWords(request: CompletionRequest): CompletionRequest {
  return withToolChoice(withJsonInstruction(request));
}
