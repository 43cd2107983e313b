/** The kinds of values that variables hold, each a zod type from text whose message says what is allowed. */

import { isIP } from 'node:net';
import { z } from 'zod';
import { BUDGET_FORMS, parseBudget } from '../budgets/core/notation.js';
import { isTimeZone } from '../calendar.js';
import { parseAlertWebhooks } from './alert-webhooks.js';

/** In what a number is counted; `undefined` for all other values. */
export type Unit = 'ms' | 'days' | 'requests/min';

/** @returns the unit of the values of `kind`; `undefined` where they have none. */
export function getUnit(kind: z.ZodType): Unit | undefined {
  return kind.meta()?.unit as Unit | undefined;
}

/** A type that reads text with `read`; `undefined` from it becomes the problem `allowed: …`. */
function reading<T>(allowed: string, read: (value: string) => T | undefined) {
  return z.string().transform((value, context): T => {
    const result = read(value);
    if (result !== undefined) return result;
    context.addIssue({ code: 'custom', message: `allowed: ${allowed}.` });
    return z.NEVER;
  });
}

const PRINTABLE = /^[\x21-\x7e]+$/;

function parseWhole(value: string, min: number, max: number): number | undefined {
  const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
  return number >= min && number <= max ? number : undefined;
}

export const text = reading('printable text on one line', (value) =>
  /^[\x20-\x7e]+$/.test(value) ? value : undefined,
);

export const plainName = reading('a name without commas, spaces or `=`', (value) =>
  /^[^\s,=]{1,200}$/.test(value) ? value : undefined,
);

/** Sent in a header: printable ASCII without spaces. */
export const secret = reading('printable ASCII characters without spaces', (value) =>
  PRINTABLE.test(value) ? value : undefined,
);

/** Typed by people: may hold spaces and any script. U+FFFD is refused: it replaces bytes that are not UTF-8. */
export const passphrase = reading(
  '1 to 200 characters of any script, in UTF-8, without control characters',
  (value) => (/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\uFFFD]{1,200}$/u.test(value) ? value : undefined),
);

export const timeZone = reading(
  'the name of a time zone, such as UTC, Asia/Shanghai or Europe/Berlin',
  (value) => (isTimeZone(value) ? value : undefined),
);

/** Absolute, or relative to where the program is started. */
export const folder = reading('the path of a folder, or none', (value) =>
  /^[^\p{Cc}\p{Cs}\uFFFD]{1,1000}$/u.test(value) ? value : undefined,
);

export const flag = reading('true or false', (value) => {
  if (/^(true|1|yes|on)$/i.test(value)) return true;
  return /^(false|0|no|off)$/i.test(value) ? false : undefined;
});

export const port = reading('a whole number from 0 to 65535', (value) => parseWhole(value, 0, 65_535));

/** Requests per minute; 0 means no limit. */
export const rateLimit = reading('a whole number from 0 to 1000000', (value) =>
  parseWhole(value, 0, 1_000_000),
).meta({ unit: 'requests/min' satisfies Unit });

/** Requests at a time. */
export const slots = reading('a whole number from 1 to 10000, auto or unlimited', (value) => {
  if (value === 'auto' || value === 'unlimited') return value as 'auto' | 'unlimited';
  return parseWhole(value, 1, 10_000);
});

/** How many of something. */
export const count = reading('a whole number from 0 to 100000', (value) => parseWhole(value, 0, 100_000));

/** Days for which something is kept; 0 means that it is not. */
export const keptDays = reading('a whole number of days from 0 to 90', (value) =>
  parseWhole(value, 0, 90),
).meta({ unit: 'days' satisfies Unit });

/** In milliseconds, 0 included. */
export const delay = reading('a whole number of milliseconds from 0 to 2147483647', (value) =>
  parseWhole(value, 0, 2_147_483_647),
).meta({ unit: 'ms' satisfies Unit });

/** In milliseconds, at most what a timer takes: 2^31 − 1. */
export const duration = reading('a whole number of milliseconds from 1 to 2147483647', (value) =>
  parseWhole(value, 1, 2_147_483_647),
).meta({ unit: 'ms' satisfies Unit });

export const url = reading('an http:// or https:// address without user name or password', (value) => {
  if (!URL.canParse(value)) return undefined;
  const { protocol, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && username === '' && password === '' ? value : undefined;
});

/** The base of addresses in pages and set-ups; without a slash at its end. */
export const publicAddress = reading(
  'an http:// or https:// address without user name, query or fragment',
  (value) => (url.safeParse(value).success && !/[?#]/.test(value) ? value.replace(/\/+$/, '') : undefined),
);

/** Without a scheme it counts as http, as other programs take it. */
export const proxyUrl = reading(
  'http://[user:password@]host[:port] or https://…, special characters percent-encoded',
  (value) => {
    const address = /^[a-z][\w+.-]*:\/\//i.test(value) ? value : `http://${value}`;
    if (!URL.canParse(address)) return undefined;
    const { protocol, hostname, username, password, pathname, search, hash } = new URL(address);
    const isPlain = hostname !== '' && pathname === '/' && search === '' && hash === '';
    const isReadable = [username, password].every(isDecodable);
    return /^https?:$/.test(protocol) && isPlain && isReadable ? address : undefined;
  },
);

/** Names, addresses and networks with commas or spaces between, as NO_PROXY is written. */
export const nameList = reading('names, addresses or networks, comma-separated, or *', (value) =>
  /^[\x20-\x7e]+$/.test(value) ? (value.split(/[\s,]+/).filter(Boolean) as readonly string[]) : undefined,
);

export function oneOf<const T extends string>(values: readonly T[]) {
  return reading(values.join(', '), (value) => values.find((one) => one === value.toLowerCase()));
}

const UNITS: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** In bytes. */
export const size = reading('a size such as 500kb or 10mb, at most 1gb', (value) => {
  const [, number, unit] = /^(\d{1,6})\s*(b|kb|mb|gb)?$/i.exec(value) ?? [];
  const bytes = Number(number) * (UNITS[(unit ?? 'b').toLowerCase()] ?? 1);
  return bytes >= 1 && bytes <= 1024 ** 3 ? bytes : undefined;
});

export const alertWebhooks = reading(
  'up to 10 addresses [json|slack|feishu|dingtalk|wecom+]https://…[#secret=…], separated by commas or spaces; http:// only for this machine; a secret only for feishu and dingtalk',
  parseAlertWebhooks,
);

export const keyList = reading(
  'name:key,name:key with names of letters, digits, `.`, `_` and `-`, and keys of printable ASCII without commas',
  (value) => parseList(value, /^([\w.-]{1,64}):([\x21-\x2b\x2d-\x7e]+)$/, ([name, key]) => ({ name, key })),
);

export const pairList = reading('name=value,name=value where a name may hold *', (value) =>
  parseList(value, /^([^\s,=]{1,200})=([^\s,=]{1,200})$/, ([pattern, target]) => ({ pattern, target })),
);

export const limitList = reading('name=number,name=number with numbers from 0 to 1000000', (value) =>
  parseList(value, /^([\w.-]{1,64})=(\d+)$/, ([name, number]) => {
    const limit = parseWhole(number, 0, 1_000_000);
    return limit === undefined ? undefined : { name, limit };
  }),
);

export const budgetList = reading(`name=budget,name=budget with budgets such as ${BUDGET_FORMS}`, (value) =>
  parseList(value, /^([\w.-]{1,64})=([\w./]+)$/, ([name, text]) => {
    const budget = parseBudget(text);
    return budget && { name, budget };
  }),
);

export const redisUrls = reading(
  'redis://[user:password@]host[:port][/db] or rediss://…, special characters percent-encoded; several of a Redis Cluster, comma-separated',
  (value) => parseList(value, /^(rediss?:\/\/\S+)$/i, ([one]) => (isRedisUrl(one) ? one : undefined)),
);

/** A query is refused, since ioredis would ignore it silently. */
function isRedisUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { hostname, pathname, search, hash, username, password } = new URL(value);
  const complete = hostname !== '' && search === '' && hash === '' && /^\/?\d{0,4}$/.test(pathname);
  return complete && [username, password].every(isDecodable);
}

function isDecodable(value: string): boolean {
  try {
    decodeURIComponent(value);
    return true;
  } catch {
    return false;
  }
}

export const addressList = reading('host:port,host:port', (value) =>
  parseList(value, /^(\[[\da-f:.]+\]|[^\s,:@/]+):(\d{1,5})$/i, ([host, digits]) => {
    const number = parseWhole(digits, 1, 65_535);
    return number === undefined ? undefined : { host: host.replace(/^\[|\]$/g, ''), port: number };
  }),
);

export const originList = reading(
  '* or origins such as https://app.example.com, comma-separated',
  (value) => {
    if (value === '*') return '*' as const;
    // Apps and browser extensions have their own schemes.
    return parseList(value, /^([a-z][\w+.-]*:\/\/[^\s/,*]+)$/i, ([origin]) => origin.toLowerCase());
  },
);

export const proxies = reading(
  'the number of proxies in front (0 to 16) or their addresses or networks, comma-separated',
  (value) =>
    parseWhole(value, 0, 16) ??
    (/[.:]/.test(value) ? parseList(value, /^([^\s,]+)$/, ([one]) => parseNetwork(one)) : undefined),
);

/** @returns the address or network; `undefined` for a width of 0 too, which would trust every address. */
function parseNetwork(value: string): string | undefined {
  const [address = '', bits, ...more] = value.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return undefined;
  return bits === undefined || parseWhole(bits, 1, version === 4 ? 32 : 128) !== undefined
    ? value
    : undefined;
}

/** @returns the comma-separated entries; `undefined` if one does not match or read, or if there is none. */
function parseList<T>(
  value: string,
  pattern: RegExp,
  read: (groups: [string, string]) => T | undefined,
): readonly Readonly<T>[] | undefined {
  const entries = value.split(',').map((entry) => entry.trim());
  const results = entries.filter(Boolean).map((entry) => {
    const match = pattern.exec(entry);
    return match ? read([match[1] ?? '', match[2] ?? '']) : undefined;
  });
  return results.length > 0 && results.every((result) => result !== undefined)
    ? (results as Readonly<T>[])
    : undefined;
}
