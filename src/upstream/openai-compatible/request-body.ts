/** Builds the body for an OpenAI-compatible upstream; JSON leaves out members that are `undefined`. */
import { moveImages } from '../../completion/images.js';
import {
  type CompletionRequest,
  type ContentPart,
  getText,
  type Message,
  type Tool,
} from '../../completion/request.js';
import { asObject, type JsonObject, parseJson } from '../json.js';
import { maxOutputTokens, streamsToolArguments } from '../model-traits.js';
import { type LeftOut, responseFormat, withWordsFor } from './native.js';
import { withoutFields } from './own-fields.js';
import type { Provider } from './provider.js';
import { selfHostedThinkingFields, zaiThinkingFields } from './thinking-fields.js';

/** `leftOut` are the fields that this server refuses for the model. */
export function buildOpenaiBody(
  request: CompletionRequest,
  provider: Provider,
  leftOut: LeftOut = new Set(),
): JsonObject {
  const asked = withWordsFor(request, provider, leftOut);
  const body = buildBody(asked, provider, responseFormat(request, provider, leftOut));
  return withoutFields(body, leftOut);
}

function buildBody(request: CompletionRequest, provider: Provider, format: object | undefined): JsonObject {
  const messages = moveImages(request.messages).filter(saysSomething);
  return {
    model: request.model.id,
    messages: (provider === 'zai' ? withUserMessage(messages) : messages).map(buildMessage),
    stream: true,
    stream_options: { include_usage: true },
    response_format: format,
    ...(provider === 'zai' ? zaiFields(request) : selfHostedFields(request)),
  };
}

/** Z.ai takes 0…1 for temperature, 0.01…1 for top_p, one stop text (the gateway honours the rest), no penalties. */
function zaiFields(request: CompletionRequest): object {
  const { model, sampling, stop, user } = request;
  const { temperature, topP, maxTokens } = sampling;
  // It knows no other choice than `auto`: `none` means that no tool is offered.
  const tools = request.toolChoice === 'none' ? [] : request.tools;
  return {
    ...zaiThinkingFields(request),
    // Agents ask for more tokens than any model allows.
    max_tokens: maxTokens === undefined ? undefined : Math.min(maxTokens, maxOutputTokens(model)),
    temperature: temperature === undefined ? undefined : Math.min(temperature, 1),
    top_p: topP === undefined ? undefined : Math.min(Math.max(topP, 0.01), 1),
    stop: stop.length === 1 && !request.stopIsTold ? stop : undefined,
    tools: withWebSearch(buildTools(tools), request),
    tool_stream: tools.length > 0 && streamsToolArguments(model) ? true : undefined,
    user_id: user !== undefined && user.length >= 6 && user.length <= 128 ? user : undefined,
  };
}

function selfHostedFields(request: CompletionRequest): object {
  const { sampling, stop, user, tools } = request;
  return {
    tools: buildTools(tools),
    tool_choice: tools.length > 0 ? request.toolChoice : undefined,
    max_tokens: sampling.maxTokens,
    parallel_tool_calls: tools.length > 0 && !request.parallelToolCalls ? false : undefined,
    ...selfHostedThinkingFields(request),
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    min_p: sampling.minP,
    seed: sampling.seed,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    repetition_penalty: sampling.repetitionPenalty,
    // llama.cpp's name for it.
    repeat_penalty: sampling.repetitionPenalty,
    logit_bias: sampling.logitBias,
    stop: stop.length > 0 && !request.stopIsTold ? stop : undefined,
    user,
  };
}

function withWebSearch(
  tools: object[] | undefined,
  { webSearch, toolChoice }: CompletionRequest,
): object[] | undefined {
  if (webSearch === undefined || toolChoice === 'none') return tools;
  return [...(tools ?? []), { type: 'web_search', web_search: webSearch }];
}

function buildTools(tools: readonly Tool[]): object[] | undefined {
  if (tools.length === 0) return undefined;
  // Z.ai documents parameters as required.
  const parameters = { type: 'object', properties: {} };
  return tools.map((tool) => ({
    type: 'function',
    function: { ...tool, parameters: tool.parameters ?? parameters },
  }));
}

/** Z.ai refuses conversations without a message of the user's or a tool's: the last instruction stands for one. */
function withUserMessage(messages: readonly Message[]): readonly Message[] {
  if (messages.some(({ role }) => role === 'user' || role === 'tool')) return messages;
  const last = messages.findLastIndex(({ role }) => role === 'system');
  return messages.map((message, index) =>
    index === last ? { role: 'user', content: message.content } : message,
  );
}

/** An answer that was stopped before its first word comes back as an empty message, which Z.ai refuses. */
function saysSomething(message: Message): boolean {
  if (message.role === 'user' || message.role === 'tool' || message.content !== '') return true;
  return message.role === 'assistant' && message.toolCalls !== undefined;
}

/** The same for an empty text beside an image. */
function showsSomething(part: ContentPart): boolean {
  return part.type !== 'text' || part.text !== '';
}

function buildMessage(message: Message): object {
  switch (message.role) {
    case 'system':
      return message;
    case 'user': {
      const { role, content } = message;
      return {
        role,
        content: typeof content === 'string' ? content : content.filter(showsSomething).map(buildPart),
      };
    }
    case 'assistant':
      return {
        role: 'assistant',
        content: message.content,
        // Z.ai asks for it back with the results of tools.
        reasoning_content: message.reasoning,
        tool_calls: message.toolCalls?.map(({ id, name, arguments: written }) => ({
          id,
          type: 'function',
          function: { name, arguments: readable(written) },
        })),
      };
    case 'tool':
      return { role: 'tool', tool_call_id: message.callId, content: getText(message) };
  }
}

/**
 * Servers read the arguments of earlier calls as an object: what the model once wrote wrongly, or the token limit cut,
 * would fail every further turn of the conversation.
 */
function readable(written: string): string {
  if (asObject(parseJson(written))) return written;
  return JSON.stringify(written.trim() === '' ? {} : { unreadable: written });
}

function buildPart(part: ContentPart): object {
  if (part.type === 'text') return part;
  return { type: 'image_url', image_url: { url: part.url, detail: part.detail } };
}
