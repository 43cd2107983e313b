/** Body of `POST /v1/completions` (legacy) → a chat of one message. Fields mean what they mean in chat completions. */
import { bodyFields, missing, unsupported, wrong } from '../fields.js';
import { type ChatRequest, parseChatRequest } from '../openai-chat/parse-request.js';

/** A request, with what the encoder of its answer needs. */
export interface TextRequest extends ChatRequest {
  /** The prompt, which the answer begins with if `echo` is set; otherwise empty. */
  readonly echoed: string;
}

/**
 * Throws a BadRequestError that names the first field at fault. The model thinks only if the request itself says so, since editors
 * insert the text and would only wait for the thinking.
 */
export function parseTextRequest(body: unknown): TextRequest {
  const given = bodyFields(body);
  const prompt = parsePrompt(given.prompt);
  if (given.suffix) {
    throw unsupported('suffix', 'GLM does not fill in between two texts; send all there is as prompt.');
  }
  if (typeof given.logprobs === 'number')
    throw unsupported('logprobs', 'log probabilities are not supported.');
  if (typeof given.best_of === 'number' && given.best_of !== 1)
    throw wrong('best_of', 'must be 1, one answer per request');
  // In OpenAI's API, 0 returns the scored prompt alone.
  if (given.max_tokens === 0) throw wrong('max_tokens', 'must be at least 1');
  const messages = [{ role: 'user', content: prompt }];
  const chat = { ...given, messages, logprobs: undefined, tools: undefined, tool_choice: undefined };
  return { ...parseChatRequest(chat, false), echoed: given.echo === true ? prompt : '' };
}

function parsePrompt(prompt: unknown): string {
  if (prompt === undefined || prompt === null) throw missing('prompt');
  const first: unknown = Array.isArray(prompt) ? prompt[0] : prompt;
  if (typeof first !== 'string') throw wrong('prompt', 'must be a text, not tokens');
  if (Array.isArray(prompt) && prompt.length > 1)
    throw wrong('prompt', 'must be one text, one answer per request');
  return first;
}
