/** The three charts of the trend, each with a table of the same figures. Pure. */
import { computeFigures, countByFault, type Figures } from '../stats/figures.js';
import { FAULT_NAMES } from '../vocabulary/outcomes.js';
import type { Range } from '../vocabulary/periods.js';
import { type Drawing, drawBars, drawLines, type Series } from './chart.js';
import type { Format } from './format.js';
import type { Snapshot } from './snapshot.js';
import type { DashboardTexts } from './texts/texts.js';
import { type Moment, type TimeForm, toMoment } from './times.js';

export interface Chart extends Drawing {
  readonly id: 'requests' | 'latency' | 'tokens';
  readonly name: string;
  /** Read out by screen readers. */
  readonly summary: string;
  readonly legend: readonly { readonly name: string; readonly label: string }[];
  /** Of the vertical axis, greatest first. */
  readonly labels: readonly string[];
  /** Shown on pointing at a bar: its time and its figures, '' when it has none. */
  readonly hints: readonly { readonly at: Moment; readonly text: string }[];
  /** Of the horizontal axis: the first, the middle and the last. */
  readonly times: readonly Moment[];
  readonly heads: readonly string[];
  readonly rows: readonly { readonly at: Moment; readonly cells: readonly string[] }[];
}

interface Point {
  readonly at: Moment;
  readonly figures: Figures;
}

const FORMS: Readonly<Record<Range, TimeForm>> = { '1h': 'minute', '24h': 'minute', '7d': 'date' };

export function drawCharts(
  { buckets }: Pick<Snapshot, 'buckets'>,
  range: Range,
  t: DashboardTexts,
  format: Format,
): Chart[] {
  const points = buckets.map(({ startsAt, fields }) => ({
    at: toMoment(startsAt, FORMS[range]),
    figures: computeFigures(fields),
  }));
  const context = { points, range, t, format };
  return [drawRequests(context), drawLatency(context), drawTokens(context)];
}

interface Context {
  readonly points: readonly Point[];
  readonly range: Range;
  readonly t: DashboardTexts;
  readonly format: Format;
}

/** A series: its name, its label, and its value at a point. */
type Line = readonly [name: string, label: string, value: (figures: Figures) => number | undefined];

function drawRequests(context: Context): Chart {
  const { t, format } = context;
  const failures = FAULT_NAMES.filter((fault) => fault !== 'none' && fault !== 'left');
  const series = (['none', 'left', ...failures] as const).map(
    (fault): Line => [fault, t.faults[fault], ({ outcomes }) => countByFault(outcomes)[fault]],
  );
  const total: Line = ['total', t.trend.total, (figures) => figures.total];
  const text = (value: number | undefined) => format.compact(value ?? 0);
  return build(context, 'requests', drawBars(readSeries(context, series)), series, [total, ...series], text);
}

function drawLatency(context: Context): Chart {
  const { t, format } = context;
  const percents = [50, 95, 99] as const;
  const first = percents.map(
    (percent): Line => [
      `first-${percent}`,
      t.trend.firstToken(percent),
      ({ firstToken }) => firstToken[`p${percent}`],
    ],
  );
  const whole = percents.map(
    (percent): Line => [
      `whole-${percent}`,
      t.trend.duration(percent),
      ({ duration }) => duration[`p${percent}`],
    ],
  );
  // p99 would squeeze the other lines: it is in the table only.
  const drawn = [...whole.slice(0, 2), ...first.slice(0, 2)];
  const text = (value: number | undefined) => format.duration(value);
  return build(context, 'latency', drawLines(readSeries(context, drawn)), drawn, [...whole, ...first], text);
}

function drawTokens(context: Context): Chart {
  const { t, format } = context;
  const series: Line[] = [
    ['in', t.trend.in, ({ tokensIn }) => tokensIn],
    ['out', t.trend.out, ({ tokensOut }) => tokensOut],
  ];
  const text = (value: number | undefined) => format.compact(value ?? 0);
  return build(context, 'tokens', drawBars(readSeries(context, series)), series, series, text);
}

function readSeries({ points }: Context, series: readonly Line[]): Series {
  return Object.fromEntries(
    series.map(([name, , value]) => [name, points.map(({ figures }) => value(figures))]),
  );
}

function build(
  { points, range, t }: Context,
  id: Chart['id'],
  drawing: Drawing,
  drawn: readonly Line[],
  table: readonly Line[],
  text: (value: number | undefined) => string,
): Chart {
  const name = t.trend[id];
  const cells = (figures: Figures) => table.map(([, , value]) => text(value(figures)));
  const hint = (figures: Figures) =>
    drawn
      .flatMap(([, label, value]) => (value(figures) ? [`${label} ${text(value(figures))}`] : []))
      .join(' · ');
  const asked = points.filter(({ figures }) => figures.total > 0);
  return {
    ...drawing,
    id,
    name,
    summary: t.trend.summary(name, t.trend.ranges[range], text(drawing.ticks[0])),
    legend: drawn.map(([series, label]) => ({ name: series, label })),
    labels: drawing.ticks.map((tick) => (tick === 0 ? '0' : text(tick))),
    hints: points.map(({ at, figures }) => ({ at, text: hint(figures) })),
    times: [points[0], points[Math.floor(points.length / 2)], points.at(-1)].flatMap(
      (point) => point?.at ?? [],
    ),
    heads: table.map(([, label]) => label),
    rows: asked.toReversed().map(({ at, figures }) => ({ at, cells: cells(figures) })),
  };
}
