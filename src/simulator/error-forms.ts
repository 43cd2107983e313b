/** The forms in which servers tell errors: as the body of a failed response, and as an event of a stream. */
import { html, json, type Reply } from './reply.js';

export interface SimulatedError {
  status: number;
  /** Z.ai's business code. */
  code: string;
  message: string;
  /** The field at fault, as a path: `messages.0.content`. */
  field?: string;
  /** What stood there. */
  input?: unknown;
}

interface ErrorForm {
  about: string;
  /** Text is no JSON. */
  body(error: SimulatedError): object | string;
  /** How the body stands in a stream; `data: …` when absent. */
  frame?(body: string): string;
}

export const ERROR_FORMS = {
  zai: {
    about: 'the official API',
    body: ({ code, message }) => ({ error: { code, message } }),
  },
  openai: {
    about: 'vLLM and OpenAI',
    body: (error) => ({ error: members(error) }),
  },
  detail: {
    about: 'the web chat, and proxies: only a text',
    body: ({ status, message }) => (status === 429 ? { detail: message, code: 429 } : { detail: message }),
  },
  details: {
    about: 'FastAPI: a list of faults with their places',
    body: (error) => ({ detail: faults(error) }),
  },
  nested: {
    about: 'Mistral: the same list as the message',
    body: (error) => ({ object: 'error', ...members(error), message: { detail: faults(error) } }),
  },
  flat: {
    about: 'older vLLM: the members on the top level',
    body: (error) => ({ object: 'error', ...members(error) }),
  },
  bare: { about: 'Cerebras: the same without `object`', body: (error) => members(error) },
  string: { about: '`error` is a text', body: ({ message }) => ({ error: message }) },
  llama: {
    about: 'llama.cpp',
    body: ({ status, message }) => ({ error: { code: status, message, type: llamaType(status) } }),
  },
  anthropic: {
    about: 'Z.ai’s Anthropic base: code and text in the message',
    body: ({ status, code, message }) => ({
      type: 'error',
      error: { type: status === 529 ? 'overloaded_error' : 'api_error', message: `[${code}][${message}]` },
    }),
  },
  choice: {
    about: 'OpenRouter: an error beside a choice that ends with `error`',
    body: ({ status, message }) => ({
      error: { code: status, message },
      choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: 'error' }],
    }),
  },
  line: {
    about: 'llama.cpp in a stream: a line `error: {…}` of its own',
    body: ({ status, message }) => ({ code: status, message, type: llamaType(status) }),
    frame: (body) => `error: ${body}\n\n`,
  },
  event: {
    about: 'in a stream: `event: error`, the members alone',
    body: ({ message }) => ({ message }),
    frame: (body) => `event: error\ndata: ${body}\n\n`,
  },
  text: { about: 'plain text', body: ({ message }) => message },
  html: { about: 'a page, as proxies send', body: ({ status }) => String(html(status, `${status}`).body) },
  empty: { about: 'nothing', body: () => '' },
  broken: {
    about: 'half a JSON body',
    body: ({ message }) => JSON.stringify({ error: { message } }).slice(0, -9),
  },
} satisfies Record<string, ErrorForm>;

export type ErrorFormName = keyof typeof ERROR_FORMS;

export function isErrorForm(name: string | undefined): name is ErrorFormName {
  return name !== undefined && Object.hasOwn(ERROR_FORMS, name);
}

export function errorResponse(name: ErrorFormName, error: SimulatedError): Reply {
  const body = ERROR_FORMS[name].body(error);
  if (typeof body !== 'string') return json(error.status, body);
  const types: Partial<Record<ErrorFormName, string>> = {
    text: 'text/plain; charset=utf-8',
    html: 'text/html; charset=utf-8',
    broken: 'application/json',
  };
  const type = types[name];
  return { status: error.status, headers: type ? { 'content-type': type } : {}, body };
}

/** The error in a stream. */
export function errorFrame(name: ErrorFormName, error: SimulatedError): string {
  const form: ErrorForm = ERROR_FORMS[name];
  const body = form.body(error);
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return form.frame?.(text) ?? `data: ${text}\n\n`;
}

function members({ status, message, field }: SimulatedError): object {
  return { message, type: openAiType(status), param: field ?? null, code: status };
}

function faults({ message, field = 'messages.0.content', input }: SimulatedError): object[] {
  const place = field.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  return [{ type: 'value_error', loc: ['body', ...place], msg: message, input: input ?? null }];
}

function openAiType(status: number): string {
  const known: Record<number, string> = {
    400: 'BadRequestError',
    401: 'AuthenticationError',
    404: 'NotFoundError',
  };
  return known[status] ?? 'InternalServerError';
}

function llamaType(status: number): string {
  return status < 500 ? 'invalid_request_error' : 'server_error';
}
