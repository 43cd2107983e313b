/**
 * Compiles a caller's JSON Schema. The schema is untrusted: its size is limited, nothing is fetched, and nothing of it is kept
 * after the check. A check may never end, so it runs in a thread (json-checks/).
 */
import { Ajv, type ErrorObject, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import type { JsonSchema } from './request.js';

/** What is wrong with an answer. */
export interface Mismatch {
  /** In terms of the answer: only for the model that gave it. */
  readonly inAnswer: string;
  /** In terms of the caller's schema, without any text of the answer. */
  readonly inSchema: string;
}

export type Check = (value: unknown) => Mismatch | undefined;

/** Characters of JSON. */
const MAX_SCHEMA_LENGTH = 64 * 1024;
const MAX_MISTAKES = 5;
const MAX_REASON_LENGTH = 300;

/** The schema cannot be used. The message says why; it contains only names from the schema. */
export class SchemaError extends Error {}

const OPTIONS: Options = {
  // Unknown keywords and formats are ignored.
  strict: false,
  logger: false,
  validateSchema: false,
  meta: false,
  formats: fullFormats,
  allErrors: true,
  // Inherited properties such as `constructor` do not count.
  ownProperties: true,
  // Inlined references multiply the code, and optimizing takes ten times as long as it saves.
  inlineRefs: false,
  code: { optimize: false, regExp: Object.assign(patternOf, { code: 'new RegExp' }) },
};

/** Throws a SchemaError if the schema is too large or does not compile. The check may throw one as well. */
export function compileSchema(schema: JsonSchema): Check {
  const validate = explained(() => {
    const { length } = JSON.stringify(schema);
    if (length > MAX_SCHEMA_LENGTH)
      throw new Error(`it has ${length} characters, ${MAX_SCHEMA_LENGTH} is the most`);
    // Validation is synchronous, whatever the schema says.
    return dialectOf(schema).compile({ ...schema, $async: false });
  });
  return (value) => (explained(() => validate(value)) ? undefined : mismatchOf(validate.errors ?? []));
}

/** Drafts before 2019 have different keywords for tuples. */
function dialectOf({ $schema }: JsonSchema): Ajv {
  const isOld = typeof $schema === 'string' && $schema.includes('/draft-0');
  const ajv = isOld ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS);
  // A keyword of draft 4, ignored like all unknown ones.
  ajv.removeKeyword('id');
  return ajv;
}

/** Uses the `u` flag if the pattern is valid with it: many patterns are written for less strict engines. */
function patternOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return new RegExp(pattern);
  }
}

function explained<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new SchemaError(error instanceof Error ? error.message.slice(0, MAX_REASON_LENGTH) : 'unknown');
  }
}

function mismatchOf(errors: readonly ErrorObject[]): Mismatch {
  const inAnswer = errors.slice(0, MAX_MISTAKES).map(({ instancePath, message, params }) => {
    const extra = params.additionalProperty ?? params.unevaluatedProperty;
    return `${instancePath || 'the root'} ${message}${extra === undefined ? '' : ` such as ${JSON.stringify(extra)}`}`;
  });
  const [first] = errors;
  return {
    inAnswer: inAnswer.map((line) => line.slice(0, MAX_REASON_LENGTH)).join('; '),
    inSchema: `${first?.schemaPath}: ${first?.message}`.slice(0, MAX_REASON_LENGTH),
  };
}
