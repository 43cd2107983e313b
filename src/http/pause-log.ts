/** Says in the log when a credential goes out, with what to do about it, and when it is back. */
import type { Logger } from '../logger.js';
import type { PauseEvents } from '../queue/failover.js';
import { findCure, PAUSE_KINDS, type PauseCause } from '../vocabulary/pauses.js';

/** What all replicas have said of a credential. Its models have queues of their own, and each meets the failure. */
export interface Said {
  findReading(name: string): Promise<string | undefined>;
  keepReading(name: string, text: string, ms: number): Promise<void>;
}

const SAID_MS = 24 * 60 * 60 * 1000;
const BACK = 'back';

export function logPauses(log: Logger, said: Said): PauseEvents {
  /** @returns False when the same was said of the credential last. */
  const isNews = async (name: string, what: string): Promise<boolean> => {
    // The pause of one model is known to one queue only.
    if (name.includes('/')) return true;
    const key = `pause ${name}`;
    try {
      if ((await said.findReading(key)) === what) return false;
      await said.keepReading(key, what, SAID_MS);
    } catch {
      // The store is away: rather twice than never.
    }
    return true;
  };
  const sayPause = async (credential: string, cause: PauseCause): Promise<void> => {
    const { kind, code } = cause;
    if (!(await isNews(credential, code))) return;
    const { en, isWarning } = PAUSE_KINDS[kind];
    const text = `the credential ${credential} is paused: ${en} (${code}). ${findCure(cause).cure}`;
    log[isWarning ? 'warn' : 'info']({ credential, code }, text);
  };
  const sayBack = async (credential: string): Promise<void> => {
    if (await isNews(credential, BACK))
      log.info({ credential }, `the credential ${credential} answers again`);
  };
  return {
    onPause: (credential, cause) => void sayPause(credential, cause),
    onBack: (credential) => void sayBack(credential),
  };
}
