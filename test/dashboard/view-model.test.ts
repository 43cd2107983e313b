import { expect } from 'chai';
import { drawBars, drawLines } from '../../src/dashboard/chart.js';

import { clip, Format } from '../../src/dashboard/format.js';
import { compareWindows } from '../../src/dashboard/now.js';
import { parseQuery, toAddress, toggleSort } from '../../src/dashboard/query.js';
import { findLabelSlots, listBuckets, listMinutes } from '../../src/dashboard/ranges.js';
import { listKeys, selectPage } from '../../src/dashboard/requests.js';
import { formatCsv, sortRows, sumLabels, toErrorRows, toUseRows } from '../../src/dashboard/tables.js';
import { TEXTS } from '../../src/dashboard/texts/texts.js';
import { DAY_MS, type Fields, HOUR_MS, MINUTE_MS, type Slot } from '../../src/stats/batch.js';
import { computeFigures, countByFault } from '../../src/stats/figures.js';
import { RANGES } from '../../src/vocabulary/periods.js';
import { manyRecords, recordOf } from '../stats/records.js';

const NOW = Date.UTC(2026, 10, 22, 18, 34, 20);
const labels = (entries: Readonly<Record<string, Fields>>) => new Map(Object.entries(entries));

describe('Periods', () => {
  it('are a fixed number of slots, oldest first, including the current one', () => {
    const counts = RANGES.map((range) => {
      const buckets = listBuckets(range, NOW);
      return [buckets.length, buckets.flatMap(({ slots }) => slots).length];
    });
    expect(counts).to.deep.equal([
      [30, 60],
      [24, 24],
      [28, 168],
    ]);
    const [hour, day, week] = RANGES.map((range) => listBuckets(range, NOW));
    expect(hour?.at(-1)?.slots).to.include(`m${Math.floor(NOW / MINUTE_MS)}`);
    expect(day?.at(-1)?.startsAt).to.equal(Date.UTC(2026, 10, 22, 18));
    expect(week?.at(-1)?.slots.at(0)).to.equal(`h${Date.UTC(2026, 10, 22, 18) / HOUR_MS}`);
    expect((hour?.[0]?.startsAt ?? 0) + 58 * MINUTE_MS).to.equal(hour?.at(-1)?.startsAt);
  });

  it('begin at a whole hour or day for tables', () => {
    for (const range of RANGES) {
      const { startsAt, slots } = findLabelSlots(range, NOW);
      const first = listBuckets(range, NOW)[0]?.startsAt ?? 0;
      expect(startsAt).to.be.at.most(first);
      expect(first - startsAt).to.be.below(range === '7d' ? DAY_MS : HOUR_MS);
      expect(slots.length).to.be.at.most(24);
    }
    expect(findLabelSlots('1h', NOW).slots).to.have.length(2);
  });

  it('end with the minute in progress', () => {
    const minute = Math.floor(NOW / MINUTE_MS);
    expect(listMinutes(3, NOW)).to.deep.equal([`m${minute - 2}`, `m${minute - 1}`, `m${minute}`] as Slot[]);
  });
});

describe('The visitor’s choice', () => {
  it('is read from the address and written back without defaults', () => {
    const search = 'range=7d&keys=lastAt&errors=-code&q=a+%26+b&outcome=ok&key=%E5%BC%A0&page=3';
    const query = parseQuery(new URLSearchParams(search));
    expect(query).to.deep.include({ range: '7d', text: 'a & b', outcome: 'ok', key: '张', page: 3 });
    const usual = parseQuery(new URLSearchParams());
    expect(toAddress('overview', usual)).to.equal('/dashboard');
    expect(toAddress('requests', usual)).to.equal('/dashboard/requests');
    const pages = [toAddress('overview', query), toAddress('requests', query)];
    const written = new URLSearchParams(pages.map((address) => address.split('?')[1]).join('&'));
    expect(parseQuery(written)).to.deep.equal(query);
    const change = { range: '1h', page: 1, text: '', key: undefined } as const;
    expect(toAddress('overview', query, change)).to.equal('/dashboard?keys=lastAt&errors=-code');
    expect(toAddress('requests', query, change)).to.equal('/dashboard/requests?outcome=ok');
    expect(toAddress('upstreams', query)).to.equal('/dashboard/upstreams?range=7d');
  });

  it('falls back to the default where it is invalid, and is never long', () => {
    const usual = parseQuery(new URLSearchParams());
    for (const nonsense of ['keys=__proto__', 'outcome=x', 'page=-1', 'page=1e9', 'page=x', 'models=-', 'q='])
      expect(parseQuery(new URLSearchParams(nonsense)), nonsense).to.deep.equal(usual);
    expect(parseQuery(new URLSearchParams({ q: 'x'.repeat(5_000) })).text).to.have.length(100);
  });

  it('is reversed by a second click on the same heading', () => {
    const sort = { by: 'requests', descending: true };
    expect(toggleSort(sort, 'requests', false)).to.deep.equal({ by: 'requests', descending: false });
    expect(toggleSort(sort, 'errors', false)).to.deep.equal({ by: 'errors', descending: true });
    expect(toggleSort(sort, 'name', true)).to.deep.equal({ by: 'name', descending: false });
  });
});

describe('The current and the previous figures', () => {
  it('are five minutes each, and the rate counts only the elapsed part of the last one', () => {
    const minutes = Array.from({ length: 12 }, (_, index): Fields => ({ ok: index }));
    const { now, before } = compareWindows(minutes, NOW);
    expect(now.figures.total).to.equal(7 + 8 + 9 + 10 + 11);
    expect(before.figures.total).to.equal(2 + 3 + 4 + 5 + 6);
    expect(before.requestsPerMinute).to.equal(4);
    expect(now.requestsPerMinute).to.be.closeTo(45 / (4 + 1 / 3), 1e-9);
  });
});

describe('The tables', () => {
  const counts = sumLabels([
    labels({ ann: { ok: 6, in: 10, last: 5 }, bob: { ok: 1, rate_limited: 1, '429': 1, last: 9 } }),
    labels({ ann: { ok: 1, cancelled: 1, out: 4, last: 3 } }),
  ]);

  it('add up several hours, with shares of all', () => {
    const [ann, bob] = toUseRows(counts);
    const none = { errors: 0, limited: 0, tokensIn: 10, tokensOut: 4 };
    expect(ann).to.deep.include({ name: 'ann', requests: 8, share: 0.8, cancelled: 1, lastAt: 5, ...none });
    expect(bob).to.deep.include({ requests: 2, errors: 1, limited: 1, lastAt: 9 });
    expect(toUseRows(new Map())).to.deep.equal([]);
  });

  it('are in the chosen order, and equal rows by name', () => {
    const names = (by: string, descending: boolean) =>
      sortRows(toUseRows(counts), { by, descending }, 'name').map(({ name }) => name);
    expect(names('requests', true)).to.deep.equal(['ann', 'bob']);
    expect(names('errors', true)).to.deep.equal(['bob', 'ann']);
    expect(names('name', true)).to.deep.equal(['bob', 'ann']);
    const equal = toUseRows(labels({ c: { ok: 1 }, a: { ok: 1 }, b: { ok: 1 } }));
    for (const descending of [true, false])
      expect(sortRows(equal, { by: 'share', descending }, 'name').map(({ name }) => name)).to.deep.equal([
        'a',
        'b',
        'c',
      ]);
  });

  it('show whose fault errors are, with one row per code and outcome', () => {
    const errors = toErrorRows(labels({ model_not_found: { caller_error: 2, upstream_error: 1, last: 7 } }));
    expect(errors).to.deep.equal([
      { code: 'model_not_found', outcome: 'caller_error', fault: 'caller', count: 2, lastAt: 7 },
      { code: 'model_not_found', outcome: 'upstream_error', fault: 'upstream', count: 1, lastAt: 7 },
    ]);
    expect(
      countByFault(
        computeFigures({ ok: 5, rate_limited: 1, caller_error: 2, upstream_refused: 3, cancelled: 4 })
          .outcomes,
      ),
    ).to.deep.equal({ none: 5, caller: 3, upstream: 3, gateway: 0, left: 4 });
  });

  it('are exported as CSV that spreadsheets do not run as formulas', () => {
    const hostile = ['=1+1', '+1', '-1', '@x', '\t=1', ' =1', 'a,b', 'say "hi"', 'plain', '张三'];
    const rows = toUseRows(labels(Object.fromEntries(hostile.map((name) => [name, { ok: 1, last: 1_000 }]))));
    const [head, ...lines] = formatCsv(rows, { from: 0, to: DAY_MS - 1 })
      .trimEnd()
      .split('\r\n');
    expect(head).to.equal(
      'key,requests,share,tokens_in,tokens_out,errors,status_429,cancelled,last_seen,from,to',
    );
    expect(lines.map((line) => line.slice(0, line.indexOf(',1,0.1')))).to.deep.equal([
      "'=1+1",
      "'+1",
      "'-1",
      "'@x",
      "'\t=1",
      "' =1",
      '"a,b"',
      '"say ""hi"""',
      'plain',
      '张三',
    ]);
    expect(lines[0]).to.match(
      /,1970-01-01T00:00:01\.000Z,1970-01-01T00:00:00\.000Z,1970-01-01T23:59:59\.999Z$/,
    );
  });
});

describe('The latest requests', () => {
  const requests = [
    ...manyRecords(60),
    recordOf({
      requestId: 'odd',
      keyName: 'bob',
      outcome: 'upstream_error',
      code: 'upstream_timeout',
      userAgent: 'Zed/1',
    }),
  ];
  const page = (search: string) => selectPage(requests, parseQuery(new URLSearchParams(search)));

  it('are shown 20 per page; after the last page comes the last one again', () => {
    expect(page('')).to.deep.include({ matching: 61, page: 1, pages: 4 });
    expect(page('page=4').rows).to.have.length(1);
    expect(page('page=99')).to.deep.include({ page: 4 });
    expect(page('q=nothing-like-it')).to.deep.include({ matching: 0, page: 1, pages: 1, rows: [] });
  });

  it('are filtered by text, outcome and key', () => {
    for (const search of ['q=zed', 'q=TIMEOUT', 'outcome=upstream_error', 'key=bob', 'q=odd&key=bob'])
      expect(
        page(search).rows.map(({ requestId }) => requestId),
        search,
      ).to.deep.equal(['odd']);
    expect(page('key=bob&outcome=ok').matching).to.equal(0);
    expect(listKeys(requests)).to.deep.equal(['alice', 'bob']);
  });
});

describe('A chart', () => {
  it('stacks bars in a box of 1000 × 100, with an axis that ends on a round number', () => {
    const { shapes, ticks, columns } = drawBars({ ok: [3, 0, undefined, 1], bad: [1, 0, 0, 0] });
    expect(ticks).to.deep.equal([4, 2, 0]);
    expect(columns).to.have.length(4);
    const [ok = '', bad = ''] = shapes.map(({ path }) => path);
    // Two bars, one upon which the other series stands; nothing is drawn of nothing.
    expect(ok.match(/M/g)).to.have.length(2);
    expect(bad).to.match(/^M0,0h[\d.]+v25h-[\d.]+z$/);
    for (const number of `${ok}${bad}`.match(/-?[\d.]+/g) ?? [])
      expect(Math.abs(Number(number))).to.be.at.most(1000);
  });

  it('leaves gaps in lines where nothing was measured, and draws a dot for a single value', () => {
    const { shapes, ticks } = drawLines({ p50: [1, 2, undefined, 4, undefined] });
    expect(shapes[0]?.path).to.equal('M100,75L300,50M700,0Z');
    expect(ticks).to.deep.equal([4, 2, 0]);
    expect(drawLines({ p50: [] }).shapes[0]?.path).to.equal('');
    expect(drawBars({}).shapes).to.deep.equal([]);
  });
});

describe('Text of clients', () => {
  it('is clipped between characters, and cannot reverse the text around it', () => {
    expect(clip('GLM-4.5')).to.equal('GLM-4.5');
    expect(clip('a\u202egnp.exe\u0000\r\nb\u200f')).to.equal('agnp.exeb');
    expect(clip('x'.repeat(101))).to.equal(`${'x'.repeat(100)}…`);
    expect(clip(`${'x'.repeat(99)}😀😀`)).to.equal(`${'x'.repeat(99)}…`);
  });
});

describe('Formatted figures', () => {
  const en = new Format('en', TEXTS.en);
  const zh = new Format('zh', TEXTS.zh);

  it('are in the page’s language', () => {
    expect([en.number(1_234_567), zh.number(1_234_567)]).to.deep.equal(['1,234,567', '1,234,567']);
    expect([en.compact(1_234_567), zh.compact(1_234_567)]).to.deep.equal(['1.2M', '123.5万']);
    expect([en.percent(0.98765), en.percent(1)]).to.deep.equal(['98.8%', '100%']);
    expect([en.duration(850), zh.duration(850)]).to.deep.equal(['850 ms', '850 毫秒']);
    expect([en.megabytes(123_456_789), en.rate(12.34), en.rate(1_234.5)]).to.deep.equal([
      '123 MB',
      '12.3',
      '1,235',
    ]);
  });

  it('have three significant digits at most', () => {
    const spans = [0, 999, 1_234, 12_345, 99_999, 130_000].map((ms) => en.duration(ms));
    expect(spans).to.deep.equal(['0 ms', '999 ms', '1.23 s', '12.3 s', '100 s', '2 min 10 s']);
    const times = [5_000, 65_000, 120_000, HOUR_MS, 26.5 * HOUR_MS, 48 * HOUR_MS].map((ms) => en.span(ms));
    expect(times).to.deep.equal(['5 s', '1 min 5 s', '2 min', '1 h', '1 d 2 h', '2 d']);
  });

  it('are a dash when nothing is known', () => {
    for (const text of [
      en.number(undefined),
      en.duration(undefined),
      en.percent(undefined),
      en.rate(undefined),
    ])
      expect(text).to.equal('–');
  });
});
