/**
 * The answer's format and the choice of tools: in the upstream's fields where its server has them, else in words. A schema that
 * the server enforces needs no words; one beside tools is always in words, since servers that enforce it while the model
 * writes leave it no way to call a tool. JSON mode is a hint beside the words: it allows objects alone.
 */
import { putInWords } from '../../completion/in-words.js';
import { getOpenings, withJsonInstruction } from '../../completion/json-format.js';
import type { CompletionRequest } from '../../completion/request.js';
import { withToolChoice } from '../../completion/tool-choice.js';
import type { Provider } from './provider.js';
import { IGNORED_SCHEMA, JSON_SCHEMA, REQUIRED_TOOLS } from './refusal.js';

/** Names of refused fields, as RefusedFields keeps them. */
export type LeftOut = ReadonlySet<string>;

/** The request with all in words for which this server has no field. */
export function withWordsFor(
  request: CompletionRequest,
  provider: Provider,
  leftOut: LeftOut,
): CompletionRequest {
  // Z.ai has JSON mode and the choice `auto`, nothing else.
  if (provider === 'zai') return putInWords(request);
  const needsWords = needsFormatWords(request, provider, leftOut);
  return withNativeChoice(needsWords ? withJsonInstruction(request) : request, leftOut);
}

export function needsFormatWords(request: CompletionRequest, provider: Provider, leftOut: LeftOut): boolean {
  if (request.formatInWords || leftOut.has(IGNORED_SCHEMA)) return true;
  return !enforcesSchema(request, provider, leftOut);
}

export function responseFormat(
  request: CompletionRequest,
  provider: Provider,
  leftOut: LeftOut,
): object | undefined {
  const { responseFormat: format } = request;
  if (format.type === 'text' || mayCallTools(request)) return undefined;
  if (format.type === 'json_schema' && enforcesSchema(request, provider, leftOut)) {
    const { name, schema, strict } = format;
    return { type: 'json_schema', json_schema: { name, strict, schema } };
  }
  return getOpenings(format) === '{' ? { type: 'json_object' } : undefined;
}

function enforcesSchema(request: CompletionRequest, provider: Provider, leftOut: LeftOut): boolean {
  if (request.responseFormat.type !== 'json_schema' || mayCallTools(request)) return false;
  return provider === 'self-hosted' && !leftOut.has('response_format') && !leftOut.has(JSON_SCHEMA);
}

function mayCallTools({ tools, toolChoice }: CompletionRequest): boolean {
  return tools.length > 0 && toolChoice !== 'none';
}

/** A named tool is the only one offered: servers that know `required` may take a name for `auto`. */
function withNativeChoice(request: CompletionRequest, leftOut: LeftOut): CompletionRequest {
  const { toolChoice, tools } = request;
  if (toolChoice === 'none' && leftOut.has('tool_choice')) return { ...request, tools: [] };
  if (leftOut.has('tool_choice') || leftOut.has(REQUIRED_TOOLS)) return withToolChoice(request);
  if (typeof toolChoice === 'string') return request;
  return { ...request, tools: tools.filter(({ name }) => name === toolChoice.name), toolChoice: 'required' };
}
