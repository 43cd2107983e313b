/** Draws figures over time as SVG paths in a box of 1000 × 100, which the page stretches. Pure. */
import { scaleBand, scaleLinear } from 'd3-scale';
import { line, stack } from 'd3-shape';

export const WIDTH = 1000;
export const HEIGHT = 100;
/** Gap between bars, as a share of a bar's width. */
const PADDING = 0.2;

export interface Shape {
  /** CSS class of the series, from a fixed set. */
  readonly name: string;
  readonly path: string;
}

export interface Drawing {
  readonly kind: 'bars' | 'lines';
  readonly shapes: readonly Shape[];
  /** The greatest, the middle and the least value on the axis. */
  readonly ticks: readonly [number, number, number];
  /** Where each bar's part of the box begins, and its width: there, pointing shows a hint. */
  readonly columns: readonly { readonly x: number; readonly width: number }[];
}

/** One value per bar, `undefined` when nothing was measured. */
export type Values = readonly (number | undefined)[];
export type Series = Readonly<Record<string, Values>>;

/** Stacks the series, the first one at the bottom. */
export function drawBars(series: Series): Drawing {
  const names = Object.keys(series);
  const count = Math.max(0, ...Object.values(series).map(({ length }) => length));
  const rows = Array.from({ length: count }, (_, index) =>
    Object.fromEntries(names.map((name) => [name, series[name]?.[index] ?? 0])),
  );
  const stacked = stack<Record<string, number>>().keys(names)(rows);
  const y = scaleY(Math.max(0, ...stacked.flatMap((one) => one.map(([, top]) => top))));
  const x = scaleBand<number>().domain(rows.keys()).range([0, WIDTH]).paddingInner(PADDING);
  const bar = (index: number, from: number, to: number) => {
    const height = y(from) - y(to);
    return height <= 0
      ? ''
      : `M${roundText(x(index) ?? 0)},${roundText(y(to))}h${roundText(x.bandwidth())}v${roundText(height)}h${roundText(-x.bandwidth())}z`;
  };
  const shapes = stacked.map((one) => ({
    name: one.key,
    path: one.map(([from, to], index) => bar(index, from, to)).join(''),
  }));
  return { kind: 'bars', shapes, ticks: readTicks(y), columns: layOutColumns(count) };
}

/** Draws a line per series, with gaps where nothing was measured. */
export function drawLines(series: Series): Drawing {
  const all = Object.values(series);
  const count = Math.max(0, ...all.map(({ length }) => length));
  const y = scaleY(Math.max(0, ...all.flat().map((value) => value ?? 0)));
  const step = WIDTH / Math.max(1, count);
  const draw = line<number | undefined>()
    .defined((value) => value !== undefined)
    .x((_, index) => Number(roundText((index + 0.5) * step)))
    .y((value) => Number(roundText(y(value ?? 0))));
  const shapes = Object.entries(series).map(([name, values]) => ({ name, path: draw([...values]) ?? '' }));
  return { kind: 'lines', shapes, ticks: readTicks(y), columns: layOutColumns(count) };
}

function scaleY(most: number) {
  return scaleLinear()
    .domain([0, most || 1])
    .nice(4)
    .range([HEIGHT, 0]);
}

function readTicks(y: ReturnType<typeof scaleY>): Drawing['ticks'] {
  const most = y.domain()[1] ?? 0;
  return [most, most / 2, 0];
}

function layOutColumns(count: number): Drawing['columns'] {
  const width = WIDTH / Math.max(1, count);
  return Array.from({ length: count }, (_, index) => ({
    x: Number(roundText(index * width)),
    width: Number(roundText(width)),
  }));
}

function roundText(value: number): string {
  return String(Math.round(value * 10) / 10);
}
