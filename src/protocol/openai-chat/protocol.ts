/** OpenAI's chat completions as a client protocol. */
import { type Fields, isFields } from '../fields.js';
import { parseResponsesRequest } from '../openai-responses/parse-request.js';
import type { ClientProtocol } from '../protocol.js';
import { ChunkEncoder } from './encoder.js';
import { type ChatRequest, parseChatRequest } from './parse-request.js';

export const openaiChat: ClientProtocol<ChatRequest> = {
  parse: (body, enableThinking) =>
    isResponsesBody(body) ? parseResponsesBody(body, enableThinking) : parseChatRequest(body, enableThinking),
  encoder: (head, { includeUsage, toolNames }) => new ChunkEncoder(head, includeUsage, toolNames),
};

/** Cursor and others send the body of a Responses request here, and expect a chat completion. */
function isResponsesBody(body: unknown): body is Fields {
  return (
    isFields(body) && (body.messages ?? undefined) === undefined && (body.input ?? undefined) !== undefined
  );
}

function parseResponsesBody(given: Fields, enableThinking: boolean): ChatRequest {
  const limit = given.max_output_tokens ?? given.max_completion_tokens ?? given.max_tokens;
  const asked = parseResponsesRequest({ ...given, max_output_tokens: limit }, enableThinking);
  const options = isFields(given.stream_options) ? given.stream_options : {};
  return { ...asked, includeUsage: options.include_usage === true };
}
