/**
 * Open loop: requests leave at times that were fixed before, whether earlier ones are answered or not. Each is timed
 * from when it was meant to leave, so that neither a slow target nor a late generator hides what a caller would wait.
 */
import { Agent } from 'node:http';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { type Ask, type LoadResult, once, type Timing } from './load.js';

export interface OpenLoopResult extends LoadResult {
  /** How much later than meant each request left. */
  readonly lagsMs: readonly number[];
}

/** More that are open at once than this: the target does not keep up, and no quantile of it means anything. */
const MOST_OPEN = 500;
/** A conversation of its own for each would measure guest tokens. */
const CONVERSATIONS = 32;
/** Until the thread stands. */
const START_IN_MS = 100;

export async function openLoop(
  askOf: (caller: number) => Ask,
  times: readonly number[],
): Promise<OpenLoopResult> {
  const agent = new Agent({ keepAlive: true, scheduling: 'lifo' });
  const timings: Timing[] = [];
  const lagsMs: number[] = [];
  const problems: string[] = [];
  const answers: Promise<void>[] = [];
  let open = 0;
  const send = async (index: number, meantAt: number) => {
    if (open >= MOST_OPEN) return void problems.push(`${MOST_OPEN} were open`);
    open += 1;
    lagsMs.push(performance.now() - meantAt);
    await once(askOf(index % CONVERSATIONS), agent, meantAt).then(
      (timing) => timings.push(timing),
      (error: Error) => problems.push(error.message),
    );
    open -= 1;
  };
  const startAt = performance.now() + START_IN_MS;
  const metronome = new Worker(join(import.meta.dirname, 'metronome.mjs'), {
    workerData: { times, startAt: performance.timeOrigin + startAt },
    execArgv: [],
  });
  await new Promise<void>((resolve, reject) => {
    metronome.on('error', reject);
    metronome.on('exit', () => resolve());
    metronome.on('message', (index: number) => {
      answers.push(send(index, startAt + (times[index] ?? 0)));
    });
  });
  await Promise.all(answers);
  const wallMs = performance.now() - startAt;
  agent.destroy();
  return {
    requests: times.length,
    failed: problems.length,
    problem: problems[0],
    wallMs,
    timings,
    lagsMs,
  };
}

/** Poisson: people who do not know of each other. The same seed gives every target the same arrivals. */
export function poissonArrivals(perSecond: number, seconds: number, seed: number): number[] {
  const random = seededRandom(seed);
  const times: number[] = [];
  for (let at = 0; ; ) {
    at += (-Math.log(1 - random()) * 1000) / perSecond;
    if (at >= seconds * 1000) return times;
    times.push(at);
  }
}

/** mulberry32. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
