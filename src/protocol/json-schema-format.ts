/** The JSON Schema that an answer must fit, in the form of OpenAI's clients. */
import type { ResponseFormat } from '../completion/request.js';
import { isFields, stringOr, wrong } from './fields.js';

/**
 * Reads `{name, schema, strict}`, which all of OpenAI's protocols share. `at` is its path, for errors. Throws a BadRequestError
 * if there is no schema.
 */
export function jsonSchemaFormat(value: unknown, at: string): ResponseFormat {
  if (!isFields(value) || !isFields(value.schema)) throw wrong(`${at}.schema`, 'must be a JSON Schema');
  return {
    type: 'json_schema',
    name: stringOr(value.name, 'answer'),
    schema: value.schema,
    ...(typeof value.strict === 'boolean' ? { strict: value.strict } : {}),
    param: `${at}.schema`,
  };
}
