/** Builds the web chat's request body. */
import type { CompletionRequest } from '../../completion/request.js';
import { buildWebMessages } from './tools/prompt.js';

export interface WebIds {
  readonly chatId: string;
  readonly messageId: string;
  readonly now: Date;
}

export function buildWebBody(request: CompletionRequest, ids: WebIds): object {
  const { temperature, topP, maxTokens } = request.sampling;
  return {
    stream: true,
    chat_id: ids.chatId,
    id: ids.messageId,
    model: request.model.id,
    messages: buildWebMessages(request),
    params: {
      temperature: temperature === undefined ? undefined : Math.min(temperature, 1),
      top_p: topP === undefined ? undefined : Math.min(Math.max(topP, 0.01), 1),
      max_tokens: maxTokens,
    },
    features: {
      enable_thinking: request.thinking,
      web_search: false,
      auto_web_search: false,
      image_generation: false,
      code_interpreter: false,
    },
    background_tasks: { title_generation: false, tags_generation: false },
    model_item: { id: request.model.id, name: request.model.name, owned_by: 'openai' },
    tool_servers: [],
    variables: {
      '{{USER_NAME}}': 'User',
      '{{USER_LOCATION}}': 'Unknown',
      '{{CURRENT_DATETIME}}': ids.now.toISOString().slice(0, 19).replace('T', ' '),
    },
  };
}
