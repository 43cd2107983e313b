/**
 * Body of `POST /v1/chat/completions` → neutral request. Unknown fields are tolerated: real clients send many.
 */
import { settleHistory } from '../../completion/history.js';
import type { ClientRequest, ResponseFormat, Sampling } from '../../completion/request.js';
import { bodyFields, checkFields, type Fields, firstText, isFields, unsupported, wrong } from '../fields.js';
import { jsonSchemaFormat } from '../json-schema-format.js';
import { effortOfBudget, isThinkingType, parseEffort, resolveThinking, type Thinking } from '../thinking.js';
import { wrapFreeformCalls } from '../tools/freeform.js';
import { parseTools } from '../tools/parse-tools.js';
import type { ToolNames } from '../tools/tool-names.js';
import { parseMessages } from './parse-messages.js';
import { ChatFields } from './schema.js';

/** A request, with what the encoder of its answer needs. */
export interface ChatRequest extends ClientRequest {
  /** The stream ends with a chunk of usage. */
  readonly includeUsage: boolean;
  readonly toolNames: ToolNames;
}

/** Throws a BadRequestError that names the first field at fault. */
export function parseChatRequest(body: unknown, enableThinking: boolean): ChatRequest {
  const given = bodyFields(body);
  const fields = checkFields(ChatFields, given);
  if (fields.functions?.length) throw unsupported('functions', 'is not supported; send tools.');
  const messages = parseMessages(given.messages);
  const tools = parseTools(given.tools, given.tool_choice);
  return {
    model: fields.model,
    messages: settleHistory(wrapFreeformCalls(messages, tools.toolNames), 'messages'),
    stream: fields.stream ?? undefined,
    includeUsage: fields.stream_options?.include_usage ?? false,
    ...readThinking(fields, enableThinking),
    sampling: readSampling(fields),
    stop: (typeof fields.stop === 'string' ? [fields.stop] : (fields.stop ?? [])).filter(Boolean),
    responseFormat: parseResponseFormat(fields),
    ...tools,
    webSearch: findWebSearch(given.tools),
    parallelToolCalls: fields.parallel_tool_calls ?? true,
    user: fields.user ?? undefined,
    ...readConversation(given),
    ...(given.service_tier === 'flex' ? { isFlexible: true } : {}),
  };
}

/** Fields of Z.ai and OpenAI take precedence over those of other gateways and engines. */
function readThinking(fields: ChatFields, enableThinking: boolean): Thinking {
  const { thinking, reasoning, chat_template_kwargs: template } = fields;
  const on =
    fields.enable_thinking ??
    isThinkingType(thinking?.type) ??
    template?.enable_thinking ??
    template?.thinking ??
    reasoning?.enabled ??
    undefined;
  const effort =
    parseEffort(fields.reasoning_effort, 'reasoning_effort') ??
    parseEffort(reasoning?.effort, 'reasoning.effort') ??
    parseEffort(template?.reasoning_effort, 'chat_template_kwargs.reasoning_effort') ??
    effortOfBudget(thinking?.budget_tokens ?? reasoning?.max_tokens ?? fields.thinking_budget);
  const clearThinking = thinking?.clear_thinking ?? template?.clear_thinking ?? undefined;
  return {
    ...resolveThinking(on, effort, enableThinking),
    ...(clearThinking === undefined ? {} : { clearThinking }),
  };
}

/** Accepts Z.ai's form only: agents declare a bare `web_search` everywhere, and Z.ai bills each search. */
function findWebSearch(tools: unknown): Fields | undefined {
  const declared: unknown[] = Array.isArray(tools) ? tools : [];
  const search = declared.find(
    (tool) => isFields(tool) && tool.type === 'web_search' && isFields(tool.web_search),
  );
  return (search as { web_search: Fields } | undefined)?.web_search;
}

function readSampling(fields: ChatFields): Sampling {
  return {
    temperature: fields.temperature ?? undefined,
    topP: fields.top_p ?? undefined,
    topK: fields.top_k ?? undefined,
    minP: fields.min_p ?? undefined,
    maxTokens: fields.max_completion_tokens ?? fields.max_tokens ?? undefined,
    seed: fields.seed ?? undefined,
    presencePenalty: fields.presence_penalty ?? undefined,
    frequencyPenalty: fields.frequency_penalty ?? undefined,
    repetitionPenalty: fields.repetition_penalty ?? undefined,
    logitBias: fields.logit_bias ?? undefined,
  };
}

/** The schema is in `json_schema` (OpenAI), or beside the type (llama.cpp, Together). */
function parseResponseFormat({ response_format: format }: ChatFields): ResponseFormat {
  const type = format?.type ?? 'text';
  if (type === 'text') return { type };
  const isFlat = isFields(format?.schema) && format.json_schema === undefined;
  if (isFlat && (type === 'json_object' || type === 'json_schema')) {
    return jsonSchemaFormat(format, 'response_format');
  }
  if (type === 'json_object') return { type };
  if (type === 'json_schema') return jsonSchemaFormat(format?.json_schema, 'response_format.json_schema');
  throw wrong('response_format.type', 'must be "text", "json_object" or "json_schema"');
}

function readConversation(fields: Fields): Pick<ChatRequest, 'conversationId' | 'sessionId'> {
  const metadata = (fields.metadata ?? {}) as { conversation_id?: unknown; user_id?: unknown };
  return {
    conversationId: firstText(fields.conversation_id, metadata.conversation_id),
    sessionId: firstText(fields.prompt_cache_key, metadata.user_id),
  };
}
