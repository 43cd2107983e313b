/** Tells the operator when spans cannot be exported, once for each outage. Requests do not notice. */
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../logger.js';

type Done = Parameters<SpanExporter['export']>[1];

export class WatchedExporter implements SpanExporter {
  #isFailing = false;

  /** @param host where spans go to, for the log */
  constructor(
    private readonly exporter: SpanExporter,
    private readonly host: string,
    private readonly log: Pick<Logger, 'warn' | 'info'>,
  ) {}

  export(spans: ReadableSpan[], done: Done): void {
    this.exporter.export(spans, (result) => {
      // 0 is ExportResultCode.SUCCESS.
      this.#observe(result.code === 0 ? undefined : (result.error ?? new Error('unknown')));
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.exporter.forceFlush?.();
  }

  /** The error's message is left out: it may quote the collector's answer. */
  #observe(error: (Error & { code?: string | number }) | undefined): void {
    const isFailing = error !== undefined;
    if (isFailing === this.#isFailing) return;
    this.#isFailing = isFailing;
    const { host } = this;
    if (isFailing) {
      const code = error.code ?? error.name;
      this.log.warn(
        { host, code },
        'traces cannot be exported (OTEL_EXPORTER_OTLP_ENDPOINT): spans are lost until it works again',
      );
    } else this.log.info({ host }, 'traces are exported again');
  }
}
