/** Error responses in OpenAI's format, for all of OpenAI's protocols. */
import type { ErrorFormat } from '../protocol.js';

export const openaiErrors: ErrorFormat = {
  status: (error) => error.status,
  body: (error, requestId) => error.toBody(requestId),
};
