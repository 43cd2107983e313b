/** The sockets to the upstream: kept open between requests, closed when connecting takes too long. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent';
import { UpstreamError } from '../../vocabulary/errors.js';

/** `lifo` reuses the latest socket first, which the upstream is least likely to have closed meanwhile. */
const KEPT = { keepAlive: true, maxFreeSockets: 1024, scheduling: 'lifo' } as const;
/** How much longer a CONNECT may take than its request, which then fails with its own error. */
const PROXY_GRACE_MS = 1_000;

export interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/**
 * Limits DNS, connecting, `proxy` and TLS together to `connectTimeoutMs`. The limit belongs to the socket, so a request on a
 * kept one has no timer for it.
 */
export function createAgents(connectTimeoutMs: number, proxy?: URL): Agents {
  if (proxy !== undefined) return createTunnels(connectTimeoutMs, proxy);
  const http = new HttpAgent(KEPT);
  const https = new HttpsAgent(KEPT);
  limit(http, 'connect', connectTimeoutMs);
  limit(https, 'secureConnect', connectTimeoutMs);
  return { http, https };
}

/** Uses CONNECT for http as well. */
function createTunnels(connectTimeoutMs: number, proxy: URL): Agents {
  const proxyRequestOptions = {
    // hpagent reads it for every CONNECT.
    get signal() {
      return AbortSignal.timeout(connectTimeoutMs + PROXY_GRACE_MS);
    },
  };
  const options = { ...KEPT, proxy, proxyRequestOptions: proxyRequestOptions as object };
  const http = new HttpProxyAgent(options);
  const https = new HttpsProxyAgent(options);
  limitTunnel(http, undefined, connectTimeoutMs);
  limitTunnel(https, 'secureConnect', connectTimeoutMs);
  return { http, https };
}

function limit(agent: HttpAgent, ready: 'connect' | 'secureConnect', ms: number): void {
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback): Duplex | null | undefined => {
    const socket = create(options, callback) as Socket;
    const timer = setTimeout(() => socket.destroy(connectTimeoutError()), ms);
    const stop = () => clearTimeout(timer);
    socket.once(ready, stop).once('close', stop);
    return socket;
  };
}

/** `ready` is the event that follows the tunnel, `undefined` when none does. */
function limitTunnel(agent: HttpAgent, ready: 'secureConnect' | undefined, ms: number): void {
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback): undefined => {
    let tunnel: Duplex | undefined;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      if (tunnel === undefined) callback?.(connectTimeoutError(), undefined as never);
      else tunnel.destroy(connectTimeoutError());
    }, ms);
    const stop = () => clearTimeout(timer);
    create(options, (error, opened) => {
      if (isLate) {
        opened?.destroy();
        return;
      }
      if (error || !opened) {
        stop();
        callback?.(proxyError(error), undefined as never);
        return;
      }
      tunnel = opened;
      if (ready === undefined) stop();
      else opened.once(ready, stop).once('close', stop);
      callback?.(null, opened);
    });
  };
}

function connectTimeoutError(): UpstreamError {
  return new UpstreamError('The upstream could not be reached in time.', {
    status: 504,
    code: 'upstream_unreachable',
    retriable: true,
  });
}

/** hpagent gives the status of a refused CONNECT only in its message. The proxy's address is left out. */
function proxyError(error: Error | null): UpstreamError {
  const status = Number(/^Bad response: (\d+)$/.exec(error?.message ?? '')?.[1] ?? 0);
  const why =
    status > 0
      ? `answered ${status}`
      : `cannot be reached (${(error as NodeJS.ErrnoException)?.code ?? 'unknown'})`;
  const hint = status === 407 ? ' It wants a user name and password there.' : '';
  return new UpstreamError(`The proxy in front of the upstream ${why}.${hint}`, {
    code: 'upstream_unreachable',
    retriable: status === 0 || status >= 500,
  });
}
