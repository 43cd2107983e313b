/** The dashboard's figures as JSON. Scripts for the Go original read the capitalized names. */
import type { Request, Response } from 'express';
import type { LimitUse } from '../http/middleware/limit-rate.js';
import { queryOf } from '../pages/language.js';
import { computeFigures } from '../stats/figures.js';
import { toJsonFields } from '../stats/show-request.js';
import type { Replica, Store } from '../store/store.js';
import { ApiError } from '../vocabulary/errors.js';
import type { PlanQuota } from '../vocabulary/plan-quota.js';
import { mapStoreUnavailable } from './map-store-unavailable.js';
import { PERIOD_PARAMETERS } from './period.js';
import { listGroups, listSlotTimes, type QueueSnapshot } from './queue.js';
import { SHOWN_REQUESTS } from './requests.js';
import { readTotals, type SnapshotSource } from './snapshot.js';
import { judgeStatus, type Status } from './status.js';
import { type LabelCounts, sortRows, toErrorRows, toUseRows } from './tables.js';
import { computeGuestHitRate, sumGuestTokens } from './view-lists.js';

/** GET /dashboard/stats */
export function dashboardStats(source: SnapshotSource) {
  return async (req: Request, res: Response): Promise<void> => {
    rejectPeriod(req);
    const now = Date.now();
    const totals = await mapStoreUnavailable(readTotals(source, now));
    const figures = computeFigures(totals.total);
    const lastAt = isoTime(figures.lastAt);
    res.json({
      TotalRequests: figures.total,
      SuccessfulRequests: figures.succeeded,
      FailedRequests: figures.failed,
      LastRequestTime: lastAt,
      // Nanoseconds: a Go time.Duration in the original.
      AverageResponseTime: Math.round(figures.averageMs * 1e6),
      status: statusBody(judgeStatus({ ...totals, now })),
      total_requests: figures.total,
      successful_requests: figures.succeeded,
      failed_requests: figures.failed,
      cancelled_requests: figures.cancelled,
      limited_requests: figures.limited,
      last_request_at: lastAt,
      success_rate: figures.successRate ?? null,
      outcomes: figures.outcomes,
      average_response_ms: figures.averageMs,
      response_ms: figures.duration,
      first_token_ms: figures.firstToken,
      tokens_in: figures.tokensIn,
      tokens_out: figures.tokensOut,
      tokens_per_second: figures.tokensPerSecond ?? null,
      keys: useBody('key', totals.keys),
      models: useBody('model', totals.models),
      errors: errorsBody(totals.errors),
      public_key: publicKeyBody(totals.publicUse),
      queue: queueBody(totals.queue),
      plan_quotas: [...totals.planQuotas].map(([name, quota]) => quotaBody(name, quota)),
      guest_tokens: guestBody(totals.replicas, totals.spareTokens),
      replicas: totals.replicas.map(replicaBody),
      lost_replicas: totals.lostReplicas.map(({ id, lostAt }) => ({ id, lost_at: isoTime(lostAt) })),
    });
  };
}

/** GET /dashboard/requests: the latest requests of all replicas, newest first. */
export function dashboardRequests(store: Pick<Store, 'readRequests'>) {
  return async (req: Request, res: Response): Promise<void> => {
    rejectPeriod(req);
    const requests = await mapStoreUnavailable(store.readRequests(SHOWN_REQUESTS));
    res.json(requests.map(toJsonFields));
  };
}

/** Rejects a period: ignoring it would present the figures since the beginning as those of the period. */
function rejectPeriod(req: Request): void {
  const params = queryOf(req);
  const param = PERIOD_PARAMETERS.find((name) => params.has(name));
  if (param === undefined) return;
  throw new ApiError(
    'unsupported_parameter',
    `This answer has no period: leave \`${param}\` out, or ask /dashboard/keys.csv, which takes one.`,
    { param },
  );
}

function statusBody({ state, since, reasons }: Status): object {
  return { state, since: isoTime(since), reasons: reasons.map(({ kind }) => kind) };
}

function useBody(name: 'key' | 'model', counts: LabelCounts): object[] {
  return sortRows(toUseRows(counts), { by: 'requests', descending: true }, 'name').map((row) => ({
    [name]: row.name,
    requests: row.requests,
    share: row.share,
    tokens_in: row.tokensIn,
    tokens_out: row.tokensOut,
    errors: row.errors,
    limited: row.limited,
    cancelled: row.cancelled,
    last_at: isoTime(row.lastAt),
  }));
}

function errorsBody(counts: LabelCounts): object[] {
  return sortRows(toErrorRows(counts), { by: 'count', descending: true }, 'code').map((row) => ({
    code: row.code,
    outcome: row.outcome,
    fault: row.fault,
    count: row.count,
    last_at: isoTime(row.lastAt),
  }));
}

/** Use of the public key's total limit, null when it has none. */
function publicKeyBody(use: LimitUse | undefined): object | null {
  return use === undefined ? null : { limit: use.limit, used: use.used, resets_at: isoTime(use.resetsAt) };
}

/** Null when no limit of an upstream is known and nobody has waited. */
function queueBody(queue: QueueSnapshot | undefined): object | null {
  const groups = queue === undefined ? [] : listGroups(queue);
  if (queue === undefined || groups.length === 0) return null;
  return {
    groups: groups.map((row) => ({
      name: row.name,
      pause: row.pause
        ? {
            kind: row.pause.kind,
            code: row.pause.code,
            since: isoTime(row.pause.since),
            until: isoTime(row.pause.until),
          }
        : null,
      slots: row.slots ?? null,
      is_configured: row.isConfigured,
      changed_at: isoTime(row.changedAt),
      in_use: row.inUse,
      waiting: row.waiting,
      requests: row.requests,
      waited: row.waited,
      wait_ms: row.wait,
    })),
    keys_this_hour: listSlotTimes(queue).map(({ key, slotMs, share }) => ({
      key,
      slot_seconds: slotMs / 1000,
      share,
    })),
  };
}

function quotaBody(name: string, quota: PlanQuota | undefined): object {
  return {
    name,
    level: quota?.level ?? null,
    read_at: isoTime(quota?.readAt),
    windows:
      quota?.windows.map(({ window, measure, limit, used, left, percent, resetsAt }) => ({
        window,
        measure,
        limit: limit ?? null,
        used: used ?? null,
        left: left ?? null,
        used_percent: percent ?? null,
        resets_at: isoTime(resetsAt),
      })) ?? null,
  };
}

function guestBody(replicas: readonly Replica[], ready: number): object {
  const sum = sumGuestTokens(replicas);
  return { ready, ...sum, hit_rate: computeGuestHitRate(sum) ?? null };
}

function replicaBody(replica: Replica): object {
  return {
    id: replica.id,
    version: replica.version,
    started_at: isoTime(replica.startedAt),
    in_flight: replica.inFlight,
    event_loop_lag_ms: replica.eventLoopLagMs,
    memory_bytes: replica.memoryBytes,
    redis_latency_ms: replica.redisLatencyMs,
    silent_ms: replica.silentMs,
    draining_since: isoTime(replica.drainingSince),
    degraded_at: isoTime(replica.degradedAt),
  };
}

function isoTime(ms: number | undefined): string | null {
  return ms ? new Date(ms).toISOString() : null;
}
