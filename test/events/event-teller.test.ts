import { expect } from 'chai';
import { describeEvent, type ToldEvent } from '../../src/events/event.js';
import type { NewEvent } from '../../src/events/event-store.js';
import { EventTeller } from '../../src/events/event-teller.js';
import { EVENT_KIND_NAMES, findEventKind } from '../../src/events/kinds.js';
import { MemoryEvents } from '../../src/store/memory-events.js';
import { StoreUnavailableError } from '../../src/vocabulary/store-unavailable.js';

/** Counts what is asked of a store. */
class CountedStore extends MemoryEvents {
  calls = 0;
  isAway = false;

  override async append(event: NewEvent) {
    this.calls += 1;
    if (this.isAway) throw new StoreUnavailableError('away');
    return super.append(event);
  }
}

describe('Telling events', () => {
  let store: CountedStore;
  let teller: EventTeller;
  beforeEach(() => {
    store = new CountedStore();
    teller = new EventTeller(store, true);
  });
  afterEach(() => teller.close());

  const SUBSTITUTED: ToldEvent = {
    kind: 'model_substituted',
    subject: 'GLM-4.6',
    params: { served: 'GLM-4.5' },
    onceKey: 'GLM-4.6 GLM-4.5 2026-11-28',
  };

  it('makes one call of the store however often the same is told', async () => {
    for (let index = 0; index < 1_000; index += 1) teller.tell(SUBSTITUTED);
    await teller.flush();
    expect(store.calls).to.equal(1);
  });

  it('tells a problem and its end, and the problem again', async () => {
    for (const kind of ['degraded', 'degraded', 'recovered', 'recovered'] as const) {
      teller.tell({ kind, subject: 'redis' });
      await teller.flush();
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
    teller.tell({ kind: 'degraded', subject: 'redis' });
    await teller.flush();
    const kinds = (await store.read({ limit: 10 })).map(({ kind }) => kind);
    expect(kinds).to.deep.equal(['degraded', 'recovered', 'degraded']);
  });

  it('never throws and never waits while the store is away, and keeps the first events', async () => {
    store.isAway = true;
    for (let index = 0; index < 5_000; index += 1) teller.tell({ kind: 'key_created', subject: `k${index}` });
    await teller.flush();
    expect(store.calls).to.be.below(10);
    store.isAway = false;
    await teller.flush();
    const events = await store.read({ limit: 1_000 });
    const first = Array.from({ length: 200 }, (_, index) => `k${index}`);
    expect(events.map(({ subject }) => subject)).to.have.members(first);
  });

  it('cleans names to one printable line', async () => {
    teller.tell({
      kind: 'key_created',
      subject: `a\r\nb\u202e${'x'.repeat(500)}`,
      params: { actor: 'c\u0000\nd' },
    });
    await teller.flush();
    const [event] = await store.read({ limit: 1 });
    expect(event?.subject).to.match(/^abx+$/);
    expect(event?.subject.length).to.be.at.most(200);
    expect(event?.params.actor).to.equal('cd');
  });

  it('lets only alerts wait to be sent, and none where nothing is sent to', async () => {
    const silent = new EventTeller(store, false);
    silent.tell({ kind: 'replica_lost', subject: 'a' });
    await silent.flush();
    teller.tell({ kind: 'key_created', subject: 'a' });
    await teller.flush();
    expect(await store.takeAlert(1)).to.equal(undefined);
    teller.tell({ kind: 'replica_lost', subject: 'b' });
    await teller.flush();
    expect((await store.takeAlert(1))?.event.subject).to.equal('b');
  });

  it('has a sentence in both languages for every kind, and an end for each that names one', () => {
    for (const kind of EVENT_KIND_NAMES) {
      const { text, endedBy } = findEventKind(kind);
      const names = (line: string) => line.match(/\{\w+\}/g) ?? [];
      const params = Object.fromEntries(
        [...names(text.en), ...names(text.zh)].map((one) => [one.slice(1, -1), 'v']),
      );
      for (const language of ['en', 'zh'] as const)
        expect(describeEvent({ kind, subject: 's', params }, language)).not.to.match(/[{}?]/);
      if (endedBy !== undefined) expect(EVENT_KIND_NAMES).to.include(endedBy);
    }
  });
});
