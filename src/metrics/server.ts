/** Serves /metrics on a port of its own, which need not be reachable for clients. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Config } from '../config/config.js';
import type { Logger } from '../logger.js';

/** Undefined: no port is set, or it is taken, which is a warning and no reason not to start. Port 0: any free one. */
export async function serveMetrics(
  { metricsHost, metricsPort }: Pick<Config, 'metricsHost' | 'metricsPort'>,
  registry: Registry,
  log: Logger,
): Promise<Server | undefined> {
  if (metricsPort === undefined) return undefined;
  const server = createServer((req, res) => {
    if (/^\/metrics(\?|$)/.test(req.url ?? '')) void answer(res, registry, log);
    else res.writeHead(404).end();
  });
  return new Promise((resolve) => {
    server.once('error', (error) => {
      log.warn({ err: error }, `no metrics: METRICS_PORT=${metricsPort} cannot be used`);
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

async function answer(res: ServerResponse, registry: Registry, log: Logger): Promise<void> {
  try {
    const text = await registry.metrics();
    res.setHeader('content-type', registry.contentType).end(text);
  } catch (error) {
    log.error({ err: error }, 'the metrics cannot be read');
    res.writeHead(500).end();
  }
}
