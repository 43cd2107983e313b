/** The `response` resource: its identity, what was requested, and the result. */
import type { FinishReason, Usage } from '../../completion/event.js';
import type { ApiError } from '../../vocabulary/errors.js';
import type { Fields } from '../fields.js';
import type { AnswerHead } from '../protocol.js';

/** Members of the resource that depend on the answer. */
export interface Outcome {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  readonly error?: object | undefined;
  readonly incomplete_details?: object | null;
  readonly output: readonly object[];
  readonly usage?: Usage | undefined;
}

/** Builds the resource. `echo` are the members that repeat the request. */
export function resource(head: AnswerHead, echo: Fields, outcome: Outcome): object {
  return {
    id: `resp_${plainId(head)}`,
    object: 'response',
    created_at: head.created,
    completed_at: outcome.status === 'completed' ? (head.now?.() ?? head.created) : null,
    status: outcome.status,
    error: outcome.error ?? null,
    incomplete_details: outcome.incomplete_details ?? null,
    model: head.model,
    output: outcome.output,
    usage: usageBody(outcome.usage),
    ...echo,
  };
}

/** Builds the id of an item from its index in the output. */
export function itemId(head: AnswerHead, prefix: string, index: number): string {
  return `${prefix}_${plainId(head)}${index}`;
}

/** Status of a response that ended without an error. */
export function ending(reason: FinishReason) {
  if (reason === 'length')
    return { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } } as const;
  if (reason === 'content_filter') return { status: 'incomplete', incomplete_details: { reason } } as const;
  return { status: 'completed', incomplete_details: null } as const;
}

/** The response's `error`, with one of OpenAI's codes, by which agents decide whether to retry. */
export function failure(error: ApiError, requestId: string): object {
  return { code: failureCode(error), message: error.messageFor(requestId) };
}

function failureCode({ code, status }: ApiError): string {
  if (code === 'context_length_exceeded' || code === 'insufficient_quota') return code;
  if (status === 429) return 'rate_limit_exceeded';
  return status < 500 ? 'invalid_prompt' : 'server_error';
}

function usageBody(usage: Usage | undefined): object | null {
  if (usage === undefined) return null;
  return {
    input_tokens: usage.promptTokens,
    input_tokens_details: { cached_tokens: usage.cachedTokens ?? 0, cache_write_tokens: 0 },
    output_tokens: usage.completionTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: usage.totalTokens,
  };
}

/** OpenAI's ids have no hyphens. */
function plainId({ uuid }: AnswerHead): string {
  return uuid.replaceAll('-', '');
}
