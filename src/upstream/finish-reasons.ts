/**
 * Every finish reason that servers send, and what it means. An unknown one is treated as a failure.
 */
import type { FinishReason } from '../completion/event.js';
import { asObject, asText, type JsonObject } from './json.js';

/** In lower case with `_` between words. */
const SUCCESSES: Readonly<Record<FinishReason, readonly string[]>> = {
  stop: [
    'stop',
    'eos', // older servers
    'eos_token', // TGI
    'stop_sequence', // TGI, Anthropic
    'stop_token',
    'end_turn', // Anthropic
    'complete', // Cohere
    'completed',
    'end',
    'done',
    'finished',
  ],
  length: [
    'length',
    'max_tokens', // Anthropic, Gemini
    'max_output_tokens',
    'max_new_tokens',
    'max_length',
    'model_length', // Mistral
    'model_context_window_exceeded', // Z.ai, Anthropic
    'context_length',
    'token_limit',
    'repetition', // vLLM cuts an answer that repeats itself
  ],
  content_filter: [
    'content_filter',
    'sensitive', // Z.ai
    'refusal', // Anthropic
    'safety', // Gemini, as are those below
    'recitation',
    'blocklist',
    'prohibited_content',
    'spii',
    'guardrail_intervened', // Bedrock
    'content_filtered',
  ],
  tool_calls: ['tool_calls', 'tool_call', 'tool_use', 'function_call', 'function_calls'],
};

/** Known failures. Routers put them into `native_finish_reason` while `finish_reason` says `stop`. */
const FAILURES: ReadonlySet<string> = new Set([
  'abort', // vLLM, SGLang
  'aborted',
  'cancel',
  'canceled',
  'cancelled',
  'error', // vLLM, Mistral, OpenRouter
  'errored',
  'failed',
  'failure',
  'engine_error',
  'server_error',
  'internal_error',
  'network_error', // Z.ai
  'connection_error',
  'disconnected',
  'timeout',
  'timed_out',
  'interrupted',
  'preempted',
  'evicted',
  'insufficient_system_resource', // DeepSeek
  'overloaded',
  'malformed_function_call', // Gemini
  'unexpected_tool_call', // Gemini
  'invalid_tool_call',
]);

/** Some servers send these in every chunk before the last. */
const NOT_YET: ReadonlySet<string> = new Set([
  '',
  'null',
  'none',
  'unspecified',
  'finish_reason_unspecified',
]);

const MEANINGS: ReadonlyMap<string, FinishReason> = new Map(
  Object.entries(SUCCESSES).flatMap(([reason, words]) =>
    words.map((word) => [word, reason as FinishReason] as const),
  ),
);

export interface FailedFinish {
  /** The upstream's word for it. */
  readonly failure: string;
  /** The details that SGLang gives with it. */
  readonly fields: JsonObject | undefined;
}

export type Finish = { readonly reason: FinishReason } | FailedFinish;

/** @returns undefined if the choice does not end here. */
export function readFinish(choice: JsonObject): Finish | undefined {
  // Nearly all chunks: nothing to read.
  const told = choice.finish_reason;
  if (told === undefined || told === null) return undefined;
  const fields = asObject(told);
  const word = asText(told) ?? asText(fields?.type) ?? '';
  const normal = normalize(word);
  if (NOT_YET.has(normal)) return undefined;
  const native = normalize(asText(choice.native_finish_reason) ?? '');
  if (FAILURES.has(native)) return { failure: native, fields };
  const reason = MEANINGS.get(normal);
  return reason === undefined ? { failure: word, fields } : { reason };
}

/** Gemini appends its own reason: `content_filter: RECITATION`. */
function normalize(word: string): string {
  return word
    .replace(/:.*$/s, '')
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');
}
