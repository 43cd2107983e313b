/** What is pushed to a sink, one array at a time: for tests that look between two reads. */
import type { CompletionEvent } from '../../src/completion/event.js';
import type { EventSink } from '../../src/completion/event-sink.js';

export type Producer = (sink: EventSink) => Promise<void>;

/** Starts `produce` at once. It waits after each array until the next one is asked for, and stops when the loop is left. */
export function pulled(produce: Producer): AsyncGenerator<CompletionEvent[], void, undefined> {
  const sink = new PulledSink();
  const over = produce(sink).then(() => undefined);
  // Told to whoever asks for the next array.
  over.catch(() => undefined);
  return arraysOf(sink, over);
}

async function* arraysOf(
  sink: PulledSink,
  over: Promise<undefined>,
): AsyncGenerator<CompletionEvent[], void, undefined> {
  try {
    for (;;) {
      const events = await Promise.race([sink.next(), over]);
      if (events === undefined) return;
      yield events;
      sink.goOn();
    }
  } finally {
    sink.isSatisfied = true;
    sink.goOn();
    await over.catch(() => undefined);
  }
}

class PulledSink implements EventSink {
  isSatisfied = false;
  goOn: () => void = () => undefined;
  #pushed: CompletionEvent[] | undefined;
  #tell: (events: CompletionEvent[]) => void = () => undefined;

  push(events: CompletionEvent[]): Promise<void> {
    this.#pushed = events;
    this.#tell(events);
    return new Promise((resolve) => {
      this.goOn = resolve;
    });
  }

  next(): Promise<CompletionEvent[]> {
    const pushed = this.#pushed;
    this.#pushed = undefined;
    if (pushed !== undefined) return Promise.resolve(pushed);
    return new Promise((resolve) => {
      this.#tell = (events) => {
        this.#pushed = undefined;
        this.#tell = () => undefined;
        resolve(events);
      };
    });
  }
}
