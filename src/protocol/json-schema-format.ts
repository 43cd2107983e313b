/** The JSON Schema that an answer has to fit, as OpenAI's clients send it. */
import type { ResponseFormat } from '../completion/request.js';
import { isFields, stringOr, wrong } from './fields.js';

/** The part that all of OpenAI's protocols share. */
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
