/** A simulated Z.ai on a real port: both upstream protocols, for the demo, the tests and the benchmark. */

import type { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Account, AccountOptions } from './accounts.js';
import { PatientWriter, play } from './player.js';
import type { QuotaForm } from './quota.js';
import type { Reply } from './reply.js';
import { RequestLog, type SimulatedRequest, type SimulatorEvents } from './request-log.js';
import { Routes } from './routes.js';

export type { Account } from './accounts.js';
export type { SimulatedRequest } from './request-log.js';

export interface SimulatorOptions extends AccountOptions {
  /** 0 = any free port. */
  port?: number;
  host?: string;
  /** Pause between two events in milliseconds, unless `sim:pace` says otherwise. 0 = no pause. */
  paceMs?: number;
  /** When set, the OpenAI endpoints accept only this Bearer token. */
  apiKey?: string;
  /** An account token that the web endpoints accept. */
  accountToken?: string;
  /** The exact names that the self-hosted `/v1` serves. */
  servedModels?: string[];
  /** Ids that `GET /models` of the official bases lists; those that work are more: all of the gateway's table. */
  listedModels?: string[];
  /** Words for every request; words in the request take precedence. */
  scenario?: string;
}

export interface Simulator {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** Newest last, at most 10 000. */
  readonly requests: SimulatedRequest[];
  /** All issued guest tokens, including revoked ones. */
  readonly minted: string[];
  /** Number of unfinished chat answers. */
  readonly openStreams: number;
  readonly events: EventEmitter<SimulatorEvents>;
  /** The account of a Bearer token, to look at and to change; without a token the one that all guests share. */
  account(token?: string): Account;
  /** Revokes all guest tokens issued so far. */
  revokeTokens(): void;
  /** Lets token requests fail with this status from now on; 405 is the firewall's page. */
  setMintStatus(status: number | undefined): void;
  setMintDelay(ms: number): void;
  /** How `GET /api/monitor/usage/quota/limit` tells a plan's quota from now on. */
  setQuotaForm(form: QuotaForm): void;
  /** @returns a function that removes the listener. */
  on(event: keyof SimulatorEvents, listener: (request: SimulatedRequest) => void): () => void;
  /** Closes the server and ends open streams. */
  close(): Promise<void>;
}

/** Rejects with the listen error, such as EADDRINUSE. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const log = new RequestLog();
  const routes = new Routes(options);
  const paceMs = options.paceMs ?? 25;
  const server = createServer({ highWaterMark: 64 * 1024, keepAliveTimeout: 60_000 }, (request, response) => {
    answer(request, response, { log, routes, paceMs }).catch((error) => {
      if (!request.destroyed || request.complete) console.error('The simulator failed:', error);
      response.destroy();
    });
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host ?? '127.0.0.1'}:${port}`,
    requests: log.requests,
    minted: routes.guests.minted,
    get openStreams() {
      return log.openStreams;
    },
    events: log.events,
    account: (token) => routes.accounts.find(token),
    revokeTokens: () => routes.guests.revokeAll(),
    setMintStatus: (status) => {
      routes.mintStatus = status;
    },
    setMintDelay: (ms) => {
      routes.mintDelayMs = ms;
    },
    setQuotaForm: (form) => {
      routes.quotaForm = form;
    },
    on: (event, listener) => {
      log.events.on(event, listener);
      return () => log.events.off(event, listener);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface ExchangeContext {
  log: RequestLog;
  routes: Routes;
  paceMs: number;
}

/** Handles one exchange: reads, records, decides, sends. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { log, routes, paceMs }: ExchangeContext,
) {
  response.on('error', () => {}); // `close` reports a client that left
  const record: SimulatedRequest = {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers: request.headers,
    body: undefined,
    closedEarly: false,
    bytesWritten: 0,
  };
  const writer = new PatientWriter(response, (count) => {
    record.bytesWritten += count;
  });
  record.body = await readBody(request);
  if (writer.closed) return;
  log.opened(record);
  response.on('close', () => {
    record.closedEarly = !response.writableFinished && !writer.cut;
    record.closedAt = performance.now();
    log.closed(record);
  });
  await send(writer, routes.reply(record), paceMs);
}

async function send(writer: PatientWriter, reply: Reply, paceMs: number): Promise<void> {
  writer.onEnd = reply.onEnd;
  if (reply.delayMs) await writer.sleep(reply.delayMs);
  if (writer.closed) return;
  const { status, headers, body } = reply;
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    writer.response.writeHead(status, headers);
    return play(writer, body, { paceMs: reply.paceMs ?? paceMs, apart: reply.apart ?? false });
  }
  writer.response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  await writer.write(body);
  writer.end();
}

/** @returns undefined if the body is not JSON. */
async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  try {
    return JSON.parse(Buffer.concat(parts).toString());
  } catch {
    return undefined;
  }
}
