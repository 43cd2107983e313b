/** Which tools the model is offered, and how a choice that GLM does not know is put to it. */
import type { CompletionRequest } from './request.js';
import { withInstruction } from './request.js';

/**
 * GLM decides by itself whether it calls (`auto`). A named tool becomes the only one offered, and «some tool» or
 * «that tool» is told to the model in words: likely, not certain.
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
