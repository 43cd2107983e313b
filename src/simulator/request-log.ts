/** Records requests for tests, and emits an event for each. */
import { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import type { AnyBody } from './conversation.js';

export interface SimulatedRequest {
  method: string;
  /** With the query string. */
  path: string;
  headers: IncomingHttpHeaders;
  /** Parsed JSON, or undefined. */
  body: AnyBody;
  /** The client closed the socket before the answer was finished. */
  closedEarly: boolean;
  /** `performance.now()` when the exchange was over. */
  closedAt?: number;
  /** Bytes of the body that were handed to the socket so far. */
  bytesWritten: number;
}

export interface SimulatorEvents {
  request: [SimulatedRequest];
  close: [SimulatedRequest];
}

const KEPT = 10_000;

export class RequestLog {
  readonly requests: SimulatedRequest[] = [];
  readonly events = new EventEmitter<SimulatorEvents>();
  openStreams = 0;

  opened(request: SimulatedRequest): void {
    this.requests.push(request);
    if (this.requests.length > KEPT) this.requests.splice(0, this.requests.length - KEPT);
    if (isChat(request)) this.openStreams++;
    this.events.emit('request', request);
  }

  closed(request: SimulatedRequest): void {
    if (isChat(request)) this.openStreams--;
    this.events.emit('close', request);
  }
}

function isChat(request: SimulatedRequest): boolean {
  return request.path.includes('/chat/completions');
}
