/**
 * Body of `POST /v1/messages` → neutral request. Anthropic's fields without a meaning for GLM (`cache_control`,
 * `service_tier`, …) and unknown ones are tolerated: real clients send many.
 */
import { settleHistory } from '../../completion/history.js';
import type { ClientRequest, ResponseFormat } from '../../completion/request.js';
import { BadRequestError } from '../../vocabulary/errors.js';
import { bodyFields, checkFields, type Fields, firstText, isFields, wrong } from '../fields.js';
import { effortOfBudget, isThinkingType, parseEffort, resolveThinking, type Thinking } from '../thinking.js';
import { parseMessages } from './parse-messages.js';
import { parseTools } from './parse-tools.js';
import { MessagesFields } from './schema.js';

/** Throws a BadRequestError that names the first field at fault. */
export function parseMessagesRequest(body: unknown, enableThinking: boolean): ClientRequest {
  const given = bodyFields(body);
  if (given.thread !== undefined && given.thread !== null) throw unsupportedThread();
  const fields = checkFields(MessagesFields, given);
  return {
    model: fields.model,
    messages: settleHistory(parseMessages(given.system, given.messages), 'messages'),
    // Anthropic's default; DEFAULT_STREAM is for OpenAI's protocols.
    stream: fields.stream ?? false,
    ...readThinking(fields, given, enableThinking),
    sampling: {
      temperature: fields.temperature ?? undefined,
      topP: fields.top_p ?? undefined,
      topK: fields.top_k ?? undefined,
      maxTokens: fields.max_tokens ?? undefined,
    },
    stop: (fields.stop_sequences ?? []).filter(Boolean),
    stopIsTold: true,
    responseFormat: parseResponseFormat(given),
    ...parseTools(given.tools, given.tool_choice),
    conversationId: undefined,
    sessionId: isFields(given.metadata) ? firstText(given.metadata.user_id) : undefined,
  };
}

function readThinking(
  { thinking, output_config: config }: MessagesFields,
  given: Fields,
  enableThinking: boolean,
): Thinking {
  const budget = effortOfBudget(thinking?.budget_tokens);
  const effort = parseEffort(config?.effort, 'output_config.effort') ?? budget;
  const on = isThinkingType(thinking?.type);
  // In Anthropic's protocol a budget switches thinking on, a level of effort does not. The level still applies to models that
  // always think.
  const isLevelOnly = on === undefined && budget === undefined && effort !== undefined && effort !== 'none';
  return {
    ...(isLevelOnly ? { thinking: enableThinking, effort } : resolveThinking(on, effort, enableThinking)),
    ...(shouldKeepThinking(given) ? { clearThinking: false } : {}),
  };
}

/** Claude Code sends an edit of the context that keeps all thinking. */
function shouldKeepThinking({ context_management: management }: Fields): boolean {
  const edits = isFields(management) && Array.isArray(management.edits) ? management.edits : [];
  return edits.some(
    (edit) => isFields(edit) && /^clear_thinking_/.test(String(edit.type)) && edit.keep === 'all',
  );
}

/** Reads `output_config.format`, or its predecessor `output_format`. */
function parseResponseFormat(given: Fields): ResponseFormat {
  const config = isFields(given.output_config) ? given.output_config : {};
  const [format, at] = isFields(config.format)
    ? [config.format, 'output_config.format']
    : [given.output_format, 'output_format'];
  if (format === undefined || format === null) return { type: 'text' };
  if (!isFields(format) || format.type !== 'json_schema') throw wrong(`${at}.type`, 'must be "json_schema"');
  if (!isFields(format.schema)) throw wrong(`${at}.schema`, 'must be a JSON Schema');
  return { type: 'json_schema', name: 'answer', schema: format.schema, param: `${at}.schema` };
}

/** The code makes Anthropic's SDKs send the whole history instead. */
function unsupportedThread(): BadRequestError {
  return new BadRequestError(
    'thread: the gateway keeps no conversations; send all messages with every request, without thread.',
    { code: 'thread_unsupported_request', param: 'thread' },
  );
}
