/** What Prometheus reads: field-standard counters, histograms and gauges of this replica. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestRecord } from '../stats/request-record.js';

/** Models told apart; a self-hosted upstream may be asked for any name. */
const MOST_MODELS = 50;
const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
const OWN_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5];

export interface MetricSources {
  readonly inFlight: () => number;
  /** Undefined: no Redis is configured. */
  readonly redis: { readonly down: string | undefined; readonly latencyMs: number } | undefined;
  readonly guestTokens: () => Readonly<Record<string, number>>;
}

export class Metrics {
  readonly registry = new Registry();
  readonly #models = new Set<string>();
  readonly #requests: Counter<'route' | 'model' | 'outcome'>;
  readonly #duration: Histogram<'route'>;
  readonly #firstToken: Histogram<'route'>;
  readonly #overhead: Histogram<'route'>;
  readonly #tokens: Counter<'model' | 'direction'>;
  readonly #substitutions: Counter<'model' | 'served'>;

  constructor(sources: MetricSources) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#requests = new Counter({
      name: 'ztoapi_requests_total',
      help: 'Finished requests to completion endpoints.',
      labelNames: ['route', 'model', 'outcome'],
      registers,
    });
    const histogram = (name: string, help: string, buckets: number[]) =>
      new Histogram({ name, help, labelNames: ['route'], buckets, registers });
    this.#duration = histogram('ztoapi_request_duration_seconds', 'Whole duration of requests.', SECONDS);
    this.#firstToken = histogram(
      'ztoapi_time_to_first_token_seconds',
      'Until the first text or reasoning.',
      SECONDS,
    );
    this.#overhead = histogram(
      'ztoapi_overhead_seconds',
      'The gateway’s own part before an answer begins.',
      OWN_SECONDS,
    );
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
    addGauges(sources, registers);
  }

  record(record: RequestRecord): void {
    const route = record.path;
    const model = this.#label(record);
    this.#requests.inc({ route, model, outcome: record.outcome });
    this.#duration.observe({ route }, record.durationMs / 1000);
    if (record.firstTokenMs !== undefined) this.#firstToken.observe({ route }, record.firstTokenMs / 1000);
    if (record.ownMs !== undefined) this.#overhead.observe({ route }, record.ownMs / 1000);
    if (record.servedModel !== undefined)
      this.#substitutions.inc({ model, served: this.#boundedLabel(record.servedModel) });
    this.#tokens.inc({ model, direction: 'in' }, record.usage?.promptTokens ?? 0);
    this.#tokens.inc({ model, direction: 'out' }, record.usage?.completionTokens ?? 0);
  }

  #label({ model, code }: RequestRecord): string {
    return model === undefined || code === 'model_not_found' ? 'unknown' : this.#boundedLabel(model);
  }

  #boundedLabel(model: string): string {
    if (this.#models.size < MOST_MODELS) this.#models.add(model);
    return this.#models.has(model) ? model : 'other';
  }
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
