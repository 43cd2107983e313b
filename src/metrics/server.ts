/** Serves /metrics on a port of its own, which clients need not reach. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Config } from '../config/config.js';
import type { Logger } from '../logger.js';

/**
 * Starts the server. Port 0 means any free port. A port that is taken is logged as a warning, and the gateway starts without.
 *
 * @returns undefined if no port is set or it cannot be used.
 */
export async function serveMetrics(
  { metricsHost, metricsPort }: Pick<Config, 'metricsHost' | 'metricsPort'>,
  registry: Registry,
  log: Logger,
): Promise<Server | undefined> {
  if (metricsPort === undefined) return undefined;
  const server = createServer((req, res) => {
    if (/^\/metrics(\?|$)/.test(req.url ?? '')) void sendMetrics(res, registry, log);
    else res.writeHead(404).end();
  });
  return new Promise((resolve) => {
    server.once('error', (error) => {
      log.warn({ err: error }, `metrics are off: port ${metricsPort} (METRICS_PORT) cannot be used`);
      resolve(undefined);
    });
    server.listen(metricsPort, metricsHost, () => {
      server.unref();
      const { port } = server.address() as AddressInfo;
      const host = metricsHost.includes(':') ? `[${metricsHost}]` : metricsHost;
      log.info(`metrics at http://${host}:${port}/metrics`);
      resolve(server);
    });
  });
}

async function sendMetrics(res: ServerResponse, registry: Registry, log: Logger): Promise<void> {
  try {
    const text = await registry.metrics();
    res.setHeader('content-type', registry.contentType).end(text);
  } catch (error) {
    log.error({ err: error }, 'metrics could not be collected');
    res.writeHead(500).end();
  }
}
