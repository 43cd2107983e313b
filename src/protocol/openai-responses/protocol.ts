/** OpenAI's responses as a client protocol. */
import type { ClientProtocol } from '../protocol.js';
import { ResponseEncoder } from './encoder.js';
import { KeptResponseEncoder } from './kept-encoder.js';
import { parseResponsesRequest, type ResponsesRequest } from './parse-request.js';

export const openaiResponses: ClientProtocol<ResponsesRequest> = {
  parse: parseResponsesRequest,
  encoder: (head, asked) =>
    head.keep === undefined
      ? new ResponseEncoder(head, asked)
      : new KeptResponseEncoder(head, asked, head.keep),
  thinkingApart: true,
  keepsResponses: true,
};
