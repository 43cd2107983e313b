/** The text of UPSTREAMS_FILE → entries, or everything that is wrong with it. Pure. Messages hold no value of the file. */
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { isCodingPlan } from './coding-plan.js';
import { PUBLIC_KEY_NAME } from './cross-checks.js';
import { detectProtocol } from './detect-protocol.js';
import { findConflicts } from './entry-conflicts.js';
import type { Environment } from './environment.js';
import type { UpstreamEntry } from './upstream-entry.js';
import { plainName, secret, slots, url } from './value-kinds.js';
import { UPSTREAM_PROTOCOLS } from './variables/upstream.js';

export interface FileContext {
  /** Where tokens may be. */
  readonly environment: Environment;
  /** The slots of entries that name none. */
  readonly defaultSlots: UpstreamEntry['slots'];
}

export interface ReadEntries {
  readonly entries: readonly UpstreamEntry[];
  /** One line each: entry, field, what is wrong, what to do. */
  readonly problems: readonly string[];
}

/** Each field of an entry: its type, and what is allowed. */
const FIELDS = {
  name: [
    z
      .string()
      .regex(/^[\w.-]{1,40}$/)
      // Groups of slots are looked up by it.
      .refine((name) => !(name in Object.prototype)),
    'up to 40 letters, digits, `.`, `_` and `-`',
  ],
  url: [url, 'an http:// or https:// address without user name or password'],
  protocol: [z.enum(['auto', ...UPSTREAM_PROTOCOLS]).optional(), `auto, ${UPSTREAM_PROTOCOLS.join(' or ')}`],
  token: [secret.optional(), 'printable characters without spaces, in quotes if they are digits'],
  token_variable: [
    z
      .string()
      .regex(/^[A-Za-z_]\w{0,99}$/)
      .optional(),
    'the name of a variable, such as ZAI_TOKEN_TEAM',
  ],
  slots: [
    z.union([z.int(), z.string()]).transform(String).pipe(slots).optional(),
    'a whole number from 1 to 10000, auto or unlimited',
  ],
  priority: [z.int().min(0).max(1000).optional(), 'a whole number from 0 to 1000; the lowest is asked first'],
  models: [
    z.record(plainName, plainName).optional(),
    'lines of the form NAME: ID, a name that clients send and the upstream’s id',
  ],
  fallback: [
    z.record(plainName, plainName).optional(),
    'lines of the form NAME: OTHER, the model that fails elsewhere and the model of this entry that answers then',
  ],
  owner: [
    z
      .string()
      // Not a key of Z.ai, since it is shown.
      .regex(/^(?!\w{32}\.)[\w.-]{1,64}$/)
      .optional(),
    'a name of API_KEYS, or the id of a member',
  ],
} as const;

type FieldName = keyof typeof FIELDS;

const ENTRY = z.strictObject(
  Object.fromEntries(Object.entries(FIELDS).map(([name, [type]]) => [name, type])) as {
    [Name in FieldName]: (typeof FIELDS)[Name][0];
  },
);
const MAX_ENTRIES = 500;
const FILE = z.strictObject({ upstreams: z.array(z.unknown()).min(1).max(MAX_ENTRIES) });

type Written = z.infer<typeof ENTRY>;

const PLAN_CURE =
  'a personal coding plan is for one person and may not be shared: add `owner: NAME`, that person’s name in API_KEYS or member id, or use a pay-as-you-go address';

export function readUpstreamsFile(text: string, context: FileContext): ReadEntries {
  const lines = new LineCounter();
  // The texts of YAML's own errors and warnings quote the file.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  if (document.errors.length > 0) {
    const problems = document.errors.map(
      ({ code, pos }) =>
        `line ${lines.linePos(pos[0]).line}: not YAML (${code}); correct the line or the one before it`,
    );
    return { entries: [], problems };
  }
  const file = FILE.safeParse(parseAliases(document));
  if (!file.success) {
    return {
      entries: [],
      problems: [
        `found no list of entries; allowed: \`upstreams:\` with 1 to ${MAX_ENTRIES} entries below it, and nothing else`,
      ],
    };
  }
  const read = file.data.upstreams.map((written, index) => readEntry(written, index, context));
  const entries = read.flatMap(({ entry }) => entry ?? []);
  return { entries, problems: [...read.flatMap(({ problems }) => problems), ...findConflicts(entries)] };
}

/** @returns undefined if the aliases cannot be resolved */
function parseAliases(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    return undefined;
  }
}

function readEntry(
  value: unknown,
  index: number,
  context: FileContext,
): { entry: UpstreamEntry | undefined; problems: string[] } {
  const where = describeEntry(value, index);
  const result = ENTRY.safeParse(value);
  const issues = result.error?.issues.flatMap((issue) => describeIssue(issue, value)) ?? [];
  const found = [...issues, ...checkEntry(pickValid(value), context)];
  const problems = [...new Set(found)].map((problem) => `${where}, ${problem}`);
  const isRead = result.success && problems.length === 0;
  return { entry: isRead ? toEntry(result.data, context) : undefined, problems };
}

/** The fields that are valid by themselves, so that their other problems are told at once. */
function pickValid(value: unknown): Partial<Written> {
  if (typeof value !== 'object' || value === null) return {};
  const valid = Object.entries(FIELDS).flatMap(([name, [type]]) => {
    const read = type.safeParse((value as Record<string, unknown>)[name]);
    return read.success ? [[name, read.data]] : [];
  });
  return Object.fromEntries(valid);
}

/** `entry 2 (team)`: the name only where it is valid. */
function describeEntry(value: unknown, index: number): string {
  const name = FIELDS.name[0].safeParse((value as Partial<Written> | null)?.name);
  return `entry ${index + 1}${name.success ? ` (${name.data})` : ''}`;
}

function describeIssue(issue: z.core.$ZodIssue, value: unknown): string[] {
  if (issue.code === 'unrecognized_keys') {
    const allowed = Object.keys(FIELDS).join(', ');
    return issue.keys.map((key) => `${describeField(key)}: unknown; allowed: ${allowed}`);
  }
  const field = issue.path[0] as FieldName | undefined;
  if (field === undefined) return [`found no fields; allowed: ${Object.keys(FIELDS).join(', ')}`];
  const isMissing = (value as Partial<Written>)[field] === undefined;
  return [`${field}: ${isMissing ? 'missing' : 'not valid'}; allowed: ${FIELDS[field][1]}`];
}

/** What stands in the place of a field may be a token. */
function describeField(key: string): string {
  return /^[A-Za-z_-]{1,30}$/.test(key) ? key : 'a field';
}

function checkEntry(written: Partial<Written>, { environment }: FileContext): string[] {
  const { token, token_variable: variable, owner } = written;
  const problems: string[] = [];
  if (token !== undefined && variable !== undefined)
    problems.push('token: found beside token_variable; remove one');
  if (variable !== undefined && readVariable(variable, environment) === undefined)
    problems.push(
      `token_variable: ${describeVariable(variable)} is not set, or holds spaces; set it in .env.local or the environment`,
    );
  if (owner === PUBLIC_KEY_NAME)
    problems.push('owner: found `public`, the key that everybody has; name one person');
  const isPlan = written.url !== undefined && isCodingPlan(written.url);
  if (owner === undefined && isPlan) problems.push(`owner: missing; ${PLAN_CURE}`);
  if (written.fallback !== undefined && isPlan)
    problems.push('fallback: found at a personal coding plan, which may not stand in for others; remove it');
  return problems;
}

/** What stands in its place may be the token itself. */
function describeVariable(name: string): string {
  return /^[A-Z][A-Z0-9_]*$/.test(name) ? name : 'the variable that it names';
}

function readVariable(name: string, environment: Environment): string | undefined {
  return Object.hasOwn(environment, name) ? secret.safeParse(environment[name]?.trim()).data : undefined;
}

function toEntry(written: Written, { environment, defaultSlots }: FileContext): UpstreamEntry {
  const { protocol = 'auto', token_variable: variable } = written;
  return {
    name: written.name,
    url: written.url,
    protocol: protocol === 'auto' ? detectProtocol(written.url) : protocol,
    token: variable === undefined ? written.token : readVariable(variable, environment),
    tokenVariable: variable,
    slots: written.slots ?? defaultSlots,
    priority: written.priority ?? 1,
    models: written.models,
    fallback: written.fallback ?? {},
    owner: written.owner,
  };
}
