/** Chooses the tracing that the configuration asks for. OpenTelemetry is loaded only where spans are exported. */
import type { Config } from '../config/config.js';
import type { Logger } from '../logger.js';
import type { Tracing } from './request-trace.js';
import { UNTRACED } from './untraced.js';

/** @param replica this replica's name among the others */
export async function createTracing(
  { tracing }: Pick<Config, 'tracing'>,
  replica: string,
  log: Logger,
): Promise<Tracing> {
  if (tracing === undefined) return UNTRACED;
  const { OpenTelemetry } = await import('./open-telemetry.js');
  try {
    return new OpenTelemetry(tracing, replica, log);
  } catch (err) {
    log.warn(
      { err },
      'traces are not exported: check OTEL_EXPORTER_OTLP_CERTIFICATE, _CLIENT_CERTIFICATE, _CLIENT_KEY',
    );
    return UNTRACED;
  }
}
