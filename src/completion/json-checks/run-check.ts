/** One job of a thread: compiles the schema, checks the answer, repairs small mistakes. Pure. */
import { jsonrepair } from 'jsonrepair';
import type { JsonFormat } from '../json-format.js';
import { type Check, compileSchema, type Mismatch, SchemaError } from '../json-schema.js';

export interface CheckJob {
  readonly format: JsonFormat;
  /** The JSON of an answer; left out to check only the schema. */
  readonly text?: string;
  /** Small mistakes are repaired. */
  readonly mend?: boolean;
}

export interface CheckResult {
  /** Why the schema cannot be used. */
  readonly schemaProblem?: string;
  /** The JSON, repaired if that made it fit. */
  readonly text?: string;
  /** What is wrong with it; left out if it fits. */
  readonly mismatch?: Mismatch;
}

const NOT_JSON: Mismatch = { inAnswer: 'it is not valid JSON', inSchema: 'it is not valid JSON' };
const NO_OBJECT: Mismatch = { inAnswer: 'it is no JSON object', inSchema: 'it is no JSON object' };

export function runCheck({ format, text, mend = false }: CheckJob): CheckResult {
  try {
    const fits = checkOf(format);
    if (text === undefined) return {};
    const mismatch = mismatchOf(text, fits);
    if (mismatch === undefined) return { text };
    const mended = mend ? repaired(text) : undefined;
    if (mended !== undefined && mismatchOf(mended, fits) === undefined) return { text: mended };
    return { text, mismatch };
  } catch (error) {
    if (error instanceof SchemaError) return { schemaProblem: error.message };
    throw error;
  }
}

function checkOf(format: JsonFormat): Check {
  if (format.type === 'json_schema') return compileSchema(format.schema);
  return (value) => (isObject(value) ? undefined : NO_OBJECT);
}

function mismatchOf(text: string, fits: Check): Mismatch | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
  return fits(value);
}

function repaired(text: string): string | undefined {
  const written = text.trimEnd();
  // If the brackets do not match, a closing code fence was not separated from the JSON.
  const bare = written.endsWith('```') ? written.slice(0, -3) : written;
  try {
    return jsonrepair(bare);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
