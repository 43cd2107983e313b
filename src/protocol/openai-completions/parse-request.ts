/** Body of `POST /v1/completions` (legacy) → a chat of one message. Fields mean what they mean in chat completions. */
import { bodyFields, missing, unsupported, wrong } from '../fields.js';
import { type ChatRequest, parseChatRequest } from '../openai-chat/parse-request.js';

export interface TextRequest extends ChatRequest {
  /** Stands before the answer; empty unless `echo` asks for it. */
  readonly echoed: string;
}

/**
 * Throws a BadRequestError that names the first field at fault. Editors insert what comes, so the model thinks only
 * where the request itself says so, and the thinking is never part of the text.
 */
export function parseTextRequest(body: unknown): TextRequest {
  const given = bodyFields(body);
  const prompt = promptOf(given.prompt);
  if (given.suffix) {
    throw unsupported('suffix', 'GLM does not fill in between two texts; send all there is as prompt.');
  }
  if (typeof given.logprobs === 'number')
    throw unsupported('logprobs', 'log probabilities are not supported.');
  if (typeof given.best_of === 'number' && given.best_of !== 1)
    throw wrong('best_of', 'must be 1, one answer per request');
  // There it asks for the prompt alone, to be scored.
  if (given.max_tokens === 0) throw wrong('max_tokens', 'must be at least 1');
  const messages = [{ role: 'user', content: prompt }];
  const chat = { ...given, messages, logprobs: undefined, tools: undefined, tool_choice: undefined };
  return { ...parseChatRequest(chat, false), echoed: given.echo === true ? prompt : '' };
}

function promptOf(prompt: unknown): string {
  if (prompt === undefined || prompt === null) throw missing('prompt');
  const first: unknown = Array.isArray(prompt) ? prompt[0] : prompt;
  if (typeof first !== 'string') throw wrong('prompt', 'must be a text, not tokens');
  if (Array.isArray(prompt) && prompt.length > 1)
    throw wrong('prompt', 'must be one text, one answer per request');
  return first;
}
