/** Prometheus metrics of this replica: counters, histograms and gauges. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { REQUEST_FIELDS, type RequestField } from '../stats/request-fields.js';
import type { RequestRecord } from '../stats/request-record.js';
import { addQueueMetrics, type QueueMetricSource } from './queue-metrics.js';

/** Slot groups with a label of their own. */
const MAX_GROUPS = 100;
/** Models with a label of their own; further ones are `other`. A self-hosted upstream may be asked for any name. */
const MAX_MODELS = 50;
/** Keys with a label of their own; further ones are `other`. */
const MAX_KEYS = 200;

export interface MetricSources {
  readonly inFlight: () => number;
  /** Of those, how many wait for a slot of the upstream. */
  readonly queued: () => number;
  readonly queue: QueueMetricSource;
  /** `undefined` when no Redis is configured. `down` is the reason why it is not in use. */
  readonly redis: { readonly down: string | undefined; readonly latencyMs: number } | undefined;
  readonly guestTokens: () => Readonly<Record<string, number>>;
  /** Whether requests and tokens are also counted by key. */
  readonly countsKeys?: boolean;
}

export class Metrics {
  readonly registry = new Registry();
  readonly #models = new Set<string>();
  readonly #groups = new Set<string>();
  readonly #requests: Counter<'route' | 'model' | 'outcome'>;
  /** The histograms of a request's fields. */
  readonly #durations: {
    readonly metric: Histogram<'route' | 'group'>;
    readonly read: RequestField['read'];
    readonly isByGroup: boolean;
  }[] = [];
  readonly #tokens: Counter<'model' | 'direction'>;
  readonly #substitutions: Counter<'model' | 'served'>;
  /** `undefined` where keys are not counted. */
  readonly #keyMetrics: KeyMetrics | undefined;

  constructor(sources: MetricSources) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#requests = new Counter({
      name: 'ztoapi_requests_total',
      help: 'Finished requests to completion endpoints.',
      labelNames: ['route', 'model', 'outcome'],
      registers,
    });
    for (const { histogram, read } of REQUEST_FIELDS) {
      if (histogram === undefined) continue;
      const { name, help, buckets, isByGroup = false } = histogram;
      const labelNames = isByGroup ? (['route', 'group'] as const) : (['route'] as const);
      const metric = new Histogram({ name, help, labelNames, buckets: [...buckets], registers });
      this.#durations.push({ metric, read, isByGroup });
    }
    this.#tokens = new Counter({
      name: 'ztoapi_tokens_total',
      help: 'Tokens as the upstream reported them.',
      labelNames: ['model', 'direction'],
      registers,
    });
    this.#substitutions = new Counter({
      name: 'ztoapi_substituted_requests_total',
      help: 'Requests that the upstream answered with another model than it was asked for.',
      labelNames: ['model', 'served'],
      registers,
    });
    this.#keyMetrics = sources.countsKeys === true ? createKeyMetrics(registers) : undefined;
    addGauges(sources, registers);
    addQueueMetrics(sources.queue, registers);
  }

  record(record: RequestRecord): void {
    const route = record.path;
    const model = this.#toModelLabel(record);
    this.#requests.inc({ route, model, outcome: record.outcome });
    const group = limitLabels(record.slotGroup ?? 'unknown', this.#groups, MAX_GROUPS);
    for (const { metric, read, isByGroup } of this.#durations) {
      const ms = read(record);
      if (ms !== undefined) metric.observe(isByGroup ? { route, group } : { route }, Number(ms) / 1000);
    }
    if (record.servedModel !== undefined)
      this.#substitutions.inc({ model, served: this.#limitLabels(record.servedModel) });
    this.#tokens.inc({ model, direction: 'in' }, record.usage?.promptTokens ?? 0);
    this.#tokens.inc({ model, direction: 'out' }, record.usage?.completionTokens ?? 0);
    this.#keyMetrics?.(record);
  }

  #toModelLabel({ model, code }: RequestRecord): string {
    return model === undefined || code === 'model_not_found' ? 'unknown' : this.#limitLabels(model);
  }

  #limitLabels(model: string): string {
    return limitLabels(model, this.#models, MAX_MODELS);
  }
}

type KeyMetrics = (record: RequestRecord) => void;

/** Requests and tokens by the name of their key, apart from the models: together they would be too many series. */
function createKeyMetrics(registers: Registry[]): KeyMetrics {
  const names = new Set<string>();
  const requests = new Counter({
    name: 'ztoapi_key_requests_total',
    help: 'Finished requests to completion endpoints, by key.',
    labelNames: ['key', 'outcome'],
    registers,
  });
  const tokens = new Counter({
    name: 'ztoapi_key_tokens_total',
    help: 'Tokens as the upstream reported them, by key.',
    labelNames: ['key', 'direction'],
    registers,
  });
  return ({ keyName, outcome, usage }) => {
    const key = keyName === undefined ? 'none' : limitLabels(keyName, names, MAX_KEYS);
    requests.inc({ key, outcome });
    tokens.inc({ key, direction: 'in' }, usage?.promptTokens ?? 0);
    tokens.inc({ key, direction: 'out' }, usage?.completionTokens ?? 0);
  };
}

/** The label, or `other` once there are as many as there may be. */
function limitLabels(label: string, known: Set<string>, most: number): string {
  if (known.size < most) known.add(label);
  return known.has(label) ? label : 'other';
}

function addGauges(sources: MetricSources, registers: Registry[]): void {
  new Gauge({
    name: 'ztoapi_requests_in_flight',
    help: 'Open requests to completion endpoints.',
    registers,
    collect() {
      this.set(sources.inFlight());
    },
  });
  new Gauge({
    name: 'ztoapi_requests_queued',
    help: 'Open requests that wait for a slot of the upstream.',
    registers,
    collect() {
      this.set(sources.queued());
    },
  });
  new Counter({
    name: 'ztoapi_guest_tokens_total',
    help: 'Guest tokens by where they came from.',
    labelNames: ['source'],
    registers,
    collect() {
      this.reset();
      for (const [source, count] of Object.entries(sources.guestTokens())) this.inc({ source }, count);
    },
  });
  const { redis } = sources;
  if (redis === undefined) return;
  new Gauge({
    name: 'ztoapi_redis_up',
    help: '1 while Redis is in use, 0 while the breaker is open.',
    registers,
    collect() {
      this.set(redis.down === undefined ? 1 : 0);
    },
  });
  new Gauge({
    name: 'ztoapi_redis_latency_seconds',
    help: 'Duration of the latest call to Redis.',
    registers,
    collect() {
      this.set(redis.latencyMs / 1000);
    },
  });
}
