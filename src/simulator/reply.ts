/** Replies of the simulator: whole bodies, or steps that the player writes in order. */

/** Cuts the connection without ending the body. */
export const CUT = Symbol('cut');

/**
 * A string is one event and is paced, or joined with its neighbours when there is no pace. Bytes are one
 * network write of their own. A pause is silence; Infinity lasts until the client leaves.
 */
export type Step = string | Uint8Array | { pauseMs: number } | typeof CUT;

export interface Reply {
  status: number;
  headers: Record<string, string>;
  /** Text and bytes are sent with their length, steps are streamed. */
  body: string | Uint8Array | Iterable<Step>;
  /** Pause between two events; the simulator's own when absent. */
  paceMs?: number | undefined;
  /** Without a pace, each event is a write of its own. */
  apart?: boolean;
  /** Silence before the headers. */
  delayMs?: number | undefined;
  /** Called when the last byte was handed over, or the connection closed before. */
  onEnd?: () => void;
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

export function html(status: number, title: string): Reply {
  const page = `<!doctypehtml><html lang="zh-cn"><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body: page };
}

export function eventStream(body: Iterable<Step>, paceMs?: number, apart = false): Reply {
  const headers = { 'content-type': 'text/event-stream;charset=UTF-8', 'cache-control': 'no-cache' };
  return { status: 200, headers, body, paceMs, apart };
}
