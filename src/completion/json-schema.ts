/**
 * A caller's JSON Schema as a check. The schema is hostile input: its size is bounded, nothing is fetched, and nothing of it
 * outlives the check. It may take for ever, so that it runs in a thread of its own (json-checks/).
 */
import { Ajv, type ErrorObject, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import type { JsonSchema } from './request.js';

/** What is wrong with an answer. */
export interface Mismatch {
  /** In terms of the answer: for the model that gave it, and nobody else. */
  readonly inAnswer: string;
  /** In terms of the caller's schema; nothing of the answer. */
  readonly inSchema: string;
}

export type Check = (value: unknown) => Mismatch | undefined;

/** Characters of JSON. */
const MAX_SCHEMA_LENGTH = 64 * 1024;
const MAX_MISTAKES = 5;
const MAX_REASON_LENGTH = 300;

/** The schema cannot be used; the message says why, and holds nothing of the schema but names. */
export class SchemaError extends Error {}

const OPTIONS: Options = {
  // Keywords and formats of other validators are tolerated.
  strict: false,
  logger: false,
  validateSchema: false,
  meta: false,
  formats: fullFormats,
  allErrors: true,
  // A property named `constructor` is not there unless the answer has it.
  ownProperties: true,
  // Inlined references multiply the code; optimizing it takes ten times as long as it saves.
  inlineRefs: false,
  code: { optimize: false, regExp: Object.assign(patternOf, { code: 'new RegExp' }) },
};

/** Throws a SchemaError where the schema is too large or does not compile; so may the check. */
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

/** The drafts before 2019 differ in what they call tuples. */
function dialectOf({ $schema }: JsonSchema): Ajv {
  const isOld = typeof $schema === 'string' && $schema.includes('/draft-0');
  const ajv = isOld ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS);
  // Of draft 4, and to be ignored like all that is unknown.
  ajv.removeKeyword('id');
  return ajv;
}

/** Unicode where the pattern is valid so; many are written for engines that are less strict. */
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
