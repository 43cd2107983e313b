/** Serves /metrics on a port of its own, which need not be reachable for clients. */
import { createServer, type Server } from 'node:http';
import type { Registry } from 'prom-client';
import type { Config } from '../config.js';
import type { Logger } from '../logger.js';

/** Undefined: no port is set, or it is taken, which is a warning and no reason not to start. */
export async function serveMetrics(
  { metricsHost, metricsPort }: Pick<Config, 'metricsHost' | 'metricsPort'>,
  registry: Registry,
  log: Logger,
): Promise<Server | undefined> {
  if (metricsPort === undefined) return undefined;
  const server = createServer(async (req, res) => {
    if (req.url !== '/metrics') {
      res.writeHead(404).end();
      return;
    }
    res.setHeader('content-type', registry.contentType);
    res.end(await registry.metrics());
  });
  return new Promise((resolve) => {
    server.once('error', (error) => {
      log.warn({ err: error }, `no metrics: METRICS_PORT=${metricsPort} cannot be used`);
      resolve(undefined);
    });
    server.listen(metricsPort, metricsHost, () => {
      server.unref();
      resolve(server);
    });
  });
}
