/** Kinds of server that host GLM: the wording of their refusals, and their differences. */
import type { ErrorFormName, SimulatedError } from './error-forms.js';
import type { Scenario } from './scenarios.js';

/** Context in tokens unless the scenario sets it. */
export const SELF_HOSTED_CONTEXT = 131_072;

/** A field of the request, as a path (`messages.1.assistant.reasoning_content`), and what stood there. */
export interface Field {
  path: string;
  value: unknown;
}

export interface Server {
  ownedBy: string;
  form: ErrorFormName;
  unknownFields(fields: readonly Field[]): SimulatedError;
  wrongValue(field: Field): SimulatedError;
  promptTooLong(tokens: number, context: number): SimulatedError;
  noImages(model: string): SimulatedError;
  /** Unknown fields that the server ignores. */
  ignored?: readonly string[];
  /** Whether every model name means the server's only model, which the answer names. */
  onlyOneModel?: true;
  /** Whether a choice of one tool counts as `auto`. */
  takesNamedToolForAuto?: true;
}

const INVALID = 'invalid_request_error';

const vllm: Server = {
  ownedBy: 'vllm',
  form: 'openai',
  unknownFields: (fields) => ({ status: 400, message: `[${fields.map(forbidden).map(python).join(', ')}]` }),
  wrongValue: (field) => ({ status: 400, message: `[${python(formatPython(field))}]` }),
  promptTooLong: (tokens, context) => ({
    status: 400,
    message: `This model's maximum context length is ${context} tokens. However, your request has ${tokens} input tokens. Please reduce the length of the input messages.`,
  }),
  noImages: (model) => ({ status: 400, message: `${model} is not a multimodal model` }),
};

const llamaCpp: Server = {
  ownedBy: 'llamacpp',
  form: 'llama',
  unknownFields: ([first]) => ({ status: 400, message: `Unsupported param: ${first?.path}` }),
  wrongValue: ({ path, value }) => ({
    status: 400,
    message: `Invalid ${path}: ${JSON.stringify(value)}`,
  }),
  promptTooLong: (tokens, context) => ({
    status: 400,
    message: `request (${tokens} tokens) exceeds the available context size (${context} tokens), try increasing it`,
    members: { type: 'exceed_context_size_error', n_prompt_tokens: tokens, n_ctx: context },
  }),
  noImages: () => ({
    status: 500,
    message: 'image input is not supported - hint: if this is unexpected, you may need to provide the mmproj',
  }),
  ignored: ['repetition_penalty'],
  onlyOneModel: true,
  takesNamedToolForAuto: true,
};

const cerebras: Server = {
  ownedBy: 'Cerebras',
  form: 'bare',
  unknownFields: (fields) => ({
    status: 400,
    message: fields.map(unsupportedProperty).join('\n'),
    members: { type: INVALID, param: 'validation_error', code: 'wrong_api_format' },
  }),
  wrongValue: ({ path, value }) => ({
    status: 400,
    message: `${path}: value ${JSON.stringify(value)} is not one of the allowed values`,
    members: { type: INVALID, param: path, code: 'wrong_api_format' },
  }),
  promptTooLong: (tokens, context) => ({
    status: 400,
    message: `Please reduce the length of the messages or completion. Current length is ${tokens} while limit is ${context}`,
    members: { type: INVALID, param: 'messages', code: 'context_length_exceeded' },
  }),
  noImages: () => ({
    status: 400,
    message: 'Content type image_url is not supported by this model',
    members: { type: INVALID, param: 'messages', code: 'wrong_api_format' },
  }),
};

const mistral: Server = {
  ownedBy: 'mistralai',
  form: 'nested',
  unknownFields: (fields) => ({
    status: 422,
    message: 'Extra inputs are not permitted',
    faults: fields.map(forbidden),
    members: { type: INVALID, code: null },
  }),
  wrongValue: (field) => ({
    status: 422,
    message: 'Invalid value',
    faults: [formatPython(field)],
    members: { type: INVALID, code: null },
  }),
  promptTooLong: (tokens, context) => ({
    status: 400,
    form: 'flat',
    message: `Prompt contains ${tokens} tokens and 0 draft tokens, too large for model with ${context} maximum context length`,
    members: { type: INVALID, code: null },
  }),
  noImages: () => ({
    status: 400,
    form: 'flat',
    message: 'Image content is not supported by this model',
    members: { type: INVALID, code: null },
  }),
};

const openai: Server = {
  ownedBy: 'openai',
  form: 'openai',
  unknownFields: ([first]) => ({
    status: 400,
    message: `Unknown parameter: '${first?.path}'.`,
    members: { type: INVALID, param: first?.path, code: 'unknown_parameter' },
  }),
  wrongValue: ({ path, value }) => ({
    status: 400,
    message: `Unsupported value: '${path}' does not support ${JSON.stringify(value)} with this model.`,
    members: { type: INVALID, param: path, code: 'unsupported_value' },
  }),
  promptTooLong: (tokens, context) => ({
    status: 400,
    message: `This model's maximum context length is ${context} tokens. However, your messages resulted in ${tokens} tokens.`,
    members: { type: INVALID, param: 'messages', code: 'context_length_exceeded' },
  }),
  noImages: () => ({
    status: 400,
    message: 'Invalid content type. image_url is only supported by certain models.',
    members: { type: INVALID, param: 'messages', code: null },
  }),
};

/** The official API reports a bad field by a business code only. */
export const zai: Server = {
  ...openai,
  ownedBy: 'z-ai',
  form: 'zai',
  unknownFields: ([first]) => ({
    status: 400,
    message: `Invalid API parameter, please check the documentation. Unknown parameter: ${first?.path}`,
  }),
  wrongValue: ({ path, value }) => ({
    status: 400,
    message: `Invalid API parameter, please check the documentation. ${path}: ${JSON.stringify(value)} is not supported`,
  }),
  promptTooLong: () => ({ status: 400, code: '1261', message: 'Prompt exceeds max length' }),
};

/** Kinds that the self-hosted `/v1` can simulate. */
export const SERVERS: Readonly<Record<string, Server>> = {
  vllm,
  'llama.cpp': llamaCpp,
  cerebras,
  mistral,
  openai,
};

/** Cerebras calls a member of the body itself `body.NAME`. */
function unsupportedProperty({ path }: Field): string {
  const name = path.includes('.') ? path : `body.${path}`;
  return `${name}: property '${name}' is unsupported`;
}

/** vLLM, unless the scenario says otherwise. */
export function findServer(scenario: Scenario): Server {
  return SERVERS[scenario.text('server') ?? ''] ?? vllm;
}

/** Pydantic's entry for a field that it does not know. */
function forbidden({ path, value }: Field): object {
  return {
    type: 'extra_forbidden',
    loc: ['body', ...steps(path)],
    msg: 'Extra inputs are not permitted',
    input: value,
  };
}

/** Pydantic's entry for a value that is not allowed. */
function formatPython({ path, value }: Field): object {
  return {
    type: 'literal_error',
    loc: ['body', ...steps(path)],
    msg: "Input should be 'none', 'low', 'medium' or 'high'",
    input: value,
  };
}

function steps(path: string): (string | number)[] {
  return path.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

/** Formats a value as Python prints it, as in vLLM's messages. */
function python(value: unknown): string {
  if (typeof value === 'string') return value.includes("'") ? JSON.stringify(value) : `'${value}'`;
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `(${value.map(python).join(', ')})`;
  if (typeof value !== 'object') return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `'${key}': ${python(item)}`)
    .join(', ')}}`;
}
