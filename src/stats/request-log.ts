/**
 * One log line per request (a warning where the upstream or the gateway failed), and one
 * warning where an operator has to act.
 */

import type { Logger } from '../logger.js';
import { findErrorCode } from '../vocabulary/error-codes.js';
import { OUTCOMES } from '../vocabulary/outcomes.js';
import { toLogFields } from './request-fields.js';
import type { RequestRecord } from './request-record.js';

/** A warning for the operator is repeated only after a success, and not within this time, in milliseconds. */
const REPEAT_AFTER_MS = 10 * 60_000;

export class RequestLog {
  /** When each warning was logged last, by the error's code. */
  readonly #warnedAt = new Map<string, number>();
  #lastSuccessAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly log: Logger) {}

  write(record: RequestRecord): void {
    const line = `${record.method} ${record.path} ${record.status} ${record.outcome}`;
    this.log[OUTCOMES[record.outcome].logLevel](toLogFields(record), line);
    if (record.outcome === 'ok') this.#lastSuccessAt = record.finishedAt;
    else this.#warnOperator(record);
  }

  /** For failures that last until an operator acts. */
  #warnOperator({ code = '', finishedAt }: RequestRecord): void {
    const row = findErrorCode(code);
    if (row?.warnsOperator === undefined) return;
    const warnedAt = this.#warnedAt.get(code);
    const isNews =
      warnedAt === undefined || (this.#lastSuccessAt >= warnedAt && finishedAt - warnedAt >= REPEAT_AFTER_MS);
    if (!isNews) return;
    this.#warnedAt.set(code, finishedAt);
    this.log.warn(`${row.en} ${row.cure ?? ''} \`npm run doctor\` tells more.`);
  }
}
