/** Writes one log line per request at its outcome's level, and a warning when the operator has to act. */

import type { Logger } from '../logger.js';
import { findErrorCode, findOperatorCure } from '../vocabulary/error-codes.js';
import { OUTCOMES } from '../vocabulary/outcomes.js';
import type { RequestRecord } from './request-record.js';
import { toLogFields } from './show-request.js';

/** A warning is repeated only after a success, and not within this time. */
const REPEAT_AFTER_MS = 10 * 60_000;

export class RequestLog {
  /** When each warning was logged last, by the error's code and the upstream entry. */
  readonly #warnedAt = new Map<string, number>();
  #lastSuccessAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly log: Logger) {}

  write(record: RequestRecord): void {
    const line = `${record.method} ${record.path} ${record.status} ${record.outcome}`;
    this.log[OUTCOMES[record.outcome].logLevel](toLogFields(record), line);
    if (OUTCOMES[record.outcome].fault === 'none') this.#lastSuccessAt = record.finishedAt;
    else this.#warnOperator(record);
  }

  /** Warns of failures that last until the operator acts. */
  #warnOperator({ code = '', upstream, finishedAt }: RequestRecord): void {
    const row = findErrorCode(code);
    if (row?.warnsOperator === undefined) return;
    const subject = `${code} ${upstream ?? ''}`;
    const warnedAt = this.#warnedAt.get(subject);
    const isNews =
      warnedAt === undefined || (this.#lastSuccessAt >= warnedAt && finishedAt - warnedAt >= REPEAT_AFTER_MS);
    if (!isNews) return;
    this.#warnedAt.set(subject, finishedAt);
    this.log.warn(`${row.en} ${findOperatorCure(code, upstream) ?? ''} \`npm run doctor\` tells more.`);
  }
}
