/** Helpers for the parsers of all client protocols: reading a body, and errors that name the field at fault. */
import type { z } from 'zod';
import { toWellFormed } from '../completion/well-formed.js';
import { BadRequestError } from '../vocabulary/errors.js';

/** A JSON object that a client sent: names and values of any type. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is an object that is neither null nor an array. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Repairs unpaired surrogates in the body's texts, in place. Throws a BadRequestError unless the body is an object. */
export function bodyFields(body: unknown): Fields {
  if (!isFields(body)) throw new BadRequestError('The body must be a JSON object.', { code: 'invalid_json' });
  toWellFormed(body);
  return body;
}

/** @returns the error `messages[0].role must be ….`, from the path of a field and what it must be. */
export function wrong(param: string, rule: string): BadRequestError {
  return new BadRequestError(`${param} ${rule}.`, { code: 'invalid_value', param });
}

/** @returns the error for a required field that was left out. */
export function missing(param: string): BadRequestError {
  const cure = param === 'model' ? '; GET /v1/models lists the models' : '';
  return new BadRequestError(`${param} is missing${cure}.`, { code: 'missing_required_parameter', param });
}

/** For fields that OpenAI or Anthropic support and this gateway does not. `what` ends with a period. */
export function unsupported(param: string, what: string): BadRequestError {
  return new BadRequestError(`${param}: ${what}`, { code: 'unsupported_parameter', param });
}

/** For a part whose type is not supported there. `kind` is the client protocol's term for a part. */
export function unsupportedContent(
  kind: 'parts' | 'blocks',
  type: string,
  param: string,
  cure: string,
): BadRequestError {
  const shown = JSON.stringify(type.slice(0, 50));
  return new BadRequestError(`${param}: ${kind} of type ${shown} are not supported here; ${cure}.`, {
    code: 'unsupported_content',
    param,
  });
}

/**
 * Parses a body by a schema; fields that the schema lacks are dropped. Throws a BadRequestError that names the first field at
 * fault.
 */
export function checkFields<Schema extends z.ZodType>(schema: Schema, body: Fields): z.output<Schema> {
  const result = schema.safeParse(body);
  if (!result.success) throw fieldError(result.error.issues[0], body);
  return result.data;
}

/** @returns the value if it is a string, otherwise the fallback. */
export function stringOr<Fallback>(value: unknown, fallback: Fallback): string | Fallback {
  return typeof value === 'string' ? value : fallback;
}

/** @returns the first non-empty string; undefined if there is none. */
export function firstText(...values: unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === 'string' && value !== '');
}

/** Words zod's issue as `temperature: too big, expected number to be <=2.` */
function fieldError(issue: z.core.$ZodIssue | undefined, body: Fields): BadRequestError {
  const param = (issue?.path ?? []).join('.');
  if (issue?.path.length === 1 && !(param in body)) return missing(param);
  const message = (issue?.message ?? 'is not valid').replace(/^Invalid input: /, '').replace(': ', ', ');
  return new BadRequestError(`${param}: ${message.charAt(0).toLowerCase()}${message.slice(1)}.`, {
    code: 'invalid_value',
    param,
  });
}
