/** OpenAI's legacy completions as a client protocol: text in, text out. */
import type { ClientProtocol } from '../protocol.js';
import { CompletionEncoder } from './encoder.js';
import { parseTextRequest, type TextRequest } from './parse-request.js';

export const openaiCompletions: ClientProtocol<TextRequest> = {
  parse: parseTextRequest,
  encoder: (head, asked) => new CompletionEncoder(head, asked),
  thinkingApart: true,
};
