/** What is known of a request while it runs; becomes its record when the response is over. */
import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import type { Usage } from '../completion/event.js';
import { printableLine } from '../printable.js';
import type { RequestRecord } from '../stats/request-record.js';
import { APIUserAbortError, type ApiError } from '../vocabulary/errors.js';
import { clientAddress } from './client-address.js';
import type { ServedModel } from './served-model.js';

export interface Caller {
  readonly keyName: string;
  /** The public key's callers are told apart by address. */
  readonly isPublic: boolean;
}

type ErrorBody = (error: ApiError, requestId: string) => object;

const openaiBody: ErrorBody = (error, requestId) => error.toBody(requestId);

export class Trace {
  readonly startedAt = performance.now();
  caller: Caller | undefined;
  model: string | undefined;
  /** Set once the model was looked up. */
  served: ServedModel | undefined;
  streamed = false;
  usage: Usage | undefined;
  error: ApiError | undefined;
  /** The body of an error response, in the words of the client's protocol. */
  errorBody: ErrorBody = openaiBody;
  /** The status of an error response in the client's protocol. */
  errorStatus: (error: ApiError) => number = ({ status }) => status;
  #firstTokenMs: number | undefined;
  #upstreamMs = 0;
  #waitingSince: number | undefined;
  #ownMs: number | undefined;
  readonly #end = new AbortController();

  constructor(
    readonly requestId: string,
    /** Kept here: a closed socket no longer knows it. */
    readonly clientAddress: string,
  ) {}

  /** Aborted when the request ends before its response: the client has left, or the gateway cannot wait any longer. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Why the request was ended before its response; undefined: it was not. */
  get endedBy(): ApiError | undefined {
    return this.signal.reason as ApiError | undefined;
  }

  end(reason: ApiError): void {
    this.#end.abort(reason);
  }

  firstToken(): void {
    this.#firstTokenMs ??= performance.now() - this.startedAt;
  }

  /** From here on it is the upstream that is waited for, until `goesOn`. */
  waits(): void {
    this.#waitingSince = performance.now();
  }

  goesOn(): void {
    if (this.#waitingSince !== undefined) this.#upstreamMs += performance.now() - this.#waitingSince;
    this.#waitingSince = undefined;
  }

  /** Called as the response begins: the gateway's own part of the time so far, for `Server-Timing`. */
  serverTiming(): string {
    // A wait that has not ended is none of the gateway's own time: while one goes on, keep-alives and errors are sent.
    const until = this.#waitingSince ?? performance.now();
    this.#ownMs ??= Math.max(0, until - this.startedAt - this.#upstreamMs);
    return `gateway;dur=${this.#ownMs.toFixed(1)}`;
  }

  record(req: Request, res: Response): RequestRecord {
    const error = this.error ?? this.endedBy;
    return {
      requestId: this.requestId,
      finishedAt: Date.now(),
      method: req.method,
      path: routeOf(req),
      keyName: this.caller?.keyName,
      model: this.model === undefined ? undefined : printableLine(this.model),
      servedModel: this.served?.substitute,
      streamed: this.streamed,
      status: error ? this.errorStatus(error) : res.statusCode,
      outcome: error?.outcome ?? 'ok',
      code: error?.code ?? undefined,
      durationMs: performance.now() - this.startedAt,
      firstTokenMs: this.#firstTokenMs,
      ownMs: this.#ownMs,
      usage: this.usage,
      clientAddress: this.clientAddress,
      userAgent: printableLine(req.get('user-agent') ?? ''),
    };
  }
}

/** The trace that `startTrace` put there. */
export function traceOf(res: Response): Trace {
  return res.locals.trace as Trace;
}

/**
 * Middleware: the request's id, its trace, and the signal that says the client has left. A client counts as gone, too,
 * when it took nothing of what waits for it for `clientStallMs`: it would hold its upstream for ever.
 */
export function startTrace(clientStallMs: number) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const given = req.get('x-request-id');
    const requestId = given !== undefined && /^[\w.:/+=-]{1,128}$/.test(given) ? given : randomUUID();
    const trace = new Trace(requestId, clientAddress(req));
    res.locals.trace = trace;
    res.setHeader('x-request-id', requestId);
    // Node says `finish` (and `writableFinished`) as well when the socket is lost with bytes unsent.
    let sent = false;
    res.once('finish', () => {
      sent = !req.socket.destroyed;
    });
    res.once('close', () => {
      if (!sent) trace.end(new APIUserAbortError());
    });
    res.setTimeout(clientStallMs, () => {
      if (res.writableLength > 0) res.destroy();
    });
    next();
  };
}

/** The path as the route has it: a caller may write it in other case or with a slash behind, without end. */
function routeOf(req: Request): string {
  return printableLine(String(req.route?.path ?? req.path));
}
