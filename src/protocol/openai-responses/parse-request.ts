/**
 * Body of `POST /v1/responses` → neutral request. The caller looks up what it refers to; conversations, prompts and background
 * requests are refused. Unknown fields are tolerated: real clients send many.
 */
import type { ClientRequest, ResponseFormat } from '../../completion/request.js';
import { bodyFields, checkFields, type Fields, firstText, isFields, unsupported, wrong } from '../fields.js';
import { jsonSchemaFormat } from '../json-schema-format.js';
import { effortOfBudget, isThinkingType, parseEffort, resolveThinking, type Thinking } from '../thinking.js';
import type { ToolNames } from '../tools/tool-names.js';
import { parseInput } from './parse-input.js';
import { parseResponseTools } from './parse-tools.js';
import type { Recalled } from './references.js';
import { ResponseFields } from './schema.js';

/** A request, with what the encoder of its answer needs. */
export interface ResponsesRequest extends ClientRequest {
  /** Members of the resource that repeat the request. */
  readonly echo: Fields;
  /** Whether reasoning items have `encrypted_content`. */
  readonly sealed: boolean;
  readonly toolNames: ToolNames;
}

/**
 * Throws a BadRequestError that names the first field at fault, a NotFoundError for an item that is not stored.
 * @param recalled the stored items that the body refers to; `undefined` if none were looked up, so that references are refused
 */
export function parseResponsesRequest(
  body: unknown,
  enableThinking: boolean,
  recalled?: Recalled,
): ResponsesRequest {
  const given = bodyFields(body);
  const fields = checkFields(ResponseFields, given);
  rejectStatefulFields(given, recalled);
  const input = { given: given.input, recalled };
  const { echo, ...tools } = parseResponseTools(given.tools, given.tool_choice, input);
  return {
    model: fields.model,
    messages: parseInput(input, fields.instructions ?? undefined, tools.toolNames),
    stream: fields.stream ?? undefined,
    ...parseThinking(fields, enableThinking),
    sampling: {
      temperature: fields.temperature ?? undefined,
      topP: fields.top_p ?? undefined,
      maxTokens: fields.max_output_tokens ?? undefined,
      presencePenalty: fields.presence_penalty ?? undefined,
      frequencyPenalty: fields.frequency_penalty ?? undefined,
    },
    stop: [],
    responseFormat: responseFormatOf(fields),
    ...tools,
    parallelToolCalls: fields.parallel_tool_calls ?? true,
    user: fields.user ?? fields.safety_identifier ?? undefined,
    ...conversationOf(given),
    ...(given.service_tier === 'flex' ? { isFlexible: true } : {}),
    echo: { ...echoOf(fields, given), ...echo },
    sealed: given.store === false || (fields.include?.includes('reasoning.encrypted_content') ?? false),
  };
}

function rejectStatefulFields(given: Fields, recalled: Recalled | undefined): void {
  const isGiven = (field: string) => given[field] !== undefined && given[field] !== null;
  const cure = 'send the whole conversation as input.';
  if (isGiven('previous_response_id') && recalled === undefined) {
    throw unsupported('previous_response_id', `responses are not kept here; ${cure}`);
  }
  if (isGiven('conversation')) throw unsupported('conversation', `conversations are not kept here; ${cure}`);
  if (given.background === true) {
    throw unsupported('background', 'responses do not run in the background here; use stream: true.');
  }
  if (given.prompt !== undefined && given.prompt !== null) {
    throw unsupported('prompt', 'prompts are not kept here; send instructions and input.');
  }
}

/** `enabled` and `max_tokens` are OpenRouter's fields, `thinking` is Z.ai's. */
function parseThinking({ reasoning, thinking }: ResponseFields, enableThinking: boolean): Thinking {
  const on = isThinkingType(thinking?.type) ?? reasoning?.enabled ?? undefined;
  const effort =
    parseEffort(reasoning?.effort, 'reasoning.effort') ??
    effortOfBudget(reasoning?.max_tokens ?? thinking?.budget_tokens);
  const clearThinking = thinking?.clear_thinking ?? undefined;
  return {
    ...resolveThinking(on, effort, enableThinking),
    ...(clearThinking === undefined ? {} : { clearThinking }),
  };
}

function responseFormatOf({ text }: ResponseFields): ResponseFormat {
  const format = text?.format;
  const type = format?.type ?? 'text';
  const hasSchema = type === 'json_object' && isFields(format?.schema);
  if (type === 'text' || (type === 'json_object' && !hasSchema)) return { type };
  if (type === 'json_schema' || hasSchema) return jsonSchemaFormat(format, 'text.format');
  throw wrong('text.format.type', 'must be "text", "json_object" or "json_schema"');
}

function conversationOf(given: Fields): Pick<ResponsesRequest, 'conversationId' | 'sessionId'> {
  const metadata = isFields(given.metadata) ? given.metadata : {};
  return {
    conversationId: firstText(metadata.conversation_id),
    sessionId: firstText(given.prompt_cache_key, metadata.user_id),
  };
}

/**
 * Unsupported settings have their fixed values, whatever the request says. Clients expect numbers for sampling, so OpenAI's
 * defaults are used if the request has none.
 */
function echoOf(fields: ResponseFields, given: Fields): Fields {
  return {
    background: false,
    frequency_penalty: fields.frequency_penalty ?? 0,
    instructions: fields.instructions ?? null,
    max_output_tokens: fields.max_output_tokens ?? null,
    max_tool_calls: given.max_tool_calls ?? null,
    metadata: isFields(given.metadata) ? given.metadata : {},
    parallel_tool_calls: fields.parallel_tool_calls ?? true,
    presence_penalty: fields.presence_penalty ?? 0,
    previous_response_id: given.previous_response_id ?? null,
    prompt_cache_key: fields.prompt_cache_key ?? null,
    reasoning: {
      effort: firstText(fields.reasoning?.effort) ?? null,
      summary: fields.reasoning?.summary ?? null,
    },
    safety_identifier: fields.safety_identifier ?? null,
    service_tier: 'default',
    store: false,
    temperature: fields.temperature ?? 1,
    text: { format: fields.text?.format ?? { type: 'text' }, verbosity: fields.text?.verbosity ?? 'medium' },
    top_logprobs: 0,
    top_p: fields.top_p ?? 1,
    truncation: 'disabled',
    user: fields.user ?? null,
  };
}
