// Restarts parts of a cluster that have died: at once, then after longer and longer waits if they die soon again.
import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 30_000;
/** A part that has run this long starts with the first wait again. */
const STABLE_MS = 60_000;

/**
 * Call `onEnd` for each part that ended by itself. `say` prints a line for the user.
 * @type {typeof import('./keep-running.d.mts').keepRunning}
 */
export function keepRunning(say) {
  /** For each part: when it was restarted, and the wait before. */
  const starts = new Map();
  let isStopping = false;

  const startAgain = async (part, problem) => {
    const waitMs = nextWait(starts.get(part));
    say(`${problem}: it is started again in ${waitMs / 1000} s.`);
    await sleep(waitMs);
    if (isStopping) return;
    try {
      starts.set(part, { waitMs, at: Date.now() });
      await part.start();
      say(`${part.name} runs again (pid ${part.pid}).`);
    } catch (error) {
      if (!isStopping) await startAgain(part, error.message);
    }
  };
  return {
    onEnd: (part, how) => {
      if (!isStopping) void startAgain(part, `${part.name} has ended (${how})`);
    },
    stop: () => {
      isStopping = true;
    },
  };
}

function nextWait(last) {
  if (last === undefined || Date.now() - last.at >= STABLE_MS) return FIRST_WAIT_MS;
  return Math.min(2 * last.waitMs, MAX_WAIT_MS);
}
