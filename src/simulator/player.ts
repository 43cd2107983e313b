/** Writes the steps of a reply to a response: paced or joined, and at most as fast as the client reads. */
import type { ServerResponse } from 'node:http';
import { CUT, type Step } from './reply.js';

const JOINED_BYTES = 16 * 1024;
const SLICE_BYTES = 64 * 1024;

/**
 * One response, with waits for time and for the client. Created before the answer begins, so that it notices a client
 * that leaves early. Adds one listener per event, regardless of the number of waits.
 */
export class PatientWriter {
  closed = false;
  /** Whether the simulator itself cut the connection. */
  cut = false;
  /** Called once when the last byte was handed over, or the connection closed before. */
  onEnd: (() => void) | undefined;
  #onDrain: (() => void) | undefined;
  #onClose: (() => void) | undefined;

  constructor(
    readonly response: ServerResponse,
    private readonly onBytes: (count: number) => void,
  ) {
    response.on('drain', () => this.#onDrain?.());
    response.on('close', () => {
      this.closed = true;
      this.onEnd?.();
      this.#onDrain?.();
      this.#onClose?.();
    });
  }

  /** Resolves when the client is ready for more, or gone. */
  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    for (let start = 0; start < bytes.length && !this.closed; start += SLICE_BYTES) {
      const slice = bytes.length <= SLICE_BYTES ? bytes : bytes.subarray(start, start + SLICE_BYTES);
      this.onBytes(slice.length);
      if (!this.response.write(slice)) await this.#drained();
    }
  }

  /** Ends the body. */
  end(): void {
    this.onEnd?.();
    this.response.end();
  }

  /** Resolves after `ms`, or as soon as the client is gone. Infinity waits until the client is gone. */
  async sleep(ms: number): Promise<void> {
    if (this.closed) return;
    await new Promise<void>((resolve) => {
      const timer = Number.isFinite(ms) ? setTimeout(resolve, ms) : undefined;
      this.#onClose = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#onClose = undefined;
  }

  async #drained(): Promise<void> {
    if (this.closed) return;
    await new Promise<void>((resolve) => {
      this.#onDrain = resolve;
    });
    this.#onDrain = undefined;
  }
}

/** Writes all steps and ends the body. Returns early if the client leaves. */
export async function play(
  writer: PatientWriter,
  steps: Iterable<Step>,
  { paceMs, apart }: { paceMs: number; apart: boolean },
): Promise<void> {
  let joined = '';
  let first = true;
  const flush = async () => {
    const text = joined;
    joined = '';
    if (text !== '') await writer.write(text);
  };
  for (const step of steps) {
    if (writer.closed) return;
    if (typeof step === 'string' && paceMs <= 0 && !apart) {
      joined += step;
      if (joined.length >= JOINED_BYTES) await flush();
      continue;
    }
    await flush();
    if (typeof step === 'string') {
      if (!first && paceMs > 0) await writer.sleep(paceMs);
      first = false;
      await writer.write(step);
    } else if (!(await playSpecial(writer, step))) return;
  }
  await flush();
  if (!writer.closed) writer.end();
}

/** @returns whether the body continues. */
async function playSpecial(writer: PatientWriter, step: Exclude<Step, string>): Promise<boolean> {
  const { response } = writer;
  if (step === CUT) {
    response.flushHeaders();
    await writer.sleep(1); // lets earlier writes leave the process first
    writer.cut = true;
    response.destroy();
    return false;
  }
  if (step instanceof Uint8Array) {
    await writer.write(step);
    await writer.sleep(0); // a network write of its own
    return !writer.closed;
  }
  response.flushHeaders();
  await writer.sleep(step.pauseMs);
  return !writer.closed;
}
