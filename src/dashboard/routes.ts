/** The dashboard's figures as JSON: the original's names beside snake_case ones. */
import type { Request, Response } from 'express';
import { ApiError } from '../errors.js';
import { figuresOf } from '../stats/figures.js';
import type { RequestRecord } from '../stats/request-record.js';
import { StoreUnavailableError } from '../store/redis/link.js';
import type { Store } from '../store/store.js';

const SHOWN_REQUESTS = 100;

/** GET /dashboard/stats */
export function dashboardStats(store: Pick<Store, 'readCounters' | 'readReplicas'>) {
  return async (_req: Request, res: Response): Promise<void> => {
    const [[total = {}], replicas] = await fromStore(
      Promise.all([store.readCounters(['total']), store.readReplicas()]),
    );
    const figures = figuresOf(total);
    const last = total.last ?? 0;
    res.json({
      TotalRequests: figures.total,
      SuccessfulRequests: figures.succeeded,
      FailedRequests: figures.failed,
      LastRequestTime: last === 0 ? null : new Date(last).toISOString(),
      // Nanoseconds: a Go time.Duration in the original.
      AverageResponseTime: Math.round(figures.averageMs * 1e6),
      total_requests: figures.total,
      successful_requests: figures.succeeded,
      failed_requests: figures.failed,
      cancelled_requests: figures.cancelled,
      success_rate: figures.successRate ?? null,
      outcomes: figures.outcomes,
      average_response_ms: figures.averageMs,
      response_ms: figures.duration,
      first_token_ms: figures.firstToken,
      tokens_in: figures.tokensIn,
      tokens_out: figures.tokensOut,
      replicas: replicas.map((replica) => ({
        id: replica.id,
        version: replica.version,
        started_at: new Date(replica.startedAt).toISOString(),
        in_flight: replica.inFlight,
        event_loop_lag_ms: replica.eventLoopLagMs,
        memory_bytes: replica.memoryBytes,
        redis_latency_ms: replica.redisLatencyMs,
        silent_ms: replica.silentMs,
      })),
    });
  };
}

/** GET /dashboard/requests: newest first, of all replicas. */
export function dashboardRequests(store: Pick<Store, 'readRequests'>) {
  return async (_req: Request, res: Response): Promise<void> => {
    const requests = await fromStore(store.readRequests(SHOWN_REQUESTS));
    res.json(requests.map(requestBody));
  };
}

function requestBody(record: RequestRecord): object {
  return {
    id: record.requestId,
    timestamp: new Date(record.finishedAt).toISOString(),
    method: record.method,
    path: record.path,
    status: record.status,
    duration: Math.round(record.durationMs),
    user_agent: record.userAgent,
    key: record.keyName ?? null,
    model: record.model ?? null,
    streamed: record.streamed,
    outcome: record.outcome,
    code: record.code ?? null,
    first_token: record.firstTokenMs === undefined ? null : Math.round(record.firstTokenMs),
    tokens_in: record.usage?.promptTokens ?? null,
    tokens_out: record.usage?.completionTokens ?? null,
    client_address: record.clientAddress,
    replica: record.replica ?? null,
  };
}

async function fromStore<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    throw new ApiError(503, 'Redis does not answer, so there are no figures right now; nothing is lost.', {
      code: 'store_unavailable',
    });
  }
}
