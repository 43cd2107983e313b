/** Writes figures for readers of one language. Pure. */
import type { Language } from '../pages/language.js';
import { type DashboardTexts, TEXTS } from './texts/texts.js';

/** Stands for a missing value. */
export const NOTHING = '–';
const SECOND_MS = 1_000;
const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;

/** Longest text of a client that is shown. The page clips it further where there is no room. */
const MAX_NAME_LENGTH = 100;

/** Shortens a client's text and removes control and format characters: a right-to-left mark would turn the text around it. */
export function clip(text: string): string {
  const seen = text.replace(/[\p{Cc}\p{Cf}]/gu, '');
  return seen.length <= MAX_NAME_LENGTH
    ? seen
    : `${seen.slice(0, MAX_NAME_LENGTH).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

export class Format {
  readonly #number: Intl.NumberFormat;
  readonly #fine: Intl.NumberFormat;
  readonly #compact: Intl.NumberFormat;
  readonly #percent: Intl.NumberFormat;

  constructor(
    private readonly language: Language,
    private readonly t: DashboardTexts,
  ) {
    this.#number = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
    this.#fine = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
    this.#compact = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 });
    this.#percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  }

  number(value: number | undefined): string {
    return value === undefined ? NOTHING : this.#number.format(value);
  }

  /** Writes one decimal below 100. */
  rate(value: number | undefined): string {
    if (value === undefined) return NOTHING;
    return value < 100 ? this.#fine.format(value) : this.#number.format(value);
  }

  /** Writes a large number in few characters: `1.2M`. */
  compact(value: number): string {
    return value < 10_000 ? this.rate(value) : this.#compact.format(value);
  }

  /** Writes money with at most as many decimals as it has: `$0.0123`. @param value in the currency's unit */
  money(value: number, currency: 'USD' | 'CNY'): string {
    const style = { style: 'currency', currency, maximumFractionDigits: value < 1 ? 4 : 2 } as const;
    return new Intl.NumberFormat(this.language, style).format(value);
  }

  percent(share: number | undefined): string {
    return share === undefined ? NOTHING : this.#percent.format(share);
  }

  /** Writes a response's duration with three digits. */
  duration(ms: number | undefined): string {
    if (ms === undefined) return NOTHING;
    const { units } = this.t;
    if (ms < SECOND_MS) return units.milliseconds(this.#number.format(ms));
    const seconds = ms / SECOND_MS;
    if (seconds >= 100) return this.span(ms);
    const digits = seconds < 10 ? 2 : 1;
    return units.seconds(String(Number(seconds.toFixed(digits))));
  }

  /** Writes a period by its two greatest units: `2 h 5 min`. */
  span(ms: number): string {
    const { units } = this.t;
    const s = Math.max(0, Math.floor(ms / SECOND_MS));
    const two = (one: string, rest: number, other: (value: string) => string) =>
      rest === 0 ? one : `${one} ${other(String(rest))}`;
    if (s < MINUTE_S) return units.seconds(String(s));
    if (s < HOUR_S) return two(units.minutes(String(Math.floor(s / MINUTE_S))), s % MINUTE_S, units.seconds);
    const minutes = Math.floor((s % HOUR_S) / MINUTE_S);
    if (s < DAY_S) return two(units.hours(String(Math.floor(s / HOUR_S))), minutes, units.minutes);
    return two(units.days(this.number(Math.floor(s / DAY_S))), Math.floor((s % DAY_S) / HOUR_S), units.hours);
  }

  megabytes(bytes: number): string {
    return this.t.units.megabytes(this.#number.format(bytes / 1e6));
  }
}

/** Created once: creating number formats takes longer than using them. */
export const FORMATS: Readonly<Record<Language, Format>> = {
  en: new Format('en', TEXTS.en),
  zh: new Format('zh', TEXTS.zh),
};
