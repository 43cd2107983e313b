/** Mishaps in the middle of a stream, put between the events of an answer that knows nothing of them. */
import { CUT, type Step } from './reply.js';
import type { Scenario } from './scenarios.js';

/**
 * Passes the first events, then does what the scenario says. `error` is what this protocol sends for
 * `sim:error-mid`.
 */
export function* withMishaps(steps: Iterable<Step>, scenario: Scenario, error: string): Generator<Step> {
  const after = scenario.number('after') ?? 3;
  const headDelay = scenario.number('headers-then-delay');
  if (headDelay !== undefined) yield { pauseMs: headDelay };
  if (scenario.has('empty')) return;
  let passed = 0;
  let held: Step | undefined; // the last event ends the answer, so a short answer meets its mishap before it
  for (const step of steps) {
    if (held !== undefined) {
      if (passed++ === after) yield* mishap(scenario, error);
      if (passed > after && endsHere(scenario)) return;
      yield held;
    }
    held = step;
  }
  if (passed <= after) yield* mishap(scenario, error);
  if (held !== undefined && !endsHere(scenario)) yield held;
}

function* mishap(scenario: Scenario, error: string): Generator<Step> {
  const step = mishapStep(scenario, error);
  if (step !== undefined) yield step;
}

function mishapStep(scenario: Scenario, error: string): Step | undefined {
  const silence = scenario.number('silence');
  if (silence !== undefined) return { pauseMs: silence };
  if (scenario.has('stall')) return { pauseMs: Number.POSITIVE_INFINITY };
  if (scenario.has('cut')) return CUT;
  if (scenario.has('error-mid')) return error;
  return undefined;
}

function endsHere(scenario: Scenario): boolean {
  return ['stall', 'cut', 'error-mid', 'truncate'].some((name) => scenario.has(name));
}

/** Whether anything happens at all: most answers need not pass through here. */
export function hasMishap(scenario: Scenario): boolean {
  return ['headers-then-delay', 'empty', 'silence', 'stall', 'cut', 'error-mid', 'truncate'].some((name) =>
    scenario.has(name),
  );
}
