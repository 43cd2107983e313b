/** Callers that ask, read to the end, and ask again. A stream that lacks its end, or an event, counts as failed. */
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';

export interface Ask {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What the last bytes of a whole answer hold. */
  readonly end: string;
  /** Events or, in a whole answer, deltas that have to be there; 0: not counted. */
  readonly events: number;
}

export interface Timing {
  readonly firstByteMs: number;
  readonly totalMs: number;
  /** Longest silence between two network reads. */
  readonly gapMs: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly failed: number;
  /** Why the first one failed. */
  readonly problem: string | undefined;
  readonly wallMs: number;
  readonly timings: readonly Timing[];
}

const TAIL_BYTES = 400;

/** `askOf` gives each caller its own request, so that each has its own conversation. */
export async function load(
  askOf: (caller: number) => Ask,
  callers: number,
  requests: number,
): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const timings: Timing[] = [];
  const problems: string[] = [];
  let left = requests;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: Math.min(callers, requests) }, async (_, caller) => {
      const ask = askOf(caller);
      while (left > 0) {
        left -= 1;
        try {
          timings.push(await once(ask, agent));
        } catch (error) {
          problems.push(error instanceof Error ? error.message : String(error));
        }
      }
    }),
  );
  agent.destroy();
  const wallMs = performance.now() - started;
  return { requests, failed: problems.length, problem: problems[0], wallMs, timings };
}

/** Times count from `started`: what an open loop meant to send late was waited for all the same. */
export function once(ask: Ask, agent: Agent, started = performance.now()): Promise<Timing> {
  return new Promise((resolve, reject) => {
    const asked = request(ask.url, { method: 'POST', agent, headers: ask.headers }, (response) => {
      let firstByte: number | undefined;
      let last = started;
      let gapMs = 0;
      let events = 0;
      let tail = '';
      response.on('data', (bytes: Buffer) => {
        const now = performance.now();
        firstByte ??= now;
        gapMs = Math.max(gapMs, now - last);
        last = now;
        if (ask.events > 0) events += count(bytes);
        tail = (tail + bytes.toString('latin1')).slice(-TAIL_BYTES);
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}: ${tail}`));
        else if (!tail.includes(ask.end)) reject(new Error('the end is missing'));
        else if (events < ask.events) reject(new Error(`${events} of ${ask.events} events`));
        else resolve({ firstByteMs: (firstByte ?? last) - started, totalMs: last - started, gapMs });
      });
    });
    asked.on('error', reject);
    asked.end(ask.body);
  });
}

const EVENT = Buffer.from('data: ');

/** One that is cut between two reads is not seen; callers ask for fewer than are sent. */
function count(bytes: Buffer): number {
  let found = 0;
  for (let at = bytes.indexOf(EVENT); at !== -1; at = bytes.indexOf(EVENT, at + 1)) found += 1;
  return found;
}
