/** The sockets to the upstream: kept open between requests, given up when they take too long to come about. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { UpstreamError } from '../errors.js';

/** The socket that served last serves next: it is the least likely to have been closed meanwhile. */
const KEPT = { keepAlive: true, maxFreeSockets: 1024, scheduling: 'lifo' } as const;

/**
 * Name, connection and TLS together may take `connectTimeoutMs`. The limit belongs to the socket: a request on a kept
 * one pays nothing for it.
 */
export function createAgents(connectTimeoutMs: number): { http: HttpAgent; https: HttpsAgent } {
  const http = new HttpAgent(KEPT);
  const https = new HttpsAgent(KEPT);
  limit(http, 'connect', connectTimeoutMs);
  limit(https, 'secureConnect', connectTimeoutMs);
  return { http, https };
}

function limit(agent: HttpAgent, ready: 'connect' | 'secureConnect', ms: number): void {
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback): Duplex | null | undefined => {
    const socket = create(options, callback) as Socket;
    const timer = setTimeout(() => socket.destroy(connectedLate()), ms);
    const stop = () => clearTimeout(timer);
    socket.once(ready, stop).once('close', stop);
    return socket;
  };
}

function connectedLate(): UpstreamError {
  return new UpstreamError('The upstream could not be reached in time (CONNECT_TIMEOUT).', {
    status: 504,
    code: 'upstream_unreachable',
    retriable: true,
  });
}
