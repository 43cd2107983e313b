/** What is known of a request while it runs; becomes its record when the response is over. */
import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import type { Usage } from '../completion/event.js';
import { APIUserAbortError, type ApiError } from '../errors.js';
import { cleanUserAgent, type RequestRecord } from '../stats/request-record.js';

export interface Caller {
  readonly keyName: string;
  /** The public key's callers are told apart by address. */
  readonly isPublic: boolean;
}

export class Trace {
  readonly startedAt = performance.now();
  caller: Caller | undefined;
  model: string | undefined;
  streamed = false;
  usage: Usage | undefined;
  error: ApiError | undefined;
  #firstTokenMs: number | undefined;
  #upstreamMs = 0;
  #ownMs: number | undefined;

  constructor(
    readonly requestId: string,
    /** Kept here: a closed socket no longer knows it. */
    readonly clientAddress: string,
    /** Aborted when the client leaves before it has its response. */
    readonly signal: AbortSignal,
  ) {}

  firstToken(): void {
    this.#firstTokenMs ??= performance.now() - this.startedAt;
  }

  /** Time spent waiting for the upstream. */
  waited(ms: number): void {
    this.#upstreamMs += ms;
  }

  /** Called as the response begins: the gateway's own part of the time so far, for `Server-Timing`. */
  serverTiming(): string {
    this.#ownMs ??= Math.max(0, performance.now() - this.startedAt - this.#upstreamMs);
    return `gateway;dur=${this.#ownMs.toFixed(1)}`;
  }

  record(req: Request, res: Response): RequestRecord {
    const error = this.error ?? (this.signal.aborted ? new APIUserAbortError() : undefined);
    return {
      requestId: this.requestId,
      finishedAt: Date.now(),
      method: req.method,
      path: req.originalUrl.replace(/\?.*$/s, '').slice(0, 200),
      keyName: this.caller?.keyName,
      model: this.model,
      streamed: this.streamed,
      status: error?.status ?? res.statusCode,
      outcome: error?.outcome ?? 'ok',
      code: error?.code ?? undefined,
      durationMs: performance.now() - this.startedAt,
      firstTokenMs: this.#firstTokenMs,
      ownMs: this.#ownMs,
      usage: this.usage,
      clientAddress: this.clientAddress,
      userAgent: cleanUserAgent(req.get('user-agent')),
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
    const left = new AbortController();
    res.locals.trace = new Trace(requestId, req.ip ?? '', left.signal);
    res.setHeader('x-request-id', requestId);
    // Node says `finish` (and `writableFinished`) as well when the socket is lost with bytes unsent.
    let sent = false;
    res.once('finish', () => {
      sent = !req.socket.destroyed;
    });
    res.once('close', () => {
      if (!sent) left.abort();
    });
    res.setTimeout(clientStallMs, () => {
      if (res.writableLength > 0) res.destroy();
    });
    inTurn(res, next);
  };
}

/**
 * A pipelined request waits until the responses before it are sent: until then its own has no socket, and would not
 * be told that the client has left.
 */
function inTurn(res: Response, next: NextFunction): void {
  if (res.socket !== null) next();
  else res.once('socket', () => queueMicrotask(next));
}
