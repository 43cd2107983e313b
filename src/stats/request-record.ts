/** What is recorded of one finished request: enough to count, bill and explain it; nothing of what was said. */
import type { Usage } from '../completion/event.js';
import type { Outcome } from '../vocabulary/outcomes.js';

export interface RequestRecord {
  readonly requestId: string;
  /** Unix milliseconds. */
  readonly finishedAt: number;
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** The key's name, never the key; undefined: none was accepted. */
  readonly keyName: string | undefined;
  readonly model: string | undefined;
  /** The model that answered in its place, by the upstream's own word; `undefined` when it answered itself. */
  readonly servedModel?: string | undefined;
  readonly streamed: boolean;
  /** 499 when the client left. */
  readonly status: number;
  readonly outcome: Outcome;
  /** The error's code, where there was one. */
  readonly code: string | undefined;
  readonly durationMs: number;
  /** Until the first text or reasoning was there for the client; undefined: none was. */
  readonly firstTokenMs: number | undefined;
  /** The gateway's own part of the time until the response began: all but waiting for the upstream. */
  readonly ownMs?: number | undefined;
  readonly usage: Usage | undefined;
  readonly clientAddress: string;
  readonly userAgent: string;
  /** Which replica answered; a store adds it. */
  readonly replica?: string;
}
