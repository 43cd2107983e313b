/** OpenAI's chat completions as a client protocol. */
import type { ClientProtocol } from '../protocol.js';
import { ChunkEncoder } from './encoder.js';
import { type ChatRequest, parseChatRequest } from './parse-request.js';

export const openaiChat: ClientProtocol<ChatRequest> = {
  parse: parseChatRequest,
  encoder: (head, { includeUsage, toolNames }) => new ChunkEncoder(head, includeUsage, toolNames),
};
