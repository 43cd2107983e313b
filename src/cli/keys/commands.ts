/** The commands of `npm run keys` that speak to a running gateway. Each returns what to print. */
import { readFile } from 'node:fs/promises';
import type { Config, NamedKey } from '../../config/config.js';
import { isLoopbackHost } from '../../config/loopback.js';
import type { AdminClient, Answer } from './admin-client.js';
import { RefusedError } from './admin-client.js';
import { type Command, type CommandName, type Options, UsageError } from './arguments.js';
import { formatTable, formatTime } from './table.js';

export type ImportConfig = Pick<Config, 'namedKeys' | 'rateLimits'>;

type Run = (client: AdminClient, command: Command, config: ImportConfig) => Promise<string>;

export const RUN: Readonly<Record<Exclude<CommandName, 'reset-admin'>, Run>> = {
  add: async (client, { subject, options }) => {
    const answer = await client.ask('POST', '/keys', { member: subject, ...toFields(options) });
    return show(answer, options, `${answer.key}\n\n${describeIssued(answer)}`);
  },
  list: async (client, { options }) => {
    const answer = await client.ask('GET', '/keys');
    return show(answer, options, formatTable(answer.data as Answer[]));
  },
  show: async (client, { subject, options }) => {
    const key = await find(client, subject);
    return show(key, options, JSON.stringify(key, null, 2));
  },
  rotate: async (client, { subject, options }) => {
    const { id } = await find(client, subject);
    const seconds = options.graceSeconds ?? 0;
    const answer = await client.ask('POST', `/keys/${id}/rotate`, { grace_seconds: seconds });
    const old = seconds === 0 ? 'The old one has ended.' : `The old one works for ${seconds} more seconds.`;
    return show(answer, options, `${answer.key}\n\nThe new secret of ${answer.name}, shown only now. ${old}`);
  },
  disable: (client, command) => setState(client, command, 'disabled'),
  enable: (client, command) => setState(client, command, 'active'),
  remove: async (client, { subject, options }) => {
    const path = options.member ? memberPath(subject) : `/keys/${(await find(client, subject)).id}`;
    return show(await client.ask('DELETE', path), options, `${subject} is removed.`);
  },
  invite: async (client, { subject, options }) => {
    const answer = await client.ask('POST', '/invites', { member: subject });
    return show(answer, options, describeInvite(answer, subject));
  },
  import: async (client, { subject, options }, config) => {
    const keys = subject === undefined ? fromEnvironment(config) : parseKeyFile(await readText(subject));
    const answer = await client.ask('POST', '/keys/import', { keys });
    return show(answer, options, describeImport(answer, subject === undefined));
  },
};

async function setState(client: AdminClient, { subject, options }: Command, state: string): Promise<string> {
  const path = options.member ? memberPath(subject) : `/keys/${(await find(client, subject)).id}`;
  return show(await client.ask('PATCH', path, { state }), options, `${subject} is ${state}.`);
}

function memberPath(id: string | undefined): string {
  return `/members/${encodeURIComponent(id ?? '')}`;
}

function toFields(options: Options): object {
  return {
    name: options.name,
    models: options.models,
    requests_per_minute: options.requestsPerMinute,
    class: options.class,
    keep_responses: options.keepsResponses,
    note: options.note,
    expires_at: options.expiresAt,
    expires_days: options.expiresDays,
  };
}

/** A managed key by its name or id. */
async function find(client: AdminClient, wanted: string | undefined): Promise<Answer> {
  const { data } = await client.ask('GET', '/keys');
  const all = data as Answer[];
  const found = all.find(
    ({ id, name, source }) => source === 'managed' && (name === wanted || id === wanted),
  );
  if (found !== undefined) return found;
  if (all.some(({ name }) => name === wanted))
    throw new RefusedError(`${wanted} is a key of the environment: change API_KEYS, or import it first.`);
  throw new RefusedError(
    `There is no key ${wanted}. \`npm run keys -- list\` shows all; --member means a member.`,
  );
}

function show(answer: Answer, { json }: Options, text: string): string {
  return json ? JSON.stringify(answer) : text;
}

function describeIssued({ name, member, expires_at: end }: Answer): string {
  const until = typeof end === 'string' ? `, until ${formatTime(end)} UTC` : '';
  return `The key ${name} of ${member}${until}. It is shown only now: the gateway keeps its digest alone.`;
}

function describeInvite({ url, expires_at: end }: Answer, member: string | undefined): string {
  const lines = [
    `${url}\n\nThe invite of ${member}, shown only now. It works once, until ${formatTime(String(end))} UTC.`,
  ];
  if (isLoopbackHost(new URL(String(url)).hostname))
    lines.push('It can be opened on this machine only: set PUBLIC_URL to the address that others use.');
  return lines.join('\n');
}

function describeImport({ imported, unchanged }: Answer, isOfEnvironment: boolean): string {
  const added = imported as string[];
  const known = unchanged as string[];
  const lines = [`Imported: ${added.join(', ') || 'none'}.`];
  if (known.length > 0) lines.push(`Already there: ${known.join(', ')}.`);
  if (isOfEnvironment)
    lines.push('Remove API_KEYS from the environment and restart: until then its keys count.');
  return lines.join('\n');
}

interface ImportedKey {
  readonly name: string;
  readonly key: string;
  readonly requests_per_minute?: number;
}

/** Keys of API_KEYS, with their limits of RATE_LIMITS. */
function fromEnvironment({ namedKeys, rateLimits }: ImportConfig): ImportedKey[] {
  if (namedKeys.length === 0)
    throw new UsageError('API_KEYS is not set here: name a CSV file with NAME,KEY in each line.');
  return namedKeys.map(({ name, key }: NamedKey) => {
    const limit = rateLimits.find((one) => one.name === name)?.limit;
    return { name, key, ...(limit ? { requests_per_minute: limit } : {}) };
  });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

/** Lines of `NAME,KEY`; a first line `name,key` is a header. Errors tell the line, never a key. */
export function parseKeyFile(text: string): ImportedKey[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const keys = lines.flatMap((line, index): ImportedKey[] => {
    if (line.trim() === '' || (index === 0 && /^"?name"?,"?key"?$/i.test(line.trim()))) return [];
    const [, name, key] = /^\s*"?([\w.-]{1,64})"?\s*,\s*"?([\x21-\x2b\x2d-\x7e]+?)"?\s*$/.exec(line) ?? [];
    if (name === undefined || key === undefined)
      throw new UsageError(`Line ${index + 1} is not NAME,KEY with a name of letters, digits, ., _ or -.`);
    return [{ name, key }];
  });
  if (keys.length === 0) throw new UsageError('The file has no keys.');
  return keys;
}
