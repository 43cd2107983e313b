/**
 * Names of spans and attributes. HTTP, server and error names are those of OpenTelemetry's semantic conventions 1.45.0,
 * `gen_ai` names those of semantic-conventions-genai v0.1.0, `ztoapi` names the gateway's own. No name is for content: what
 * was asked and answered, keys and addresses of clients are in no span.
 */
import type { Stage } from './request-trace.js';

export const SCOPE = 'ztoapi';
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.45.0';

export const STAGE_NAMES: Readonly<Record<Stage, string>> = {
  access: 'authenticate and limit',
  queue: 'wait for slot',
  'guest-token': 'get guest token',
};

/** The event on an attempt's span. */
export const FIRST_TOKEN = 'first token';

export const ERROR_TYPE = 'error.type';

export const RESOURCE = {
  serviceName: 'service.name',
  serviceVersion: 'service.version',
  serviceInstanceId: 'service.instance.id',
} as const;

export const REQUEST = {
  method: 'http.request.method',
  route: 'http.route',
  status: 'http.response.status_code',
  userAgent: 'user_agent.original',
  requestId: 'ztoapi.request.id',
  keyName: 'ztoapi.key.name',
  outcome: 'ztoapi.outcome',
  model: 'ztoapi.model',
  servedModel: 'ztoapi.served_model',
  isStreamed: 'ztoapi.stream',
} as const;

/** A client's span of GenAI. Usage stands here alone, so that a trace's tokens add up. */
export const ATTEMPT = {
  method: 'http.request.method',
  status: 'http.response.status_code',
  resendCount: 'http.request.resend_count',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  responseModel: 'gen_ai.response.model',
  finishReasons: 'gen_ai.response.finish_reasons',
  timeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cachedTokens: 'gen_ai.usage.cache_read.input_tokens',
  reasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
} as const;
