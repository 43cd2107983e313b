/** What a self-hosted server refuses: it wants a model that it serves, and messages. */
import { type AnyBody, modelName } from './conversation.js';
import { errorReply } from './failures.js';
import type { Reply } from './reply.js';

/** vLLM knows exactly the names it was started with. */
export const SERVED_MODELS = ['glm-4.5', 'zai-org/GLM-4.6'];

export function checkVllmRequest(body: AnyBody, served: string[]): Reply | undefined {
  if (!Array.isArray(body?.messages))
    return errorReply('vllm', 400, "[{'loc': ('body', 'messages')}] Field required");
  if (body.tool_choice && body.tool_choice !== 'none' && !body.tools?.length)
    return errorReply('vllm', 400, 'When using `tool_choice`, `tools` must be set.');
  if (served.includes(modelName(body))) return undefined;
  return errorReply('vllm', 404, `The model \`${modelName(body)}\` does not exist.`);
}
