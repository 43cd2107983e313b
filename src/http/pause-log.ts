/** Says in the log when a credential goes out, with what to do about it, and when it is back. */
import type { Logger } from '../logger.js';
import type { PauseEvents } from '../queue/local-pool.js';
import { findCure, PAUSE_KINDS } from '../vocabulary/pauses.js';

export function logPauses(log: Logger): PauseEvents {
  return {
    onPause: (credential, cause) => {
      const { en, isWarning } = PAUSE_KINDS[cause.kind];
      const { code } = cause;
      const text = `the credential ${credential} is paused: ${en} (${code}). ${findCure(cause).cure}`;
      log[isWarning ? 'warn' : 'info']({ credential, code }, text);
    },
    onBack: (credential) => log.info({ credential }, `the credential ${credential} answers again`),
  };
}
