/**
 * Body of `POST /v1/chat/completions` → what is asked. Fields are forwarded, translated or refused here; the table in
 * the README says which. Unknown fields are tolerated: real clients send many.
 */
import { z } from 'zod';
import type { CompletionRequest, Sampling } from '../../completion/request.js';
import { BadRequestError } from '../../errors.js';
import { parseMessages } from './parse-messages.js';

export interface ChatRequest extends Omit<CompletionRequest, 'model'> {
  /** As the client named it. */
  readonly model: string;
  /** Undefined: the client left it out, and the gateway decides. */
  readonly stream: boolean | undefined;
  readonly includeUsage: boolean;
  /** By which the client itself tells its conversations apart. */
  readonly conversationId: string | undefined;
  /** Weaker: what agents send along with every turn of a session. */
  readonly sessionId: string | undefined;
}

const number = (least: number, most: number) => z.number().min(least).max(most).nullish();
const count = z.int().min(1).nullish();
const anything = z.unknown().optional();
/** Long enough for any marker, short enough to be looked for in every piece of an answer. */
const stopText = z.string().max(1_000);
const stops = z.union([stopText, z.array(stopText).max(16)], {
  error: 'must be a text or up to 16 texts, each of at most 1000 characters',
});

const Body = z.object({
  model: z.string().min(1, 'must not be empty').max(200),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  temperature: number(0, 2),
  top_p: number(0, 1),
  top_k: z.int().min(-1).nullish(),
  min_p: number(0, 1),
  max_tokens: count,
  max_completion_tokens: count,
  stop: stops.nullish(),
  seed: z.int().nullish(),
  presence_penalty: number(-2, 2),
  frequency_penalty: number(-2, 2),
  repetition_penalty: number(0, 10),
  logit_bias: z.record(z.string(), z.number()).nullish(),
  user: z.string().nullish(),
  enable_thinking: z.boolean().nullish(),
  thinking: z.object({ type: z.string().nullish() }).nullish(),
  reasoning_effort: z.string().nullish(),
  chat_template_kwargs: z.object({ enable_thinking: z.boolean().nullish() }).nullish(),
  n: z.literal(1, { error: 'must be 1, one answer per request' }).nullish(),
  logprobs: z.literal(false, { error: 'is not supported' }).nullish(),
  modalities: z.tuple([z.literal('text')], { error: 'can only be ["text"]' }).nullish(),
  response_format: z.object({ type: z.string() }).nullish(),
  tools: z.array(z.unknown()).nullish(),
  tool_choice: anything,
  functions: z.array(z.unknown()).nullish(),
  conversation_id: anything,
  prompt_cache_key: anything,
  metadata: anything,
});
type Body = z.output<typeof Body>;

/** Throws a BadRequestError that names the first field at fault. */
export function parseChatRequest(body: unknown, enableThinking: boolean): ChatRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new BadRequestError('The body must be a JSON object.', { code: 'invalid_json' });
  }
  const result = Body.safeParse(body);
  if (!result.success) throw fieldError(result.error.issues[0], body);
  const fields = result.data;
  refuseTools(fields);
  return {
    model: fields.model,
    messages: parseMessages((body as { messages?: unknown }).messages),
    stream: fields.stream ?? undefined,
    includeUsage: fields.stream_options?.include_usage ?? false,
    thinking: thinkingOf(fields) ?? enableThinking,
    sampling: samplingOf(fields),
    stop: (typeof fields.stop === 'string' ? [fields.stop] : (fields.stop ?? [])).filter(Boolean),
    responseFormat: responseFormatOf(fields),
    user: fields.user ?? undefined,
    ...conversationOf(fields),
  };
}

function thinkingOf(fields: Body): boolean | undefined {
  if (typeof fields.enable_thinking === 'boolean') return fields.enable_thinking;
  if (fields.thinking?.type) return fields.thinking.type !== 'disabled';
  const template = fields.chat_template_kwargs?.enable_thinking;
  if (typeof template === 'boolean') return template;
  return fields.reasoning_effort ? fields.reasoning_effort !== 'none' : undefined;
}

function samplingOf(fields: Body): Sampling {
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

function responseFormatOf(fields: Body): CompletionRequest['responseFormat'] {
  const type = fields.response_format?.type ?? 'text';
  if (type === 'text' || type === 'json_object') return type;
  throw new BadRequestError(
    'response_format.type must be "text" or "json_object"; JSON schemas are not supported yet.',
    {
      code: 'unsupported_parameter',
      param: 'response_format.type',
    },
  );
}

/** Tools that may not be called are no tools: the answer is the same. */
function refuseTools(fields: Body): void {
  const param = fields.tools?.length ? 'tools' : fields.functions?.length ? 'functions' : undefined;
  if (param === undefined || fields.tool_choice === 'none') return;
  throw new BadRequestError(`${param} are not supported yet; leave them out or send tool_choice "none".`, {
    code: 'unsupported_parameter',
    param,
  });
}

function conversationOf(fields: Body): Pick<ChatRequest, 'conversationId' | 'sessionId'> {
  const metadata = (fields.metadata ?? {}) as { conversation_id?: unknown; user_id?: unknown };
  return {
    conversationId: firstText(fields.conversation_id, metadata.conversation_id),
    sessionId: firstText(fields.prompt_cache_key, metadata.user_id),
  };
}

function firstText(...values: unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === 'string' && value !== '');
}

/** `temperature: too big, expected number to be <=2.` from what zod says of it. */
function fieldError(issue: z.core.$ZodIssue | undefined, body: object): BadRequestError {
  const param = (issue?.path ?? []).join('.');
  if (issue?.path.length === 1 && !(param in body)) {
    const cure = param === 'model' ? '; GET /v1/models lists the models' : '';
    return new BadRequestError(`${param} is missing${cure}.`, { code: 'missing_required_parameter', param });
  }
  const message = (issue?.message ?? 'is not valid').replace(/^Invalid input: /, '').replace(': ', ', ');
  return new BadRequestError(`${param}: ${message.charAt(0).toLowerCase()}${message.slice(1)}.`, {
    code: 'invalid_value',
    param,
  });
}
