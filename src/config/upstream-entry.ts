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
  /** The variable that holds the token, `undefined` when the file itself does. */
  readonly tokenVariable: string | undefined;
  /** Requests at a time, for each model (of the web chat: for all). */
  readonly slots: number | 'auto' | 'unlimited';
  /** Entries with lower numbers are asked first. */
  readonly priority: number;
  /** The models that it serves: the client's name → the upstream's id. `undefined`: those that the upstream lists. */
  readonly models: Readonly<Record<string, string>> | undefined;
  /** Models that it answers in place of others, when these fail elsewhere: the client's name → the name of its own model. */
  readonly fallback: Readonly<Record<string, string>>;
  /** The only caller that it serves, a name of API_KEYS or the id of a member; `undefined` when it serves all. */
  readonly owner: string | undefined;
}
