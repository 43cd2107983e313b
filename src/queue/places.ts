/** Tells this replica's waiting requests their places, and learns from them how long a place takes. */
import { ExpectedWaits, listProspects, type WaitRange } from './core/expected-waits.js';
import { orderWaiting } from './core/order.js';
import type { Entry } from './entry.js';
import type { PoolView } from './queue-store.js';

/** How often those who wait learn their place, in milliseconds. */
const PLACES_MS = 5_000;

export class Places {
  readonly #expected = new ExpectedWaits();
  #toldAt = Number.NEGATIVE_INFINITY;

  /** @param entries All of this replica's requests in the pool, by id. */
  constructor(
    private readonly entries: ReadonlyMap<string, Entry>,
    private readonly now: () => number,
  ) {}

  /** The request has a slot. */
  noteGrant({ id, request: { flow, class: requestClass }, waitedMs }: Entry): void {
    this.#expected.note({ id, flow, class: requestClass }, waitedMs, this.now());
  }

  forget(id: string): void {
    this.#expected.forget(id);
  }

  /** How long the flow's next request will still wait. @returns `undefined` where that cannot be promised. */
  expectWait(view: PoolView, flow: string): WaitRange | undefined {
    const prospect = [...listProspects(view).values()].find((one) => one.flow === flow);
    return prospect && this.#expected.expect(prospect, this.now());
  }

  /** At most every PLACES_MS, and only while somebody waits. Rejects as `read` does. */
  async tell(read: () => Promise<PoolView>): Promise<void> {
    const now = this.now();
    const waiting = [...this.entries.values()].filter(({ state }) => state === 'waiting');
    if (waiting.length === 0 || now < this.#toldAt + PLACES_MS) return;
    this.#toldAt = now;
    const view = await read();
    const order = orderWaiting(view.waiting, view.flows, view.meanMs);
    for (const { id, request } of waiting) {
      const place = order.indexOf(id) + 1;
      if (place > 0) request.onPlace?.({ place, waiting: order.length });
    }
    for (const [id, prospect] of listProspects(view)) {
      if (this.entries.get(id)?.state === 'waiting') this.#expected.look(id, prospect, now);
    }
  }
}
