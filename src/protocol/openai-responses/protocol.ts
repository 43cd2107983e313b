/** OpenAI's responses as a client protocol. */
import type { ClientProtocol } from '../protocol.js';
import { ResponseEncoder } from './encoder.js';
import { parseResponsesRequest, type ResponsesRequest } from './parse-request.js';

export const openaiResponses: ClientProtocol<ResponsesRequest> = {
  parse: parseResponsesRequest,
  encoder: (head, asked) => new ResponseEncoder(head, asked),
  thinkingApart: true,
};
