/** Memory: an answer of 100 MB must pass, not pile up; and a slow reader must hold back the upstream itself. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { startForwarder } from './forwarder.js';
import { memoryBytes, peakMemoryBytes, resetPeakMemory } from './processes.js';
import { KEY, selfHostedGateway, type Target, type Upstream } from './targets.js';

export interface LongAnswer {
  /** Of text that was there in order, from the first byte to `[DONE]`. */
  readonly textMb: number;
  readonly seconds: number;
  readonly problem: string | undefined;
  /** After a warm-up with a shorter answer: what is left is growth. */
  readonly memoryBeforeMb: number;
  readonly memoryPeakMb: number;
}

export interface SlowReader {
  readonly seconds: number;
  readonly readKb: number;
  /** What the upstream had to hand over by then: after the first second the buffers of all sockets are full. */
  readonly handedOverAfterOneSecondKb: number;
  readonly handedOverKb: number;
  readonly memoryBeforeMb: number;
  readonly memoryPeakMb: number;
}

/** The simulator's filler is this, again and again, where deltas are a multiple of six bytes. */
const FILLER = ' token';
const DELTA_BYTES = 600;
/** After 10 MB the gateway still took 46 MB more, but the same for 100 and for 400 MB: a heap that warms up. */
const WARM_UP_BYTES = 40_000_000;
const BYTES = 100_000_000;
const READ_PER_SECOND = 10_000;
const READS_PER_SECOND = 10;

export async function longAnswer(upstream: Upstream, node: string): Promise<LongAnswer> {
  const gateway = await selfHostedGateway(`${upstream.url}/v1`, node);
  try {
    await readWhole(gateway, WARM_UP_BYTES);
    const memoryBeforeMb = memoryBytes(gateway.pid ?? 0) / 1e6;
    resetPeakMemory(gateway.pid ?? 0);
    const started = performance.now();
    const { bytes, problem } = await readWhole(gateway, BYTES);
    return {
      textMb: bytes / 1e6,
      seconds: (performance.now() - started) / 1000,
      problem,
      memoryBeforeMb,
      memoryPeakMb: peakMemoryBytes(gateway.pid ?? 0) / 1e6,
    };
  } finally {
    await gateway.stop();
  }
}

export async function slowReader(upstream: Upstream, node: string, seconds: number): Promise<SlowReader> {
  const forwarder = await startForwarder(new URL(upstream.url));
  const gateway = await selfHostedGateway(`${forwarder.url}/v1`, node);
  try {
    await readWhole(gateway, WARM_UP_BYTES);
    const before = forwarder.handedOver();
    const memoryBeforeMb = memoryBytes(gateway.pid ?? 0) / 1e6;
    resetPeakMemory(gateway.pid ?? 0);
    const response = await ask(gateway, BYTES);
    let read = 0;
    let afterOneSecond = 0;
    for (let turn = 1; turn <= seconds * READS_PER_SECOND; turn += 1) {
      await sleep(1000 / READS_PER_SECOND);
      // Null where so much is not there: then nothing counts as read.
      read += (response.read(READ_PER_SECOND / READS_PER_SECOND) as Buffer | null)?.length ?? 0;
      if (turn === READS_PER_SECOND) afterOneSecond = forwarder.handedOver() - before;
    }
    const handedOverKb = (forwarder.handedOver() - before) / 1000;
    response.destroy();
    return {
      seconds,
      readKb: read / 1000,
      handedOverAfterOneSecondKb: afterOneSecond / 1000,
      handedOverKb,
      memoryBeforeMb,
      memoryPeakMb: peakMemoryBytes(gateway.pid ?? 0) / 1e6,
    };
  } finally {
    await gateway.stop();
    forwarder.stop();
  }
}

async function ask(gateway: Target, bytes: number): Promise<IncomingMessage> {
  const events = Math.ceil(bytes / DELTA_BYTES);
  const content = `sim:events=${events} sim:size=${DELTA_BYTES} sim:pace=0 Tell me about rivers.`;
  const asked = request(gateway.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
  });
  asked.end(JSON.stringify({ model: 'GLM-4.5', stream: true, messages: [{ role: 'user', content }] }));
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return response;
}

/** Looks at each byte of the text: one that lacks, or stands elsewhere, ends the reading with a problem. */
async function readWhole(gateway: Target, bytes: number): Promise<{ bytes: number; problem?: string }> {
  const expected = FILLER.repeat(DELTA_BYTES);
  let seen = 0;
  let rest = '';
  let done = false;
  for await (const piece of (await ask(gateway, bytes)).setEncoding('utf8')) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === 'data: [DONE]') done = true;
      else if (line.startsWith('data: ')) {
        const text: string = JSON.parse(line.slice(6)).choices[0]?.delta?.content ?? '';
        if (!expected.startsWith(text, seen % FILLER.length))
          return { bytes: seen, problem: `at ${seen}: ${line.slice(0, 200)}` };
        seen += text.length;
      }
    }
  }
  const whole = done && seen === Math.ceil(bytes / DELTA_BYTES) * DELTA_BYTES;
  return whole ? { bytes: seen } : { bytes: seen, problem: done ? 'too short' : 'the end is missing' };
}

export function describeLongAnswer(one: LongAnswer): string {
  const { textMb, seconds, problem, memoryBeforeMb, memoryPeakMb } = one;
  const growth = (memoryPeakMb - memoryBeforeMb).toFixed(0);
  const whole = problem === undefined ? 'whole' : `FAILED (${problem})`;
  return `an answer of ${textMb.toFixed(0)} MB: ${whole} in ${seconds.toFixed(1)} s; resident memory ${memoryBeforeMb.toFixed(0)} MB after one of ${WARM_UP_BYTES / 1e6} MB, at most ${memoryPeakMb.toFixed(0)} MB meanwhile (+${growth} MB)`;
}

export function describeSlowReader(one: SlowReader): string {
  const growth = (one.memoryPeakMb - one.memoryBeforeMb).toFixed(0);
  const mb = (kb: number) => (kb / 1000).toFixed(2);
  return `a reader at 10 kB/s: took ${mb(one.readKb)} MB of 100 MB in ${one.seconds} s; the upstream handed over ${mb(one.handedOverKb)} MB, ${mb(one.handedOverAfterOneSecondKb)} MB of them in the first second, into the buffers of sockets; gateway +${growth} MB`;
}
