/** The forms of errors: as the body of a failed response, and as an event of a stream. */
import { html, json, type Reply } from './reply.js';
import { codeForStatus } from './zai-codes.js';

export interface SimulatedError {
  status: number;
  /** Z.ai's business code; follows from the status when absent. */
  code?: string;
  message: string;
  /** Members of the error beside its message, instead of the usual ones. */
  members?: object;
  /** The list in FastAPI's forms, instead of one general entry. */
  faults?: object[];
  /** A form of its own, whatever the server's usual one is. */
  form?: ErrorFormName;
}

interface ErrorForm {
  /** Whether the body is text instead of JSON. */
  body(error: SimulatedError): object | string;
  /** The form of the error in a stream; `data: …` when absent. */
  frame?(body: string): string;
}

const FORMS = {
  /** The official API. */
  zai: {
    body: ({ status, code, message }) => ({ error: { code: code ?? codeForStatus(status), message } }),
  },
  /** vLLM and OpenAI. */
  openai: {
    body: (error) => ({ error: members(error) }),
  },
  /** The web chat, and proxies: only a text. */
  detail: {
    body: ({ status, message }) => (status === 429 ? { detail: message, code: 429 } : { detail: message }),
  },
  /** FastAPI: a list of faults with their places. */
  details: {
    body: (error) => ({ detail: faultsOf(error) }),
  },
  /** Mistral: the same list as the message. */
  nested: {
    body: (error) => ({ object: 'error', ...members(error), message: { detail: faultsOf(error) } }),
  },
  /** Older vLLM: the members on the top level. */
  flat: {
    body: (error) => ({ object: 'error', ...members(error) }),
  },
  /** Cerebras: the same without `object`. */
  bare: { body: (error) => members(error) },
  /** `error` is a text. */
  string: { body: ({ message }) => ({ error: message }) },
  /** llama.cpp. */
  llama: {
    body: (error) => ({ error: llamaMembers(error) }),
  },
  /** Z.ai’s Anthropic base: code and text in the message. */
  anthropic: {
    body: ({ status, code, message }) => ({
      type: 'error',
      error: {
        type: status === 529 ? 'overloaded_error' : 'api_error',
        message: `[${code ?? codeForStatus(status)}][${message}]`,
      },
    }),
  },
  /** OpenRouter: an error beside a choice that ends with `error`. */
  choice: {
    body: ({ status, message }) => ({
      error: { code: status, message },
      choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: 'error' }],
    }),
  },
  /** llama.cpp in a stream: a line `error: {…}` of its own. */
  line: {
    body: (error) => llamaMembers(error),
    frame: (body) => `error: ${body}\n\n`,
  },
  /** In a stream: `event: error`, the members alone. */
  event: {
    body: ({ message }) => ({ message }),
    frame: (body) => `event: error\ndata: ${body}\n\n`,
  },
  /** Plain text. */
  text: { body: ({ message }) => message },
  /** A page, as proxies send. */
  html: { body: ({ status }) => String(html(status, `${status}`).body) },
  /** An empty body. */
  empty: { body: () => '' },
  /** Half a JSON body. */
  broken: {
    body: ({ message }) => JSON.stringify({ error: { message } }).slice(0, -9),
  },
} satisfies Record<string, ErrorForm>;

export type ErrorFormName = keyof typeof FORMS;

export const ERROR_FORMS: Readonly<Record<ErrorFormName, ErrorForm>> = FORMS;

export function isErrorForm(name: string | undefined): name is ErrorFormName {
  return name !== undefined && Object.hasOwn(ERROR_FORMS, name);
}

export function errorResponse(usual: ErrorFormName, error: SimulatedError): Reply {
  const name = error.form ?? usual;
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
  const form = ERROR_FORMS[name];
  const body = form.body(error);
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return form.frame?.(text) ?? `data: ${text}\n\n`;
}

function members({ status, message, members: own }: SimulatedError): object {
  return { message, type: openAiType(status), param: null, code: status, ...own };
}

function llamaMembers({ status, message, members: own }: SimulatedError): object {
  const type = status < 500 ? 'invalid_request_error' : 'server_error';
  return { code: status, message, type, ...own };
}

function faultsOf({ message, faults }: SimulatedError): object[] {
  const loc = ['body', 'messages', 0, 'content'];
  return faults ?? [{ type: 'value_error', loc, msg: message, input: null }];
}

function openAiType(status: number): string {
  const known: Record<number, string> = {
    400: 'BadRequestError',
    401: 'AuthenticationError',
    404: 'NotFoundError',
  };
  return known[status] ?? 'InternalServerError';
}
