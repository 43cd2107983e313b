import { expect } from 'chai';
import { measureRetainedBytes } from '../support/memory.js';
import { type Protocol, StreamClient, useSteps } from './support.js';
import { delta, frame, type StepAnswer } from './upstream.js';

const MEGABYTE = 1_000_000;
/** Less than a twentieth of the bytes between two measurements, and many times the variation of an idle heap. */
const ALLOWED = 4 * MEGABYTE;

describe('The memory that a streamed answer takes', () => {
  const parts = useSteps('openai-compatible');

  /** Megabytes at the two measurements. Without Responses, whose last event repeats the whole text. */
  const lengths: [Protocol, number, number][] = [
    ['chat completions', 10, 100],
    ['messages', 5, 30],
    ['legacy completions', 5, 30],
  ];
  for (const [protocol, few, many] of lengths) {
    it(`is no more after ${many} MB than after ${few} MB: ${protocol}`, async () => {
      const { rig, upstream } = parts;
      const asked = upstream.asked();
      const coming = StreamClient.ask(rig, protocol);
      const answer = await asked;
      await pour(answer, few * MEGABYTE, '[few]');
      const client = await coming;
      await client.has('[few]');
      // All events were delivered: memory in use now is retained.
      const before = await measureRetainedBytes();
      await pour(answer, (many - few) * MEGABYTE, '[many]');
      await client.has('[many]');
      const after = await measureRetainedBytes();
      expect(client.bytes).to.be.greaterThan(many * MEGABYTE);
      expect(after - before).to.be.lessThan(ALLOWED);
      answer.sendLast();
      await client.whole();
    });
  }
});

/** Sends this many bytes at the gateway's pace, then a mark. */
async function pour(answer: StepAnswer, bytes: number, mark: string): Promise<void> {
  // About 400,000 small events, so that memory per event shows as well as memory per byte.
  const event = frame(delta(answer.form, 'The quick brown fox jumps over the lazy dog. '.repeat(3)));
  const events = Buffer.from(event.repeat(Math.ceil(64_000 / event.length)));
  for (let sent = 0; sent < bytes; sent += events.length) await answer.pour(events);
  answer.send(delta(answer.form, mark));
}
