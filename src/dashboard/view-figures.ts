/** The cards: the totals, and the last minutes compared with those before. Pure. */
import { computeFigures, type Figures, type Percentiles } from '../stats/figures.js';
import type { Format } from './format.js';
import { compareWindows } from './now.js';
import type { Snapshot } from './snapshot.js';
import type { DashboardTexts } from './texts/texts.js';
import { type Moment, toMoment } from './times.js';

export interface Card {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly notes: readonly string[];
}

export interface NowCard extends Card {
  /** The minutes before, `undefined` when they cannot be compared. */
  readonly before: { readonly text: string; readonly change: Change | undefined } | undefined;
}

type Change = 'up' | 'down' | 'same';

export interface ClassicView {
  readonly cards: readonly Card[];
  /** When the latest request finished. */
  readonly lastAt: Moment | undefined;
}

export function createClassicView(
  { total }: Pick<Snapshot, 'total'>,
  t: DashboardTexts,
  format: Format,
): ClassicView {
  const figures = computeFigures(total);
  const { classic } = t;
  const cards = [
    card('total', classic.total, format.number(figures.total), [
      classic.tokens(format.compact(figures.tokensIn), format.compact(figures.tokensOut)),
    ]),
    card('succeeded', classic.succeeded, format.number(figures.succeeded), [
      ...(figures.successRate === undefined ? [] : [classic.rate(format.percent(figures.successRate))]),
    ]),
    card('failed', classic.failed, format.number(figures.failed), [
      ...(figures.cancelled === 0 ? [] : [classic.cancelled(format.number(figures.cancelled))]),
    ]),
    card(
      'average',
      classic.average,
      figures.total === 0 ? format.duration(undefined) : format.duration(figures.averageMs),
      percentiles(figures.duration, format),
    ),
  ];
  return { cards, lastAt: figures.lastAt === undefined ? undefined : toMoment(figures.lastAt, 'full') };
}

function card(id: string, label: string, value: string, notes: readonly string[]): Card {
  return { id, label, value, notes };
}

/** Reads a figure of a window. `Write` formats it. */
type Read = (figures: Figures) => number | undefined;
type Write = (value: number | undefined) => string;

export function createNowView(
  { minutes, replicas, now }: Snapshot,
  t: DashboardTexts,
  format: Format,
): NowCard[] {
  const windows = compareWindows(minutes, now);
  const compared = (id: string, label: string, read: Read, write: Write, notes: readonly string[] = []) =>
    comparison(card(id, label, '', notes), read(windows.now.figures), read(windows.before.figures), write);
  const { figures } = windows.now;
  const rate = card('rate', t.now.rate, '', []);
  const count: Write = (value) => format.number(value);
  const duration: Write = (value) => format.duration(value);
  const open = replicas.reduce((sum, { inFlight }) => sum + inFlight, 0);
  return [
    comparison(rate, windows.now.requestsPerMinute, windows.before.requestsPerMinute, (value) =>
      format.rate(value),
    ),
    {
      ...card('open', t.now.open, format.number(open), [t.now.openOver(replicas.length)]),
      before: undefined,
    },
    compared(
      'success',
      t.now.success,
      (one) => one.successRate,
      (value) => format.percent(value),
    ),
    compared(
      'speed',
      t.now.speed,
      (one) => one.tokensPerSecond,
      (value) => format.rate(value),
    ),
    compared(
      'duration',
      t.now.median(t.now.duration),
      (one) => one.duration.p50,
      duration,
      percentiles(figures.duration, format),
    ),
    compared(
      'first-token',
      t.now.median(t.now.firstToken),
      (one) => one.firstToken.p50,
      duration,
      percentiles(figures.firstToken, format),
    ),
    compared('limited', t.now.limited, (one) => one.limited, count),
    compared('cancelled', t.now.cancelled, (one) => one.cancelled, count),
  ];
}

function comparison(card: Card, now: number | undefined, before: number | undefined, write: Write): NowCard {
  const [value, text] = [write(now), write(before)];
  return { ...card, value, before: { text, change: compareValues(now, before, value === text) } };
}

/** Values that are written the same count as equal. @returns undefined if one is missing. */
function compareValues(
  now: number | undefined,
  before: number | undefined,
  readsSame: boolean,
): Change | undefined {
  if (now === undefined || before === undefined) return undefined;
  return readsSame ? 'same' : now > before ? 'up' : 'down';
}

function percentiles({ p95, p99 }: Percentiles, format: Format): string[] {
  return p95 === undefined ? [] : [`p95 ${format.duration(p95)} · p99 ${format.duration(p99)}`];
}
