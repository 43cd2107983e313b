/** One failure of an OpenAI-compatible upstream, wherever in the body it is described. */
import { type ErrorFields, readErrorFields } from '../error-fields.js';
import { asError, asObject, type JsonObject } from '../json.js';
import { quoteUpstream } from '../upstream-errors.js';

/** How many characters of a message are searched. */
const MAX_MESSAGE_LENGTH = 2_000;

export interface Failure extends ErrorFields {
  /** The error's object as the upstream sent it. */
  readonly error: JsonObject;
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  /** Z.ai's code, `undefined` when the upstream gives none. */
  readonly businessCode: number | undefined;
  /** The message as it is passed on: `It says: …`. */
  readonly text: string;
}

const STATUS_BY_NAME: readonly [pattern: RegExp, status: number][] = [
  [/overload/i, 529],
  [/rate_?limit|too_?many_?requests|resource_?exhausted/i, 429],
  [/authentication|unauthori[sz]ed|invalid_?api_?key|unauthenticated/i, 401],
  [/permission|forbidden/i, 403],
  [/not_?found/i, 404],
  [/invalid_?(request|argument|parameter)|bad_?request|validation|unprocessable|tool_use_failed/i, 400],
  [/insufficient_?(quota|balance)|billing|payment/i, 402],
  [/unavailable/i, 503],
  [/time_?out|deadline/i, 504],
];

function statusByName({ code, type }: ErrorFields): number | undefined {
  const names = `${code} ${type}`;
  return STATUS_BY_NAME.find(([pattern]) => pattern.test(names))?.[1];
}

/** `status`: of the response, undefined in a stream that began with 200. */
export function parseFailure(
  body: unknown,
  status: number | undefined,
  retryAfterMs: number | undefined,
): Failure {
  const fields = readErrorFields(body);
  const message = fields.message.slice(0, MAX_MESSAGE_LENGTH);
  // Z.ai's Anthropic form writes the code in front of the message.
  const code = Number(fields.code || /^\[(\d{4})\]/.exec(message)?.[1]);
  const isAboutParameter = code >= 1210 && code <= 1215;
  const object = asObject(Array.isArray(body) ? body[0] : body) ?? {};
  return {
    ...fields,
    error: asError(object.error) ?? object,
    message,
    text: quoteUpstream(message),
    status: isAboutParameter ? 400 : (status ?? fields.status ?? statusByName(fields) ?? 500),
    retryAfterMs,
    businessCode: code >= 1000 && code < 2000 ? code : undefined,
  };
}
