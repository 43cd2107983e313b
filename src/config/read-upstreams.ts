/** The upstream entries of the configuration: of UPSTREAMS_FILE, or the one that the single-upstream variables stand for. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { detectProtocol } from './detect-protocol.js';
import { describeReadError, readUtf8 } from './read-file.js';
import { classifyToken } from './token-kind.js';
import { DEFAULT_ENTRY, type UpstreamEntry } from './upstream-entry.js';
import { type FileContext, readUpstreamsFile } from './upstreams-file.js';
import { API_URL, WEB_URL } from './variables/upstream.js';
import type { Values } from './variables/variables.js';

/** Where variables and files come from. */
export interface Sources {
  /** Where each variable was set: see `ReadEnvironment`. */
  readonly origins?: Readonly<Record<string, string>>;
  /** Throws where the file cannot be read. */
  readonly readText?: (path: string) => string;
}

/** The whole file is read at once, while requests run. */
const MAX_BYTES = 262_144;

/** The file of the defaults: what it sets is nobody's decision. */
const DEFAULTS_FILE = 'config.env';

export interface ReadUpstreams {
  readonly entries: readonly UpstreamEntry[];
  readonly problems: readonly string[];
}

type SingleValues = Pick<Values, 'zaiToken' | 'upstreamUrl' | 'upstreamProtocol' | 'upstreamSlots'>;

/** The entry that the single-upstream variables stand for. */
export function singleEntry(values: SingleValues): UpstreamEntry {
  const { zaiToken, upstreamUrl, upstreamProtocol, upstreamSlots } = values;
  const url = upstreamUrl ?? (classifyToken(zaiToken) === 'official-key' ? API_URL : WEB_URL);
  return {
    name: DEFAULT_ENTRY,
    url,
    protocol: upstreamProtocol === 'auto' ? detectProtocol(url) : upstreamProtocol,
    token: zaiToken,
    tokenVariable: 'ZAI_TOKEN',
    slots: upstreamSlots,
    priority: 1,
    models: undefined,
    fallback: {},
    owner: undefined,
  };
}

/** Reads the file, and the variables beside it that would have no effect. */
export function readEntries(
  path: string,
  context: FileContext,
  { origins = {}, readText = (name) => readUtf8(name, MAX_BYTES) }: Sources,
): ReadUpstreams {
  const found = readFile(path, context, readText);
  const isSet = (name: string) =>
    (context.environment[name]?.trim() ?? '') !== '' && origins[name] !== DEFAULTS_FILE;
  const named = found.entries.map(({ tokenVariable }) => tokenVariable);
  const problems = [
    ...found.problems.map((problem) => `UPSTREAMS_FILE: ${problem}.`),
    ...['UPSTREAM_URL', 'UPSTREAM_MODEL'].filter(isSet).map(describeUnused),
    ...(isSet('UPSTREAM_PROTOCOL') && !/^auto$/i.test(context.environment.UPSTREAM_PROTOCOL?.trim() ?? '')
      ? [describeUnused('UPSTREAM_PROTOCOL')]
      : []),
    // Entries with problems may name it.
    ...(found.problems.length === 0 && isSet('ZAI_TOKEN') && !named.includes('ZAI_TOKEN')
      ? [
          'ZAI_TOKEN: found beside UPSTREAMS_FILE, where no entry has `token_variable: ZAI_TOKEN`; remove it, or name it there.',
        ]
      : []),
  ];
  return { entries: found.entries, problems };
}

/** Differs where the entries differ. Tokens are left out: a weak one could be guessed from it. */
export function digestEntries(entries: readonly UpstreamEntry[]): string {
  const shown = entries.map(({ token: _, ...entry }) => entry);
  return createHash('sha256').update(JSON.stringify(shown)).digest('hex').slice(0, 12);
}

function describeUnused(name: string): string {
  return `${name}: found beside UPSTREAMS_FILE, whose entries say it; remove ${name}.`;
}

function readFile(path: string, context: FileContext, readText: (path: string) => string): ReadUpstreams {
  try {
    return readUpstreamsFile(readText(resolve(path)), context);
  } catch (error) {
    return {
      entries: [],
      problems: [
        `found a file that cannot be read (${describeReadError(error)}); allowed: a readable file in UTF-8 of up to 256 KiB`,
      ],
    };
  }
}
