/** Errors in Anthropic's format. */
import type { ApiError } from '../../vocabulary/errors.js';
import type { ErrorFormat } from '../protocol.js';

const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** Anthropic's clients wait and retry at 529, its status for an overload. */
function errorStatus({ status, code }: ApiError): number {
  return code === 'overloaded' ? 529 : status;
}

/** `{type: "error", error: {type, message, …}, request_id}`. SDKs read the cause from `details.error_code`. */
function errorBody(error: ApiError, requestId: string): object {
  const { code, param } = error;
  const status = errorStatus(error);
  const told = error.messageFor(requestId);
  const type = TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
  // Anthropic's wording, by which agents recognize that they have to shorten the conversation.
  const message = code === 'context_length_exceeded' ? `prompt is too long: ${told}` : told;
  const details = code === null ? {} : { details: { error_code: code } };
  return { type: 'error', error: { type, message, code, param, ...details }, request_id: requestId };
}

export const anthropicErrors: ErrorFormat = { status: errorStatus, body: errorBody };
