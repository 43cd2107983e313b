/** Open streams of one event a second: how many a gateway holds on one core, and what each of them costs. */
import { Agent, get, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryBytes } from './processes.js';
import { quantile } from './report.js';
import { askOf } from './scenarios.js';
import type { Target, Upstream } from './targets.js';

export interface Rung {
  readonly streams: number;
  readonly whole: number;
  readonly problem: string | undefined;
  /** Beyond what the gateway took before, for each open stream. */
  readonly kilobytesPerStream: number;
  /** The gateway's own figures, the 99th percentile of every two seconds while they were open: the median and the worst. */
  readonly eventLoopLagMs: number | undefined;
  readonly worstEventLoopLagMs: number | undefined;
}

/** New streams in one step, so that the beginning is not what is measured. */
const STEP = 100;

export async function climb(
  target: Target,
  upstream: Upstream,
  streams: number,
  seconds: number,
): Promise<Rung> {
  const ask = askOf(
    {
      name: '',
      words: `sim:events=${seconds} sim:size=8 sim:pace=1000`,
      callers: streams,
      requests: streams,
      events: seconds,
      streamed: true,
      rounds: 1,
    },
    target,
    upstream,
  );
  const agent = new Agent({ keepAlive: false, maxSockets: streams });
  const before = memoryBytes(target.pid ?? 0);
  const problems: string[] = [];
  let whole = 0;
  const open: Promise<void>[] = [];
  for (let begun = 0; begun < streams; begun += STEP) {
    for (let at = begun; at < Math.min(begun + STEP, streams); at += 1) {
      open.push(
        readToEnd(ask(at), agent).then(
          () => {
            whole += 1;
          },
          (error: Error) => {
            problems.push(error.message);
          },
        ),
      );
    }
    await sleep(100);
  }
  const over = Promise.all(open).then(() => true);
  let peak = 0;
  const lags: number[] = [];
  while (!(await Promise.race([over, sleep(500, false)]))) {
    peak = Math.max(peak, memoryBytes(target.pid ?? 0));
    const now = await eventLoopLag(target.url);
    // Asked more often than it changes.
    if (now !== undefined && now !== lags.at(-1)) lags.push(now);
  }
  agent.destroy();
  return {
    streams,
    whole,
    problem: problems[0],
    kilobytesPerStream: (peak - before) / streams / 1000,
    eventLoopLagMs: lags.length > 0 ? quantile(lags, 0.5) : undefined,
    worstEventLoopLagMs: lags.length > 0 ? Math.max(...lags) : undefined,
  };
}

function readToEnd(ask: ReturnType<ReturnType<typeof askOf>>, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(ask.url, { method: 'POST', agent, headers: ask.headers }, (response) => {
      let tail = '';
      response.on('data', (bytes: Buffer) => {
        tail = (tail + bytes.toString('latin1')).slice(-400);
      });
      response.on('error', reject);
      response.on('end', () =>
        tail.includes(ask.end) ? resolve() : reject(new Error(`the end is missing: ${tail.slice(-200)}`)),
      );
    });
    asked.on('error', reject);
    asked.end(ask.body);
  });
}

export function describeRung(rung: Rung): string {
  const {
    streams,
    whole,
    kilobytesPerStream,
    eventLoopLagMs: lagMs,
    worstEventLoopLagMs: worst,
    problem,
  } = rung;
  const lag =
    lagMs === undefined ? 'unknown' : `${lagMs.toFixed(0)} ms (worst two seconds: ${worst?.toFixed(0)} ms)`;
  const memory = `${kilobytesPerStream.toFixed(0)} kB each`;
  const loss = problem === undefined ? '' : ` (${problem})`;
  return `${streams} open streams, ${whole} whole${loss}, ${memory}, event-loop lag ${lag}`;
}

/** From the dashboard's figures, which a caller on this machine may read. */
function eventLoopLag(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const asked = get(new URL('/dashboard/stats', url), (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => {
        try {
          resolve(JSON.parse(text).replicas[0].event_loop_lag_ms);
        } catch {
          resolve(undefined);
        }
      });
    });
    asked.on('error', () => resolve(undefined));
  });
}
