/** What the OpenAI-like upstreams refuse (protocol notes 4.2 and 4.7). */
import { type AnyBody, callsOf } from './conversation.js';
import { codeFailure, errorReply } from './failures.js';
import type { Reply } from './reply.js';
import { withoutWords } from './scenarios.js';

export const ZAI_MODELS = [
  'glm-4.5',
  'glm-4.5-air',
  'glm-4.5-x',
  'glm-4.5-airx',
  'glm-4.5-flash',
  'glm-4-32b-0414-128k',
  'glm-4.5v',
  'glm-4.6',
  'glm-4.6v',
  'glm-4.7',
  'glm-4.7-flash',
  'glm-5',
];

/** Those that stream the arguments of tool calls, if asked to. */
export const TOOL_STREAM_MODELS = ['glm-4.6', 'glm-4.7', 'glm-4.7-flash', 'glm-5'];

/** What self-hosters serve; vLLM knows exactly the names it was started with. */
export const SERVED_MODELS = ['glm-4.5', 'zai-org/GLM-4.6'];

const MOST_TOOLS = 128;

/** Z.ai's own checks, in the order model, messages, parameters. */
export function checkZaiRequest(body: AnyBody): Reply | undefined {
  const refuse = (code: string, message?: string) => codeFailure(code, 'zai', message);
  if (typeof body !== 'object' || body === null) return refuse('1210');
  if (!ZAI_MODELS.includes(modelName(body))) return refuse('1211');
  const wrongMessages = checkMessages(body);
  if (wrongMessages) return refuse(...wrongMessages);
  if (outside(body.temperature, 0, 1)) return refuse('1210', 'temperature must be between 0 and 1');
  if (outside(body.top_p, 0.01, 1)) return refuse('1210', 'top_p must be between 0.01 and 1');
  if (Array.isArray(body.stop) && body.stop.length > 1)
    return refuse('1210', 'stop supports at most 1 entry');
  if (outside(body.max_tokens, 1, 131_072)) return refuse('1210', 'max_tokens is out of range');
  if (body.tools?.length > MOST_TOOLS) return refuse('1210', `tools supports at most ${MOST_TOOLS} entries`);
  if (!['auto', undefined, null].includes(body.tool_choice))
    return refuse('1210', 'tool_choice supports only auto');
  return undefined;
}

/** vLLM is patient: it wants a model that it serves, and messages. */
export function checkVllmRequest(body: AnyBody, served: string[]): Reply | undefined {
  if (!Array.isArray(body?.messages))
    return errorReply('vllm', 400, "[{'loc': ('body', 'messages')}] Field required");
  if (body.tool_choice && body.tool_choice !== 'none' && !body.tools?.length)
    return errorReply('vllm', 400, 'When using `tool_choice`, `tools` must be set.');
  if (served.includes(modelName(body))) return undefined;
  return errorReply('vllm', 404, `The model \`${modelName(body)}\` does not exist.`);
}

/** The model's name without scenario words. */
export function modelName(body: AnyBody): string {
  return withoutWords(String(body?.model ?? ''));
}

function checkMessages(body: AnyBody): [code: string, message?: string] | undefined {
  const messages: AnyBody = body.messages;
  if (!Array.isArray(messages)) return ['1213', 'messages: a required parameter was not received properly'];
  const roles = messages.map((message) => message?.role);
  if (roles.some((role) => !['system', 'user', 'assistant', 'tool'].includes(role))) return ['1214'];
  if (!roles.some((role) => role === 'user' || role === 'tool'))
    return ['1214', 'The messages parameter is illegal'];
  if (messages.some(hasEmptyText))
    return ['1213', 'messages.content.text: a required parameter was not received'];
  const called = new Set(messages.flatMap(callsOf).map((call) => call?.id));
  const stray = messages.find(({ role, tool_call_id }) => role === 'tool' && !called.has(tool_call_id));
  if (stray) return ['1214', 'The messages parameter is illegal: no tool call has this tool_call_id'];
  const seesImages = /\dv/.test(modelName(body));
  if (!seesImages && messages.some(hasImage)) return ['1210', 'messages.content.type is illegal: image_url'];
  return undefined;
}

function hasImage(message: AnyBody): boolean {
  return (
    Array.isArray(message.content) && message.content.some((part: AnyBody) => part?.type === 'image_url')
  );
}

function hasEmptyText({ content }: AnyBody): boolean {
  return Array.isArray(content) && content.some((part: AnyBody) => part?.type === 'text' && part.text === '');
}

function outside(value: unknown, least: number, most: number): boolean {
  return (
    value !== undefined && value !== null && !(typeof value === 'number' && value >= least && value <= most)
  );
}
