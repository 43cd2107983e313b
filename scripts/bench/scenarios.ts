/** What is asked for in each run, in the words of the simulator and in both languages. */
import type { Ask } from './load.js';
import { KEY, type Target, type Upstream } from './targets.js';

export interface Scenario {
  readonly name: string;
  readonly words: string;
  readonly callers: number;
  /** In one round. */
  readonly requests: number;
  readonly events: number;
  readonly streamed: boolean;
  readonly rounds: number;
}

const burst = (events: number, callers: number, requests: number, rounds: number): Scenario => ({
  name: `${events} events at once, ${callers} caller${callers > 1 ? 's' : ''}`,
  words: `sim:events=${events} sim:size=8 sim:pace=0 sim:apart`,
  callers,
  requests,
  events,
  streamed: true,
  rounds,
});

const whole = (events: number, callers: number, requests: number, rounds: number): Scenario => ({
  ...burst(events, callers, requests, rounds),
  name: `${events} events as a whole answer, ${callers} callers`,
  streamed: false,
});

const paced = (events: number, callers: number, requests: number, rounds: number): Scenario => ({
  ...burst(events, callers, requests, rounds),
  name: `${events} events, one every 20 ms, ${callers} callers`,
  words: `sim:events=${events} sim:size=8 sim:pace=20`,
});

/** The commonest one: warms up, finds the capacity, arrives at half of it. Six rounds, since this ratio is an aim. */
export const SHORT = burst(50, 32, 1_000, 6);

/** One every 20 ms for one caller is left out: it tells what the half-load rows tell, with two samples. */
export const FULL: readonly Scenario[] = [
  burst(50, 1, 200, 4),
  SHORT,
  burst(50, 256, 1_000, 3),
  burst(500, 32, 320, 6),
  whole(50, 32, 1_000, 3),
  paced(50, 32, 64, 3),
  paced(50, 256, 256, 3),
  paced(200, 200, 200, 3),
];

export const QUICK: readonly Scenario[] = [{ ...SHORT, requests: 500, rounds: 3 }, burst(500, 32, 160, 3)];

/** Each caller is a conversation of its own. The upstream knows no whole answers: there a stream stands for both. */
export function askOf(scenario: Scenario, target: Target, upstream: Upstream) {
  const { words, streamed, events } = scenario;
  const messages = [{ role: 'user', content: `${words} Tell me about rivers.` }];
  const body = JSON.stringify(
    target.speech === 'openai'
      ? { model: 'GLM-4.5', stream: streamed, messages }
      : { stream: true, chat_id: 'bench', id: '1', model: '0727-360B-API', messages },
  );
  const counted = streamed || target.speech === 'upstream';
  return (caller: number): Ask => ({
    url: target.url,
    headers: {
      authorization: `Bearer ${target.speech === 'openai' ? KEY : upstream.token}`,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'x-conversation-id': `bench-${caller}`,
    },
    body,
    end: endOf(target, streamed),
    // What is cut between two network reads is not counted.
    events: counted ? Math.floor(events * 0.9) : 0,
  });
}

function endOf(target: Target, streamed: boolean): string {
  if (target.speech === 'upstream') return '"done":true';
  return streamed ? 'data: [DONE]' : '"finish_reason":"stop"';
}
