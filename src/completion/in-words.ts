/** For upstreams without fields for them: the answer's format and the choice of tools, told to the model. */
import { withJsonInstruction } from './json-format.js';
import type { CompletionRequest } from './request.js';
import { withToolChoice } from './tool-choice.js';

export function putInWords(request: CompletionRequest): CompletionRequest {
  return withToolChoice(withJsonInstruction(request));
}
