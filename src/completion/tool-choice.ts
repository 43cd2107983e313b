/** Which tools the model is offered, and the instruction for a tool choice that GLM does not support. */
import type { CompletionRequest } from './request.js';
import { withInstruction } from './request.js';

/**
 * GLM supports only `auto`. A named tool becomes the only one offered, and the model is instructed to call that tool, or any
 * tool for `required`. It usually does, but that is not guaranteed.
 */
export function withToolChoice(request: CompletionRequest): CompletionRequest {
  const { toolChoice, tools, messages } = request;
  if (tools.length === 0 || toolChoice === 'auto' || toolChoice === 'none') return request;
  const offered = toolChoice === 'required' ? tools : tools.filter(({ name }) => name === toolChoice.name);
  const which = toolChoice === 'required' ? 'at least one of the tools' : `the tool "${toolChoice.name}"`;
  const instruction = `Do not answer in text now. Your next step must be a call of ${which}.`;
  return {
    ...request,
    tools: offered,
    toolChoice: 'auto',
    messages: withInstruction(messages, instruction),
  };
}
