/** What every HistoryStore does. */
import { expect } from 'chai';
import { type HistoryStore, HOUR_LIMITS, MAX_HOUR_RECORDS } from '../../src/history/history-store.js';
import { HOUR_MS } from '../../src/stats/batch.js';
import type { RequestRecord } from '../../src/stats/request-record.js';
import { recordOf } from '../stats/records.js';

/** The present hour, and the time of a request in it. */
export const HOUR = Math.floor(Date.now() / HOUR_MS);
export const at = (index: number, hour = HOUR) => hour * HOUR_MS + index;

export function requests(count: number, more: (index: number) => Partial<RequestRecord> = () => ({})) {
  return Array.from({ length: count }, (_, index) =>
    recordOf({ requestId: `r${index}`, finishedAt: at(index), replica: 'a', ...more(index) }),
  );
}

const FAILED = { outcome: 'upstream_error', status: 502, code: 'upstream_error' } as const;

/** `open` gives a store on the same state each time, which is empty before each test. */
export function historyContract(open: () => HistoryStore): void {
  let store: HistoryStore;
  beforeEach(() => {
    store = open();
  });
  const idsOf = (records: readonly RequestRecord[] = []) => records.map(({ requestId }) => requestId);

  it('gives back requests as they were written, newest first, hour by hour', async () => {
    const [older, newer] = requests(2, (index) => ({
      keyName: '名 "x"',
      queueMs: index,
      usage: { promptTokens: 1, completionTokens: 2, totalTokens: 3 },
    }));
    const before = recordOf({ replica: 'a', requestId: 'before', finishedAt: at(5, HOUR - 1) });
    await store.write([older as RequestRecord, before, newer as RequestRecord]);
    const [present, past, empty] = await open().readHours([HOUR, HOUR - 1, HOUR - 2]);
    expect(idsOf(present)).to.deep.equal(['r1', 'r0']);
    expect(JSON.parse(JSON.stringify(present?.[0]))).to.deep.equal(JSON.parse(JSON.stringify(newer)));
    expect(idsOf(past)).to.deep.equal(['before']);
    expect(empty).to.deep.equal([]);
  });

  it('keeps of an hour the newest, the slowest and the failures, whatever comes', async () => {
    const count = 1_500;
    const all = requests(count, (index) => ({
      durationMs: index < 60 ? 10_000 + index : 5,
      ...(index >= 100 && index < 250 ? FAILED : {}),
    }));
    for (let from = 0; from < count; from += 250) await store.write(all.slice(from, from + 250));
    const [kept = []] = await store.readHours([HOUR]);
    expect(kept).to.have.length(MAX_HOUR_RECORDS);
    const numbers = kept.map(({ requestId }) => Number(requestId.slice(1)));
    expect(numbers.filter((one) => one >= count - HOUR_LIMITS.newest)).to.have.length(HOUR_LIMITS.newest);
    expect(numbers.filter((one) => one < 60).sort((a, b) => a - b)[0]).to.equal(60 - HOUR_LIMITS.slowest);
    const failures = numbers.filter((one) => one >= 100 && one < 250).sort((a, b) => a - b);
    expect(failures).to.have.length(HOUR_LIMITS.failures);
    expect(failures[0]).to.equal(150);
  });

  it('holds a request once that is written again', async () => {
    const all = requests(20);
    await store.write(all);
    await store.write(all);
    expect((await store.readHours([HOUR]))[0]).to.have.length(20);
  });

  it('finds a request by its id in any hour, and only there', async () => {
    await store.write(requests(3));
    await store.write([recordOf({ replica: 'a', requestId: 'old', finishedAt: at(1, HOUR - 20) })]);
    const hours = Array.from({ length: 30 }, (_, index) => HOUR - index);
    expect((await open().find('old', hours))?.finishedAt).to.equal(at(1, HOUR - 20));
    expect((await open().find('r1', hours))?.requestId).to.equal('r1');
    expect(await open().find('old', hours.slice(0, 5))).to.equal(undefined);
    expect(await open().find('nobody', hours)).to.equal(undefined);
  });

  it('keeps two requests to which a client gave the same id', async () => {
    await store.write(requests(2, () => ({ requestId: 'same' })));
    expect((await store.readHours([HOUR]))[0]).to.have.length(2);
  });

  it('keeps addresses of clients for a day, and requests for longer', async () => {
    const [yesterday] = requests(1, () => ({ finishedAt: at(0, HOUR - 25), clientAddress: '192.0.2.77' }));
    const [today] = requests(1, () => ({ finishedAt: at(0, HOUR - 1), clientAddress: '192.0.2.78' }));
    await store.write([yesterday as RequestRecord, today as RequestRecord]);
    const [[recent] = [], [old] = []] = await store.readHours([HOUR - 1, HOUR - 25]);
    expect(recent?.clientAddress).to.equal('192.0.2.78');
    expect(old?.clientAddress).to.equal('');
    expect((await store.find('r0', [HOUR - 25]))?.clientAddress).to.equal('');
  });

  it('takes nothing that is older than what it keeps', async () => {
    await store.write(requests(1, () => ({ finishedAt: at(0, HOUR - 24 * 15) })));
    expect((await store.readHours([HOUR - 24 * 15]))[0]).to.deep.equal([]);
  });
}
