/** Metrics of the queue for slots of the upstreams: its state over all replicas, and what this replica's requests met. */
import { Counter, Gauge, type Registry } from 'prom-client';

/** Groups with a label of their own; further ones are left out. */
const MAX_GROUPS = 100;

export interface QueueCounts {
  readonly immediate: number;
  readonly byMessage: number;
  readonly byAsking: number;
  readonly timeouts: number;
  readonly leasesLost: number;
}

export interface QueueGroup {
  readonly name: string;
  /** `undefined` when no limit is known. */
  readonly slots: number | undefined;
  readonly inUse: number;
  readonly waiting: number;
}

export interface QueueMetricSource {
  readonly counts: () => QueueCounts;
  /** Groups of pools whose limit is known. */
  readonly readGroups: () => Promise<readonly QueueGroup[]>;
}

export function addQueueMetrics({ counts, readGroups }: QueueMetricSource, registers: Registry[]): void {
  const read = shareReading(readGroups);
  const gauge = (name: string, help: string, value: (group: QueueGroup) => number | undefined) =>
    new Gauge({
      name,
      help: `${help} Over all replicas: not to be added up.`,
      labelNames: ['group'],
      registers,
      async collect() {
        this.reset();
        for (const group of (await read()).slice(0, MAX_GROUPS)) {
          const count = value(group);
          if (count !== undefined) this.set({ group: group.name }, count);
        }
      },
    });
  gauge('ztoapi_queue_slots', 'Requests that the upstream answers at a time.', ({ slots }) => slots);
  gauge('ztoapi_queue_slots_in_use', 'Slots in use.', ({ inUse }) => inUse);
  gauge('ztoapi_queue_waiting', 'Requests that wait for one of these slots.', ({ waiting }) => waiting);
  new Counter({
    name: 'ztoapi_queue_grants_total',
    help: 'Slots that requests got: at once, woken by a message, or found by asking (a message was lost).',
    labelNames: ['kind'],
    registers,
    collect() {
      const { immediate, byMessage, byAsking } = counts();
      this.reset();
      this.inc({ kind: 'immediate' }, immediate);
      this.inc({ kind: 'message' }, byMessage);
      this.inc({ kind: 'asking' }, byAsking);
    },
  });
  counter('ztoapi_queue_timeouts_total', 'Requests that got no slot in time.', () => counts().timeouts);
  counter(
    'ztoapi_queue_leases_lost_total',
    'Requests that ended since this process was stopped for longer than a lease.',
    () => counts().leasesLost,
  );

  function counter(name: string, help: string, value: () => number): void {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  }
}

/** The gauges of one scrape share a reading. Empty while the store is away. */
function shareReading(read: QueueMetricSource['readGroups']) {
  let reading: Promise<readonly QueueGroup[]> | undefined;
  return () => {
    reading ??= read()
      .catch(() => [])
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
}
