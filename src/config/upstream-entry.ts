/** One credential of an upstream, as configured. */
import type { UpstreamProtocol } from './config.js';

/** The name of the entry that the single-upstream variables make. */
export const DEFAULT_ENTRY = 'default';

export interface UpstreamEntry {
  /** Shown in logs, pages and headers. */
  readonly name: string;
  readonly url: string;
  readonly protocol: UpstreamProtocol;
  readonly token: string | undefined;
  /** Requests at a time, for each model (of the web chat: for all). */
  readonly slots: number | 'auto' | 'unlimited';
}
