/** Checks the text of a finished answer against the requested format. Checks that may take long run in a thread. */
import { BadRequestError } from '../vocabulary/errors.js';
import type { CheckThreads } from './json-checks/check-threads.js';
import { type CheckJob, type CheckResult, runCheck } from './json-checks/run-check.js';
import { getOpenings, type JsonFormat } from './json-format.js';
import type { Mismatch } from './json-schema.js';
import { JsonText } from './json-text.js';

/** Longest answer that is parsed here, in characters: parsing is fast, validating may not be. */
const MAX_LENGTH_HERE = 1_000_000;

export class JsonReader {
  readonly openings: string;

  private constructor(
    private readonly format: JsonFormat,
    private readonly threads: CheckThreads,
  ) {
    this.openings = getOpenings(format);
  }

  /** Rejects with a BadRequestError that names the schema if it cannot be used. */
  static async open(format: JsonFormat, threads: CheckThreads): Promise<JsonReader> {
    const reader = new JsonReader(format, threads);
    if (format.type === 'json_schema') await reader.#inThread({ format });
    return reader;
  }

  /** @returns what is wrong with the JSON of a streamed answer, `undefined` if it fits. */
  async mismatch(text: string): Promise<Mismatch | undefined> {
    return (await this.#check({ format: this.format, text })).mismatch;
  }

  /** Extracts the JSON of a whole answer and repairs small mistakes. @returns what is wrong with it, if it does not fit. */
  async read(answer: string): Promise<{ readonly text: string; readonly mismatch?: Mismatch }> {
    const text = new JsonText(this.openings).push(answer) || answer;
    return { text, ...(await this.#check({ format: this.format, text, mend: true })) };
  }

  async #check(job: CheckJob & { text: string }): Promise<CheckResult> {
    // Most answers need no repair, and without a schema no thread.
    const isQuick = job.format.type === 'json_object' && job.text.length <= MAX_LENGTH_HERE;
    const quick = isQuick ? runCheck({ ...job, mend: false }) : undefined;
    if (quick !== undefined && (quick.mismatch === undefined || !job.mend)) return quick;
    return this.#inThread(job);
  }

  async #inThread(job: CheckJob): Promise<CheckResult> {
    const result = await this.threads.run(job);
    if (result.schemaProblem !== undefined) throw unusable(this.format, result.schemaProblem);
    return result;
  }
}

function unusable(format: JsonFormat, problem: string): BadRequestError {
  const param = format.type === 'json_schema' ? format.param : 'response_format';
  return new BadRequestError(`${param} must be a JSON Schema that can be checked: ${problem}.`, {
    code: 'invalid_value',
    param,
  });
}
