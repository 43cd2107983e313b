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
  /** The rounds in which CPU time is compared with nginx and the relay; the others are about time. */
  readonly compared: boolean;
}

const burst = (events: number, callers: number, requests: number, streamed = true): Scenario => ({
  name: `${events} events ${streamed ? 'at once' : 'as a whole answer'}, ${callers} callers`,
  words: `sim:events=${events} sim:size=8 sim:pace=0 sim:apart`,
  callers,
  requests,
  events,
  streamed,
  compared: true,
});

const paced = (events: number, callers: number, requests: number): Scenario => ({
  name: `${events} events, one every 20 ms, ${callers} callers`,
  words: `sim:events=${events} sim:size=8 sim:pace=20`,
  callers,
  requests,
  events,
  streamed: true,
  compared: callers > 1,
});

export const FULL: readonly Scenario[] = [
  burst(50, 1, 200),
  burst(50, 32, 1_000),
  burst(50, 256, 1_000),
  paced(50, 1, 2),
  paced(50, 32, 64),
  paced(50, 256, 256),
  paced(200, 200, 200),
  burst(500, 32, 320),
  burst(50, 32, 1_000, false),
];

export const QUICK: readonly Scenario[] = [burst(50, 32, 500), burst(500, 32, 160), paced(50, 32, 32)];

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
