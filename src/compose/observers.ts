/** Builds what sees every finished request, and what tells of this replica: metrics, statistics, the heartbeat. */
import type { Config } from '../config/config.js';
import { listGroups } from '../dashboard/queue.js';
import type { Events } from '../events/event-teller.js';
import type { HistoryRecorder } from '../history/history-recorder.js';
import type { Logger } from '../logger.js';
import { type MetricSources, Metrics } from '../metrics/metrics.js';
import type { SlotQueue } from '../queue/slot-queue.js';
import type { SharedReadings } from '../replica/shared-readings.js';
import type { StatsRecorder } from '../stats/recorder.js';
import { RequestLog } from '../stats/request-log.js';
import type { RequestRecord } from '../stats/request-record.js';
import type { OwnFigures } from '../store/own-figures.js';
import type { SharedState } from '../store/shared-state.js';
import { tellRequests } from './tell-events.js';

export function composeMetrics(
  { metricsPort, metricsKeys: countsKeys }: Config,
  { redis }: SharedState,
  slots: SlotQueue,
  counts: Pick<MetricSources, 'inFlight' | 'guestTokens'>,
): Metrics | undefined {
  if (metricsPort === undefined) return undefined;
  const queue = {
    counts: () => slots.counts,
    readGroups: async () => listGroups({ pools: await slots.read(), groups: new Map() }),
  };
  return new Metrics({ ...counts, queued: () => slots.waiting, queue, redis, countsKeys });
}

export function composeOnFinished(
  { log, onFinished }: { log: Logger; onFinished?: ((record: RequestRecord) => void) | undefined },
  recorder: StatsRecorder,
  own: OwnFigures,
  metrics: Metrics | undefined,
  readings: SharedReadings,
  events: Events,
  history: HistoryRecorder | undefined,
) {
  const tell = tellRequests(events);
  const requestLog = new RequestLog(log);
  return (record: RequestRecord) => {
    requestLog.write(record);
    recorder.record(record);
    own.record(record);
    readings.noteUse();
    tell(record);
    history?.record(record);
    metrics?.record(record);
    onFinished?.(record);
  };
}
