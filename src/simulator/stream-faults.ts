/** Faults in the middle of a stream, inserted between the events of an answer. */
import { CUT, type Step } from './reply.js';
import type { Scenario } from './scenarios.js';

interface Fault {
  /** Steps before the next event. */
  step?(scenario: Scenario, error: string, next: Step): Step | undefined;
  /** The stream ends after it. */
  ends?: true;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  silence: { step: (scenario) => ({ pauseMs: scenario.number('silence') ?? 0 }) },
  stall: { step: () => ({ pauseMs: Number.POSITIVE_INFINITY }), ends: true },
  cut: { step: () => CUT, ends: true },
  'error-mid': { step: (_scenario, error) => error, ends: true },
  truncate: { ends: true },
  glued: { step: (_scenario, _error, next) => cutBeginning(next) },
};

/** Passes the first events, then does what the scenario says. `error` is what this protocol sends for `sim:error-mid`. */
export function addFaults(steps: Iterable<Step>, scenario: Scenario, error: string): Iterable<Step> {
  const headDelay = scenario.number('headers-then-delay');
  const fault = FAULTS[scenario.names.find((name) => Object.hasOwn(FAULTS, name)) ?? ''];
  const told = scenario.has('empty') ? [] : steps;
  const faulty = fault ? interrupted(told, scenario, { fault, error }) : told;
  return headDelay === undefined ? faulty : after({ pauseMs: headDelay }, faulty);
}

function* after(first: Step, steps: Iterable<Step>): Generator<Step> {
  yield first;
  yield* steps;
}

/** In a short answer the fault comes before the last event, which ends the answer. */
function* interrupted(
  steps: Iterable<Step>,
  scenario: Scenario,
  { fault, error }: { fault: Fault; error: string },
): Generator<Step> {
  const undisturbed = scenario.number('after') ?? 3;
  let passed = 0;
  let held: Step | undefined;
  for (const step of steps) {
    if (held !== undefined) {
      if (passed === undisturbed) {
        yield* faultStep(held);
        if (fault.ends) return;
      }
      passed += 1;
      yield held;
    }
    held = step;
  }
  if (held === undefined) return;
  if (passed <= undisturbed) {
    yield* faultStep(held);
    if (fault.ends) return;
  }
  yield held;

  function* faultStep(next: Step): Generator<Step> {
    const step = fault.step?.(scenario, error, next);
    if (step !== undefined) yield step;
  }
}

/** A frame that breaks off in the middle of its JSON: the next one begins on the same line. */
function cutBeginning(frame: Step): Step | undefined {
  return typeof frame === 'string' ? frame.slice(0, Math.min(60, frame.trimEnd().length - 4)) : undefined;
}
