import { mock } from 'node:test';
import { expect } from 'chai';
import { pino } from 'pino';
import type { StatsBatch } from '../../src/stats/batch.js';
import { StatsRecorder } from '../../src/stats/recorder.js';
import { recordOf } from './records.js';

interface Sent {
  readonly batch: StatsBatch;
  /** As it was when it was sent. */
  readonly text: string;
  readonly at: number;
  readonly answer: (error?: Error) => void;
}

/** Applies each number once, as a store does; answers when told to. */
class FakeSink {
  readonly sent: Sent[] = [];
  readonly applied = new Map<number, number>();
  /** Before it answers by itself: applied | lost on the way | applied, but the answer is lost. */
  next: 'wait' | 'ok' | 'lost' | 'answer lost' = 'ok';

  recordBatch(batch: StatsBatch): Promise<void> {
    if (this.next !== 'lost' && !this.applied.has(batch.number))
      this.applied.set(batch.number, sizeOf(batch));
    return new Promise((resolve, reject) => {
      const answer = (error?: Error) => (error ? reject(error) : resolve());
      this.sent.push({ batch, text: textOf(batch), at: Date.now(), answer });
      if (this.next === 'ok') answer();
      if (this.next === 'lost' || this.next === 'answer lost') answer(new Error('Redis is late'));
    });
  }

  get total(): number {
    return [...this.applied.values()].reduce((sum, size) => sum + size, 0);
  }

  get numbers(): number[] {
    return this.sent.map(({ batch }) => batch.number);
  }
}

const sizeOf = (batch: StatsBatch) => batch.counters.get('total')?.ok ?? 0;
const textOf = ({ requests, counters }: StatsBatch) => JSON.stringify([requests, [...counters]]);
const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

describe('StatsRecorder', () => {
  let sink: FakeSink;
  let recorder: StatsRecorder;
  let lines: string[];

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    sink = new FakeSink();
    lines = [];
    recorder = new StatsRecorder(
      sink,
      'replica-1',
      pino({}, { write: (line: string) => lines.push(line) }),
      'UTC',
    );
  });
  afterEach(() => mock.timers.reset());

  const pass = async (ms: number) => {
    mock.timers.tick(ms);
    await settle();
  };
  const record = (count = 1) => {
    for (let index = 0; index < count; index += 1) recorder.record(recordOf());
  };

  it('writes nothing when nothing was recorded', async () => {
    await pass(10_000);
    expect(await recorder.flush()).to.equal(true);
    expect(sink.sent).to.deep.equal([]);
  });

  it('writes once per 250 ms, all records since then in one batch', async () => {
    record(3);
    await pass(249);
    expect(sink.sent).to.have.length(0);
    await pass(1);
    expect(sink.numbers).to.deep.equal([1]);
    for (let step = 0; step < 400; step += 1) {
      record();
      await pass(10);
    }
    await pass(250);
    const gaps = sink.sent.slice(1).map(({ at }, index) => at - (sink.sent[index]?.at ?? 0));
    expect(Math.min(...gaps)).to.be.at.least(250);
    expect(sink.sent.length).to.be.within(16, 18);
    expect(sink.total).to.equal(403);
    expect(sink.sent.every(({ batch }) => batch.replica === 'replica-1')).to.equal(true);
  });

  it('waits for a slow store, and sends later records with the next number', async () => {
    sink.next = 'wait';
    record(2);
    await pass(250);
    record(3);
    await pass(2_000);
    expect(sink.numbers).to.deep.equal([1]);
    sink.sent[0]?.answer();
    await settle();
    await pass(250);
    expect(sink.numbers).to.deep.equal([1, 2]);
    expect(sink.total).to.equal(5);
  });

  for (const loss of ['lost', 'answer lost'] as const) {
    it(`repeats a batch with its number and content while it is ${loss}, and newer ones after it`, async () => {
      sink.next = loss;
      record(2);
      await pass(250);
      for (let retry = 0; retry < 10; retry += 1) {
        record();
        await pass(250);
      }
      expect(new Set(sink.numbers)).to.deep.equal(new Set([1]));
      expect(sink.sent.length).to.be.within(10, 11);
      expect(new Set(sink.sent.map(({ text }) => text)).size).to.equal(1);
      sink.next = 'ok';
      await pass(250);
      await pass(250);
      expect(sink.numbers.at(-1)).to.equal(2);
      expect(sink.total).to.equal(12);
      expect(lines).to.have.length(1);
      expect(lines[0]).to.contain('statistics wait until the store is back');
    });
  }

  it('warns once per outage of the store', async () => {
    for (let time = 1; time <= 3; time += 1) {
      sink.next = 'lost';
      record();
      await pass(250);
      await pass(250);
      sink.next = 'ok';
      await pass(250);
      expect(lines).to.have.length(time);
    }
    expect(sink.total).to.equal(3);
  });

  describe('flushed', () => {
    it('writes at once', async () => {
      record(2);
      expect(await recorder.flush()).to.equal(true);
      expect(sink.total).to.equal(2);
      await pass(1_000);
      expect(sink.numbers).to.deep.equal([1]);
    });

    it('also writes records that arrived while a batch was retried', async () => {
      sink.next = 'lost';
      record(2);
      await pass(250);
      record(3);
      sink.next = 'ok';
      expect(await recorder.flush()).to.equal(true);
      expect(sink.numbers).to.deep.equal([1, 1, 2]);
      expect(sink.total).to.equal(5);
    });

    it('waits for the write in progress', async () => {
      sink.next = 'wait';
      record(2);
      await pass(250);
      record();
      const flushed = recorder.flush();
      await settle();
      expect(sink.numbers).to.deep.equal([1]);
      sink.next = 'ok';
      sink.sent[0]?.answer();
      expect(await flushed).to.equal(true);
      expect(sink.numbers).to.deep.equal([1, 2]);
      expect(sink.total).to.equal(3);
    });

    it('reports that the store did not take the batch, and keeps it', async () => {
      sink.next = 'lost';
      record(2);
      expect(await recorder.flush()).to.equal(false);
      expect(sink.total).to.equal(0);
      sink.next = 'ok';
      expect(await recorder.flush()).to.equal(true);
      expect(sink.total).to.equal(2);
    });

    it('never has two writes in progress', async () => {
      sink.next = 'wait';
      record();
      const flushed = recorder.flush();
      await settle();
      record();
      // A timer that ends meanwhile.
      await pass(1_000);
      expect(sink.numbers).to.deep.equal([1]);
      sink.sent[0]?.answer(new Error('Redis is late'));
      sink.next = 'lost';
      expect(await flushed).to.equal(false);
      sink.next = 'ok';
      expect(await recorder.flush()).to.equal(true);
      expect(sink.total).to.equal(2);
      expect(
        new Set(sink.sent.filter(({ batch }) => batch.number === 1).map(({ text }) => text)).size,
      ).to.equal(1);
    });
  });

  it('loses nothing and counts nothing twice, whatever the store does', async () => {
    let recorded = 0;
    // A fixed sequence that looks like chance.
    for (let step = 1; step <= 2_000; step += 1) {
      const draw = (step * 7_919) % 101;
      sink.next = draw < 40 ? 'ok' : draw < 65 ? 'lost' : draw < 90 ? 'answer lost' : 'wait';
      if (draw % 3 === 0) {
        record(draw % 5);
        recorded += draw % 5;
      }
      await pass(draw * 3);
      if (draw % 4 === 0) sink.sent.at(-1)?.answer(draw % 8 === 0 ? new Error('late') : undefined);
      await settle();
    }
    sink.sent.at(-1)?.answer();
    sink.next = 'ok';
    await settle();
    expect(await recorder.flush()).to.equal(true);
    expect(recorded).to.be.greaterThan(500);
    expect(sink.total).to.equal(recorded);
    expect([...sink.applied.keys()]).to.deep.equal([...sink.applied.keys()].map((_, index) => index + 1));
  });

  it('gives the store batches that do not change afterwards', async () => {
    sink.next = 'wait';
    record(2);
    await pass(250);
    record(5);
    const [first] = sink.sent;
    expect(first && textOf(first.batch)).to.equal(first?.text);
  });
});
