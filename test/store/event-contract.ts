/** What every EventStore does. */
import { expect } from 'chai';
import { type EventStore, MAX_WAITING_ALERTS, type NewEvent } from '../../src/events/event-store.js';

const DAY_MS = 24 * 60 * 60 * 1000;

export function eventOf(more: Partial<NewEvent> = {}): NewEvent {
  return {
    kind: 'key_created',
    subject: 'ann',
    params: { actor: 'admin' },
    ageMs: 0,
    isAlert: false,
    ...more,
  };
}

const PROBLEM = { kind: 'degraded', subject: 'redis', params: {}, onceKey: 'degraded redis' } as const;
const END = { kind: 'recovered', subject: 'redis', params: {}, ends: 'degraded redis' } as const;

/** How many events the tested stores keep. */
export const MAX = 100;

/** `open` gives a store on the same state each time, which is empty before each test. */
export function eventContract(open: () => EventStore): void {
  let store: EventStore;

  beforeEach(() => {
    store = open();
  });

  const subjects = async (query: Partial<Parameters<EventStore['read']>[0]> = {}) =>
    (await store.read({ limit: 1_000, ...query })).map(({ subject }) => subject);

  it('gives back events as they were told, newest first', async () => {
    const before = Date.now();
    await store.append(eventOf({ subject: 'a "quoted" {name} 你好', params: { actor: 'x', percent: 80 } }));
    await store.append(eventOf({ subject: 'b' }));
    const [newest, oldest] = await store.read({ limit: 10 });
    expect(newest).to.include({ kind: 'key_created', subject: 'b' });
    expect(oldest).to.deep.include({
      subject: 'a "quoted" {name} 你好',
      params: { actor: 'x', percent: 80 },
    });
    expect(newest?.at).to.be.within(before - 1_000, Date.now() + 1_000);
  });

  it('stores an event with the same key once, told by however many replicas', async () => {
    const told = await Promise.all(
      [1, 2, 3].map(() =>
        open().append(eventOf({ kind: 'budget_spent', onceKey: 'budget_spent ann 2026-11' })),
      ),
    );
    expect(told.filter((event) => event !== undefined)).to.have.length(1);
    expect(await subjects()).to.deep.equal(['ann']);
  });

  it('stores a problem again only after its end, and an end only after its problem', async () => {
    expect(await store.append(eventOf(END))).to.equal(undefined);
    expect(await store.append(eventOf(PROBLEM))).to.include({ kind: 'degraded' });
    expect(await store.append(eventOf(PROBLEM))).to.equal(undefined);
    expect(await store.append(eventOf(END))).to.include({ kind: 'recovered' });
    expect(await store.append(eventOf(END))).to.equal(undefined);
    await passTime();
    expect(await store.append(eventOf(PROBLEM))).to.include({ kind: 'degraded' });
  });

  it('takes a problem that is told late for what has ended meanwhile', async () => {
    await store.append(eventOf({ ...PROBLEM, ageMs: 5_000 }));
    await store.append(eventOf({ ...END, ageMs: 1_000 }));
    expect(await store.append(eventOf({ ...PROBLEM, ageMs: 3_000 }))).to.equal(undefined);
    expect(await store.append(eventOf({ ...END, ageMs: 500 }))).to.equal(undefined);
    expect(await store.append(eventOf({ ...PROBLEM, ageMs: 0 }))).not.to.equal(undefined);
  });

  it('reads by time and kind, page after page', async () => {
    for (let day = 10; day > 0; day -= 1)
      await store.append(
        eventOf({
          subject: `${day}`,
          ageMs: day * DAY_MS,
          kind: day % 2 === 0 ? 'key_revoked' : 'key_created',
        }),
      );
    const now = Date.now();
    expect(await subjects({ from: now - 4.5 * DAY_MS })).to.deep.equal(['1', '2', '3', '4']);
    expect(await subjects({ to: now - 7.5 * DAY_MS })).to.deep.equal(['8', '9', '10']);
    expect(await subjects({ kinds: ['key_revoked'], from: now - 6.5 * DAY_MS })).to.deep.equal([
      '2',
      '4',
      '6',
    ]);
    const first = await store.read({ limit: 4 });
    expect(first.map(({ subject }) => subject)).to.deep.equal(['1', '2', '3', '4']);
    expect(await subjects({ after: first.at(-1), limit: 2 })).to.deep.equal(['5', '6']);
    expect(await subjects({ kinds: [] })).to.have.length(10);
  });

  it('pages through events of the same moment without losing one', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `${index}`);
    await Promise.all(names.map((subject) => store.append(eventOf({ subject }))));
    const found: string[] = [];
    for (let page = await store.read({ limit: 7 }); page.length > 0; ) {
      found.push(...page.map(({ subject }) => subject));
      page = await store.read({ limit: 7, after: page.at(-1) });
    }
    expect(found).to.have.length(30);
    expect(found).to.have.members(names);
  });

  it('keeps the newest events, and those of 90 days', async () => {
    await store.append(eventOf({ subject: 'too old', ageMs: 91 * DAY_MS }));
    await store.append(eventOf({ subject: 'old', ageMs: 89 * DAY_MS }));
    expect(await subjects()).to.deep.equal(['old']);
    for (let index = 0; index < MAX; index += 1) await store.append(eventOf());
    expect(await store.read({ limit: 2 * MAX })).to.have.length(MAX);
    expect(await subjects({ to: Date.now() - DAY_MS })).to.deep.equal([]);
  });

  it('gives each alert to one sender, and again when its lease has ended', async () => {
    await store.append(eventOf({ subject: 'silent' }));
    await store.append(eventOf({ subject: 'alert', isAlert: true }));
    const taken = await Promise.all([1, 2, 3].map(() => open().takeAlert(0)));
    expect(taken.map((one) => one?.event.subject)).to.include('alert');
    await passTime();
    const again = await store.takeAlert(60_000);
    expect(again?.event.subject).to.equal('alert');
    expect(await store.takeAlert(60_000)).to.equal(undefined);
  });

  it('forgets an alert that was sent', async () => {
    await store.append(eventOf({ subject: 'one', isAlert: true }));
    await store.append(eventOf({ subject: 'two', isAlert: true }));
    const first = await store.takeAlert(0);
    await store.finishAlert(first?.receipt ?? '');
    await passTime();
    expect((await store.takeAlert(60_000))?.event.subject).to.equal('two');
    expect(await store.takeAlert(60_000)).to.equal(undefined);
  });

  it('limits how many alerts wait', async () => {
    for (let index = 0; index < MAX_WAITING_ALERTS + 5; index += 1)
      await store.append(eventOf({ subject: `${index}`, isAlert: true }));
    const taken: string[] = [];
    for (let one = await store.takeAlert(60_000); one !== undefined; one = await store.takeAlert(60_000))
      taken.push(one.event.subject);
    expect(taken).to.have.length(MAX_WAITING_ALERTS);
    expect(taken).not.to.include('0');
  });
}

/** Two events of one millisecond happened at the same time. */
async function passTime(): Promise<void> {
  const start = Date.now();
  while (Date.now() <= start + 2) await new Promise((resolve) => setTimeout(resolve, 1));
}
