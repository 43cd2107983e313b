/** Requests that the official API refuses: unknown models, wrong messages, and values out of range. */
import { type AnyBody, readCalls, readModelName } from './conversation.js';
import { codeFailure } from './failures.js';
import { findOfficialModel, type ModelRow } from './model-rows.js';
import { promptTokens } from './prompt.js';
import type { Reply } from './reply.js';
import { findThinkingRefusal, type ZaiPlan } from './thinking.js';

const MAX_TOOLS = 128;

type Refusal = [code: string, message?: string];

/** Checks the model, the messages, then the parameters. */
export function checkZaiRequest(body: AnyBody, plan: ZaiPlan): Reply | undefined {
  const refusal = refusalOf(body, plan);
  return refusal && codeFailure(refusal[0], 'zai', refusal[1]);
}

function refusalOf(body: AnyBody, plan: ZaiPlan): Refusal | undefined {
  if (typeof body !== 'object' || body === null) return ['1210'];
  const row = findOfficialModel(readModelName(body));
  if (row === undefined) return ['1211'];
  const messages = refusedMessages(body, row);
  if (messages) return messages;
  const parameter = refusedParameter(body, row) ?? findThinkingRefusal(row, body, plan);
  return parameter === undefined ? undefined : ['1210', parameter];
}

function refusedParameter(body: AnyBody, row: ModelRow): string | undefined {
  if (outside(body.temperature, 0, 1)) return 'temperature must be between 0 and 1';
  if (outside(body.top_p, 0.01, 1)) return 'top_p must be between 0.01 and 1';
  if (Array.isArray(body.stop) && body.stop.length > 1) return 'stop supports at most 1 entry';
  if (outside(body.max_tokens, 1, row.maxOutput)) return `max_tokens must be between 1 and ${row.maxOutput}`;
  if (body.tools?.length > MAX_TOOLS) return `tools supports at most ${MAX_TOOLS} entries`;
  if (!['auto', undefined, null].includes(body.tool_choice)) return 'tool_choice supports only auto';
  if (!['text', 'json_object', undefined].includes(body.response_format?.type))
    return 'response_format.type supports only text and json_object';
  return undefined;
}

function refusedMessages(body: AnyBody, row: ModelRow): Refusal | undefined {
  const messages: AnyBody = body.messages;
  if (!Array.isArray(messages)) return ['1213', 'messages: a required parameter was not received properly'];
  const roles = messages.map((message) => message?.role);
  if (roles.some((role) => !['system', 'user', 'assistant', 'tool'].includes(role))) return ['1214'];
  if (!roles.some((role) => role === 'user' || role === 'tool'))
    return ['1214', 'The messages parameter is illegal'];
  if (messages.some(hasEmptyText))
    return ['1213', 'messages.content.text: a required parameter was not received'];
  const called = new Set(messages.flatMap(readCalls).map((call) => call?.id));
  const stray = messages.find(({ role, tool_call_id }) => role === 'tool' && !called.has(tool_call_id));
  if (stray) return ['1214', 'The messages parameter is illegal: no tool call has this tool_call_id'];
  const unread = partTypes(messages).find((type) => !reads(row, type));
  if (unread !== undefined) return ['1210', `messages.content.type is illegal: ${unread}`];
  return promptTokens(body) > row.context ? ['1261'] : undefined;
}

function partTypes(messages: AnyBody[]): string[] {
  const parts = messages.flatMap(({ content }) => (Array.isArray(content) ? content : []));
  return parts.map((part) => String(part?.type));
}

/** `image_url`, `video_url` and `file_url` are named after what they hold. */
function reads({ input }: ModelRow, partType: string): boolean {
  return input.some((modality) => partType === modality || partType === `${modality}_url`);
}

function hasEmptyText({ content }: AnyBody): boolean {
  return Array.isArray(content) && content.some((part: AnyBody) => part?.type === 'text' && part.text === '');
}

function outside(value: unknown, least: number, most: number): boolean {
  return (
    value !== undefined && value !== null && !(typeof value === 'number' && value >= least && value <= most)
  );
}
