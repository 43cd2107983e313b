/** The weekly digest: what a week came to, beside the week before. Pure. */
import { findSpan, type Span, toDay } from '../calendar.js';
import type { AlertLanguage } from './message.js';

/** What is summed up of a week. */
export interface WeekFigures {
  readonly requests: number;
  readonly failed: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** Input tokens that the upstream had cached, `undefined` when unknown. */
  readonly tokensCached: number | undefined;
}

export interface MemberFigures {
  /** A member, or a key without one. */
  readonly name: string;
  readonly requests: number;
  readonly tokens: number;
  /** For people, with the currency: `1.20 USD`. `undefined` when nothing is known to have been spent. */
  readonly spent: string | undefined;
}

export interface Digest {
  readonly week: Span;
  readonly figures: WeekFigures;
  readonly before: WeekFigures;
  /** Those with the most tokens first. */
  readonly members: readonly MemberFigures[];
}

/** Members that are named; the others are added up. */
const MAX_MEMBERS = 10;
/** After this time a week's beginning is no occasion any more. */
const LATE_MS = 24 * 60 * 60 * 1000;

/** The week to report at a moment: the one before, on the first day of a week. @returns undefined on other days */
export function findDueWeek(now: number, zone: string): Span | undefined {
  const current = findSpan('week', now, zone);
  return now - current.start < LATE_MS ? findSpan('week', current.start - 1, zone) : undefined;
}

interface Texts {
  readonly title: (from: string, to: string) => string;
  readonly requests: (count: string, change: string) => string;
  readonly failures: (count: string, share: string, before: string) => string;
  readonly tokens: (tokensIn: string, tokensOut: string, change: string) => string;
  readonly cached: (share: string, before: string) => string;
  readonly member: (name: string, requests: string, tokens: string, spent: string | undefined) => string;
  readonly others: (count: string) => string;
  readonly quiet: string;
  readonly unknown: string;
  readonly change: (text: string) => string;
}

const TEXTS: Readonly<Record<AlertLanguage, Texts>> = {
  en: {
    title: (from, to) => `ZtoApi, week of ${from} to ${to}`,
    requests: (count, change) => `Requests: ${count}${change}`,
    failures: (count, share, before) => `Failed: ${count}, ${share} (week before: ${before})`,
    tokens: (tokensIn, tokensOut, change) => `Tokens: ${tokensIn} in, ${tokensOut} out${change}`,
    cached: (share, before) => `Input from the cache: ${share} (week before: ${before})`,
    member: (name, requests, tokens, spent) =>
      `• ${name}: ${spent === undefined ? '' : `${spent}, `}${requests} requests, ${tokens} tokens`,
    others: (count) => `• and ${count} more`,
    quiet: 'No requests.',
    unknown: 'none',
    change: (text) => ` (${text} to the week before)`,
  },
  zh: {
    title: (from, to) => `ZtoApi 每周摘要：${from} 至 ${to}`,
    requests: (count, change) => `请求：${count}${change}`,
    failures: (count, share, before) => `失败：${count}，占 ${share}（前一周：${before}）`,
    tokens: (tokensIn, tokensOut, change) => `Token：输入 ${tokensIn}，输出 ${tokensOut}${change}`,
    cached: (share, before) => `缓存命中的输入：${share}（前一周：${before}）`,
    member: (name, requests, tokens, spent) =>
      `• ${name}：${spent === undefined ? '' : `${spent}，`}${requests} 个请求，${tokens} 个 Token`,
    others: (count) => `• 另有 ${count} 个`,
    quiet: '没有请求。',
    unknown: '无',
    change: (text) => `（较前一周 ${text}）`,
  },
};

export function formatDigest(
  { week, figures, before, members }: Digest,
  zone: string,
  language: AlertLanguage,
): string {
  const t = TEXTS[language];
  const count = (value: number) => NUMBERS[language].format(value);
  const share = (part: number, whole: number) => (whole === 0 ? t.unknown : PERCENT.format(part / whole));
  const change = (now: number, then: number) => (then === 0 ? '' : t.change(CHANGE.format(now / then - 1)));
  const title = t.title(toDay(week.start, zone), toDay(week.end - 1, zone));
  if (figures.requests === 0) return `${title}\n${t.quiet}`;
  const lines = [
    title,
    t.requests(count(figures.requests), change(figures.requests, before.requests)),
    t.failures(
      count(figures.failed),
      share(figures.failed, figures.requests),
      share(before.failed, before.requests),
    ),
    t.tokens(
      count(figures.tokensIn),
      count(figures.tokensOut),
      change(figures.tokensIn + figures.tokensOut, before.tokensIn + before.tokensOut),
    ),
  ];
  if (figures.tokensCached !== undefined)
    lines.push(
      t.cached(
        share(figures.tokensCached, figures.tokensIn),
        share(before.tokensCached ?? 0, before.tokensIn),
      ),
    );
  for (const { name, requests, tokens, spent } of members.slice(0, MAX_MEMBERS))
    lines.push(t.member(name, count(requests), count(tokens), spent));
  if (members.length > MAX_MEMBERS) lines.push(t.others(count(members.length - MAX_MEMBERS)));
  return lines.join('\n');
}

const NUMBERS = { en: new Intl.NumberFormat('en'), zh: new Intl.NumberFormat('zh') };
const PERCENT = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });
const CHANGE = new Intl.NumberFormat('en', {
  style: 'percent',
  signDisplay: 'exceptZero',
  maximumFractionDigits: 0,
});
