/** Anthropic's Messages as a client protocol. */
import { estimatePromptTokens } from '../../completion/usage-count.js';
import type { ClientProtocol } from '../protocol.js';
import { MessageEncoder } from './encoder.js';
import { parseMessagesRequest } from './parse-request.js';

export const anthropicMessages: ClientProtocol = {
  parse: parseMessagesRequest,
  encoder: (head, asked) => new MessageEncoder(head, () => estimatePromptTokens(asked)),
  thinkingApart: true,
};
