import { expect } from 'chai';
import { HistoryRecorder, selectForHour } from '../../src/history/history-recorder.js';
import type { HistoryStore } from '../../src/history/history-store.js';
import { type HistoryFilter, PAGE_LENGTH, searchHistory } from '../../src/history/search.js';
import { HOUR_MS } from '../../src/stats/batch.js';
import type { RequestRecord } from '../../src/stats/request-record.js';
import { MemoryHistory } from '../../src/store/memory-history.js';
import { StoreUnavailableError } from '../../src/vocabulary/store-unavailable.js';
import { at, HOUR, requests } from '../store/history-contract.js';

describe('Recording the history', () => {
  let written: RequestRecord[][];
  let isAway: boolean;
  let recorder: HistoryRecorder;
  beforeEach(() => {
    written = [];
    isAway = false;
    const write = async (records: readonly RequestRecord[]) => {
      if (isAway) throw new StoreUnavailableError('away');
      written.push([...records]);
    };
    recorder = new HistoryRecorder({ write }, 'a');
  });
  afterEach(() => recorder.stop());

  it('writes all requests of a second at once', async () => {
    for (const record of requests(80)) recorder.record(record);
    await recorder.flush();
    expect(written.map((records) => records.length)).to.deep.equal([80]);
    await recorder.flush();
    expect(written).to.have.length(1);
  });

  it('writes a bounded number: the newest, the slowest and the failures', async () => {
    const all = requests(5_000, (index) => ({
      durationMs: index % 97 === 0 ? 90_000 + index : 10,
      outcome: index % 89 === 0 ? 'upstream_error' : 'ok',
    }));
    for (const record of all) recorder.record(record);
    await recorder.flush();
    const [records = []] = written;
    expect(records.length).to.be.within(200, 250);
    expect(records.at(-1)?.requestId).to.equal('r4999');
    expect(records.filter(({ durationMs }) => durationMs > 10).length).to.be.at.least(50);
    expect(records.filter(({ outcome }) => outcome !== 'ok').length).to.equal(57);
    expect(selectForHour(records)).to.deep.equal(records);
  });

  it('keeps a bounded number while the store is away, and writes them when it is back', async () => {
    isAway = true;
    for (const record of requests(3_000)) {
      recorder.record(record);
      if (Number(record.requestId.slice(1)) % 500 === 0) await recorder.flush();
    }
    await recorder.flush();
    expect(written).to.deep.equal([]);
    isAway = false;
    await recorder.flush();
    expect(written).to.have.length(1);
    expect(written[0]?.length).to.be.within(100, 250);
    expect(written[0]?.at(-1)?.requestId).to.equal('r2999');
  });
});

/** Counts the hours and requests that a search reads. */
class CountedHistory extends MemoryHistory {
  hours = 0;
  records = 0;

  override async readHours(hours: readonly number[]): ReturnType<HistoryStore['readHours']> {
    const found = await super.readHours(hours);
    this.hours += hours.length;
    this.records += found.flat().length;
    return found;
  }
}

describe('Searching the history', () => {
  const DAYS = 14;
  const ALL: HistoryFilter = {
    text: '',
    outcome: undefined,
    key: undefined,
    model: undefined,
    code: undefined,
    from: (HOUR - DAYS * 24) * HOUR_MS,
    to: (HOUR + 1) * HOUR_MS,
  };
  let store: CountedHistory;

  async function fill(hours: number): Promise<void> {
    store = new CountedHistory(DAYS, undefined, Date.now, 1_000_000);
    for (let back = 0; back < hours; back += 1)
      await store.write(
        requests(250, (index) => ({
          requestId: `${back}-${index}`,
          finishedAt: at(index, HOUR - back),
          keyName: index === 7 ? 'ann' : 'ci',
          model: index % 2 === 0 ? 'GLM-4.6' : 'GLM-5',
          servedModel: index === 9 ? 'GLM-4.5-Air' : undefined,
          ...(index === 8 ? { outcome: 'upstream_error' as const, code: 'upstream_timeout' } : {}),
        })),
      );
  }

  /** All pages of a search. */
  async function searchAll(filter: Partial<HistoryFilter>): Promise<RequestRecord[]> {
    const found: RequestRecord[] = [];
    let to: number | undefined = ALL.to;
    while (to !== undefined) {
      const page = await searchHistory(store, { ...ALL, ...filter, to: Math.min(to, filter.to ?? to) });
      found.push(...page.records);
      to = page.next;
    }
    return found;
  }

  before(() => fill(30));

  it('finds by key, model, served model, outcome, code, time and text', async () => {
    expect(await searchAll({ key: 'ann' })).to.have.length(30);
    expect(await searchAll({ code: 'upstream_timeout' })).to.have.length(30);
    expect(await searchAll({ outcome: 'upstream_error', model: 'GLM-4.6' })).to.have.length(30);
    expect(await searchAll({ model: 'GLM-4.5-Air' })).to.have.length(30);
    const from = at(100, HOUR - 3);
    expect(await searchAll({ from, to: at(110, HOUR - 3) })).to.have.length(10);
    expect(await searchAll({ text: '5-20' })).to.not.be.empty;
  });

  it('shows every request once, page after page', async () => {
    const all = await searchAll({});
    expect(all).to.have.length(30 * 250);
    expect(new Set(all.map(({ requestId }) => requestId)).size).to.equal(all.length);
    const times = all.map(({ finishedAt }) => finishedAt);
    expect(times).to.deep.equal(times.toSorted((one, other) => other - one));
  });

  it('goes straight to a request by its id', async () => {
    store.hours = 0;
    const { records, next } = await searchHistory(store, { ...ALL, text: '29-200' });
    expect(records.map(({ requestId }) => requestId)).to.deep.equal(['29-200']);
    expect(next).to.equal(undefined);
    expect(store.hours).to.equal(0);
  });

  it('reads a bounded number for a page, whatever is kept and however rare the match', async () => {
    for (const filter of [{ key: 'ann' }, { text: 'matches nothing' }, {}]) {
      store.records = 0;
      const { records } = await searchHistory(store, { ...ALL, ...filter });
      expect(store.records).to.be.at.most(16 * 350);
      expect(records.length).to.be.at.most(PAGE_LENGTH);
    }
  });
});
