/**
 * A caller's JSON Schema as a check. The schema is hostile input: its size and the time it may take are bounded,
 * nothing is fetched, and nothing of it outlives the request.
 */
import { Ajv, type ErrorObject, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { BadRequestError } from '../errors.js';
import { TimeLimitError, withinTime } from './json-time-limit.js';
import type { JsonSchema } from './request.js';

/** What is wrong with an answer. */
export interface Mismatch {
  /** In terms of the answer: for the model that gave it, and nobody else. */
  readonly inAnswer: string;
  /** In terms of the caller's schema; nothing of the answer. */
  readonly inSchema: string;
}

export type Check = (value: unknown) => Mismatch | undefined;

/** Characters of JSON. A thousand compile in about 1.5 ms, so that only a hostile schema meets the time limit. */
const LONGEST_SCHEMA = 64 * 1024;
/** All other requests wait meanwhile. */
const COMPILE_LIMIT_MS = 500;
const CHECK_LIMIT_MS = 150;
const MOST_TOLD = 5;
const LONGEST_REASON = 300;

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

/** Throws a BadRequestError that names `param` where the schema is too large or does not compile; so may the check. */
export function compileSchema(schema: JsonSchema, param: string): Check {
  const validate = guarded(param, COMPILE_LIMIT_MS, () => {
    const { length } = JSON.stringify(schema);
    if (length > LONGEST_SCHEMA)
      throw new Error(`it has ${length} characters, ${LONGEST_SCHEMA} is the most`);
    // Validation is synchronous, whatever the schema says.
    return dialectOf(schema).compile({ ...schema, $async: false });
  });
  return (value) =>
    guarded(param, CHECK_LIMIT_MS, () => validate(value)) ? undefined : mismatchOf(validate.errors ?? []);
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

function guarded<T>(param: string, limitMs: number, work: () => T): T {
  try {
    return withinTime(limitMs, work);
  } catch (error) {
    throw new BadRequestError(`${param} ${ruleFor(error)}.`, { code: 'invalid_value', param });
  }
}

function ruleFor(error: unknown): string {
  if (error instanceof TimeLimitError)
    return 'takes too long to check; simplify its patterns and nested references';
  const reason = error instanceof Error ? error.message.slice(0, LONGEST_REASON) : 'unknown';
  return `must be a JSON Schema that can be checked: ${reason}`;
}

function mismatchOf(errors: readonly ErrorObject[]): Mismatch {
  const inAnswer = errors.slice(0, MOST_TOLD).map(({ instancePath, message, params }) => {
    const extra = params.additionalProperty ?? params.unevaluatedProperty;
    return `${instancePath || 'the root'} ${message}${extra === undefined ? '' : ` such as ${JSON.stringify(extra)}`}`;
  });
  const [first] = errors;
  return {
    inAnswer: inAnswer.map((line) => line.slice(0, LONGEST_REASON)).join('; '),
    inSchema: `${first?.schemaPath}: ${first?.message}`.slice(0, LONGEST_REASON),
  };
}
