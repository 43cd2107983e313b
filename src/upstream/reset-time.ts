/** Finds in an error message when a quota is renewed. Pure. */

/** Z.ai writes Beijing time unless it says otherwise. */
const DEFAULT_OFFSET_MINUTES = 8 * 60;

const DAY_MS = 86_400_000;
const DATE_AND_TIME = /(\d{4})[-/](\d{1,2})[-/](\d{1,2})[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?/;
const ZONE = /^\s*\(?(?:(Z|UTC|GMT)?\s*([+-]\d{1,2})(?::?(\d{2}))?|(Z|UTC|GMT)(?![a-z]))/i;

/** @returns Unix milliseconds, `undefined` if the text has no time or one that has passed */
export function findResetTime(text: string, now: number): number | undefined {
  const found = DATE_AND_TIME.exec(text);
  if (found === null) return undefined;
  const [, year, month, day, hour, minute, second = '0'] = found;
  const written = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  const time = written - readOffsetMinutes(text.slice(found.index + found[0].length)) * 60_000;
  return time > now ? time : undefined;
}

/** @returns the next midnight in Beijing in Unix milliseconds, when Z.ai's daily counts start again */
export function getNextMidnight(now: number): number {
  const offset = DEFAULT_OFFSET_MINUTES * 60_000;
  return (Math.floor((now + offset) / DAY_MS) + 1) * DAY_MS - offset;
}

function readOffsetMinutes(after: string): number {
  const [, , hours, minutes = '0', utc] = ZONE.exec(after) ?? [];
  if (utc !== undefined) return 0;
  if (hours === undefined) return DEFAULT_OFFSET_MINUTES;
  return Number(hours) * 60 + Math.sign(Number(hours) || 1) * Number(minutes);
}
