import { expect } from 'chai';
import { measureRetainedBytes } from '../support/memory.js';
import { type Protocol, StreamClient, useSteps } from './support.js';
import { delta, frame, type StepAnswer } from './upstream.js';

const MEGABYTE = 1_000_000;
/** Below a twentieth of what comes between two looks, and many times what the heap of an idle process varies by. */
const ALLOWED = 4 * MEGABYTE;

describe('The memory that a streamed answer takes', () => {
  const parts = useSteps('openai-compatible');

  /** Answers of so many megabytes. Responses are not here: their last event repeats the whole text. */
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
      // Nothing is under way now: whatever is held, is held on to.
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

/** Sends so many bytes as the gateway takes them, and a mark behind them. */
async function pour(answer: StepAnswer, bytes: number, mark: string): Promise<void> {
  // Small ones, some 400,000 of them: what is kept of each event would be seen as well as what is kept of its text.
  const event = frame(delta(answer.form, 'The quick brown fox jumps over the lazy dog. '.repeat(3)));
  const events = Buffer.from(event.repeat(Math.ceil(64_000 / event.length)));
  for (let sent = 0; sent < bytes; sent += events.length) await answer.pour(events);
  answer.send(delta(answer.form, mark));
}
