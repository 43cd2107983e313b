/** Traces by OpenTelemetry's SDK, exported over OTLP. The only importer of its packages, loaded only where traces are exported. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { TracingSettings } from '../config/tracing.js';
import type { Logger } from '../logger.js';
import { VERSION } from '../version.js';
import { REQUEST, RESOURCE, SCHEMA_URL, SCOPE } from './conventions.js';
import { Clock, RecordedTrace } from './recorded-trace.js';
import type { ArrivedRequest, RequestTrace, Tracing } from './request-trace.js';
import { parseTraceparent } from './traceparent.js';
import { UnrecordedTrace } from './untraced.js';
import { WatchedExporter } from './watched-exporter.js';

/** How long the last spans may take. */
const LAST_SPANS_MS = 5_000;
/** Texts of clients and upstreams are cut here. */
const MAX_TEXT_LENGTH = 500;

export class OpenTelemetry implements Tracing {
  readonly isOn = true;
  readonly #provider: TracerProvider;
  readonly #tracer: ReturnType<TracerProvider['getTracer']>;

  constructor(settings: TracingSettings, replica: string, log: Logger) {
    const { batch } = settings;
    const exporter = new WatchedExporter(createExporter(settings), new URL(settings.url).host, log);
    const processor = new BatchSpanProcessor({
      exporter,
      scheduledDelayMillis: batch.delayMs,
      exportTimeoutMillis: batch.timeoutMs,
      maxQueueSize: batch.maxQueueSize,
      maxExportBatchSize: batch.maxBatchSize,
    });
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({
        [RESOURCE.serviceName]: settings.serviceName,
        [RESOURCE.serviceVersion]: VERSION,
        [RESOURCE.serviceInstanceId]: replica,
        ...settings.resourceAttributes,
      }),
      sampler: createSampler(settings),
      spanProcessors: [processor],
      spanLimits: { attributeValueLengthLimit: MAX_TEXT_LENGTH },
    });
    this.#tracer = this.#provider.getTracer(SCOPE, VERSION, { schemaUrl: SCHEMA_URL });
  }

  startRequest({ requestId, method, userAgent, traceparent }: ArrivedRequest): RequestTrace {
    const parent = parseTraceparent(traceparent);
    const context = parent
      ? trace.setSpanContext(ROOT_CONTEXT, {
          traceId: parent.traceId,
          spanId: parent.spanId,
          traceFlags: parent.isSampled ? 1 : 0,
          isRemote: true,
        })
      : ROOT_CONTEXT;
    const attributes = {
      [REQUEST.method]: method,
      [REQUEST.requestId]: requestId,
      [REQUEST.userAgent]: userAgent,
    };
    const clock = new Clock();
    const options = { kind: SpanKind.SERVER, attributes, startTime: clock.now() };
    const span = this.#tracer.startSpan(method, options, context);
    if (span.isRecording()) return new RecordedTrace(this.#tracer, span, method, clock);
    return new UnrecordedTrace({ ...span.spanContext(), isSampled: false });
  }

  async close(): Promise<void> {
    await Promise.race([
      this.#provider.shutdown().catch(() => undefined),
      sleep(LAST_SPANS_MS, undefined, { ref: false }),
    ]);
  }
}

function createExporter({
  url,
  protocol,
  headers,
  timeoutMs,
  compression,
  tls,
}: TracingSettings): SpanExporter {
  const Exporter = protocol === 'http/json' ? JsonExporter : ProtobufExporter;
  const { ca, cert, key } = tls;
  return new Exporter({
    url,
    headers: { ...headers },
    timeoutMillis: timeoutMs,
    compression: compression as never,
    httpAgentOptions: {
      keepAlive: true,
      ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
      ...(cert === undefined ? {} : { cert: readFileSync(cert) }),
      ...(key === undefined ? {} : { key: readFileSync(key) }),
    },
  });
}

function createSampler({ sampler: { ratio, obeysParent } }: TracingSettings): Sampler {
  const root = new TraceIdRatioBasedSampler(ratio);
  return obeysParent ? new ParentBasedSampler({ root }) : root;
}
