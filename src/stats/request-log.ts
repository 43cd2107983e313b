/** One log line per request (a warning where the upstream or the gateway failed), and one warning when Z.ai begins to refuse this gateway. */
import type { Outcome } from '../errors.js';
import type { Logger } from '../logger.js';
import type { RequestRecord } from './request-record.js';

export class RequestLog {
  #refused = false;

  constructor(private readonly log: Logger) {}

  write(record: RequestRecord): void {
    const failed = !FINE.has(record.outcome);
    const line = `${record.method} ${record.path} ${record.status} ${record.outcome}`;
    this.log[failed ? 'warn' : 'info'](fields(record), line);
    if (record.outcome === 'upstream_refused' && !this.#refused) this.log.warn(REFUSED);
    // Once per change, not per request: the first answer that comes through again re-arms it.
    if (record.outcome === 'upstream_refused') this.#refused = true;
    else if (record.outcome === 'ok') this.#refused = false;
  }
}

/** No fault of the gateway or the upstream. */
const FINE: ReadonlySet<Outcome> = new Set(['ok', 'cancelled', 'caller_error', 'rate_limited']);

const REFUSED =
  'The upstream refuses this gateway (its web protocol wants checks that ZtoApi does not fake). Callers get a 502 that ' +
  'says so. Ways out: an official API key from https://z.ai in ZAI_TOKEN, or a self-hosted GLM in UPSTREAM_URL; ' +
  '`npm run doctor` tells more.';

function fields(record: RequestRecord): object {
  return {
    requestId: record.requestId,
    key: record.keyName,
    model: record.model,
    servedModel: record.servedModel,
    stream: record.streamed,
    status: record.status,
    outcome: record.outcome,
    code: record.code,
    ms: Math.round(record.durationMs),
    firstTokenMs: record.firstTokenMs === undefined ? undefined : Math.round(record.firstTokenMs),
    tokensIn: record.usage?.promptTokens,
    tokensOut: record.usage?.completionTokens,
    client: record.clientAddress,
    userAgent: record.userAgent,
  };
}
