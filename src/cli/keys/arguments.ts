/** The command line of `npm run keys`, as requests to the admin API. Pure. */
import { parseArgs } from 'node:util';

/** The command line is wrong; the message says how. */
export class UsageError extends Error {}

export const COMMANDS = [
  'add',
  'list',
  'show',
  'rotate',
  'disable',
  'enable',
  'remove',
  'invite',
  'import',
  'reset-admin',
] as const;
export type CommandName = (typeof COMMANDS)[number];

export interface Command {
  readonly name: CommandName;
  /** A member, key or file; `undefined` where the command takes none. */
  readonly subject: string | undefined;
  readonly options: Options;
}

export interface Options {
  readonly name?: string | undefined;
  readonly models?: readonly string[] | undefined;
  readonly requestsPerMinute?: number | undefined;
  readonly class?: string | undefined;
  readonly note?: string | undefined;
  /** In ISO 8601. */
  readonly expiresAt?: string | undefined;
  /** Days after the first use. */
  readonly expiresDays?: number | undefined;
  readonly graceSeconds?: number | undefined;
  /** False for keys whose responses are never kept. */
  readonly keepsResponses?: boolean | undefined;
  readonly member: boolean;
  readonly json: boolean;
  readonly url?: string | undefined;
}

export const HELP = `Members and keys of a running gateway.

  npm run keys -- add MEMBER         make a key; an unknown member is made. Prints the key, once
      --models 'glm-4.*,glm-5'       models that it may use
      --rpm 60                       requests per minute, instead of RATE_LIMIT
      --expires 90d | 2027-01-31     90 days from now, or a day (through its end, UTC)
      --expires-after-use 30d        days from the first use
      --class batch                  waits until no interactive request does
      --name NAME                    in statistics and log; the member's id unless given
      --keep-responses no            no response is kept for later requests
      --note TEXT
  npm run keys -- list               all keys, those of the environment too
  npm run keys -- show KEY           one key, by name or id
  npm run keys -- rotate KEY         a new secret; --grace 1h: the old one works for that long
  npm run keys -- disable KEY        refuse it, until: npm run keys -- enable KEY
  npm run keys -- remove KEY         end it for good
  npm run keys -- invite MEMBER      print a link that gives a colleague a key, once, within seven days
  npm run keys -- import [FILE]      manage the keys of API_KEYS, or of a CSV file with NAME,KEY in each
                                     line: the same secrets, so that nobody changes a client
  npm run keys -- reset-admin        make a new admin password; needs REDIS_URL, or DATA_DIR

disable, enable and remove take --member to mean a member with all keys. --json prints the answer as JSON.
The gateway is at PUBLIC_URL, else at localhost (--url for another); ADMIN_PASSWORD is the password.
In the image: node dist/cli/keys.js add MEMBER
Exit code: 0 done, 1 refused, 2 wrong usage, 3 the gateway cannot be reached.`;

const NEEDS_SUBJECT: readonly CommandName[] = [
  'add',
  'invite',
  'show',
  'rotate',
  'disable',
  'enable',
  'remove',
];
/** Limits that the gateway does not enforce yet. */
const NOT_ENFORCED = ['--budget', '--tpm', '--in-flight'];

/** @returns 'help' if that is asked for @throws UsageError */
export function parseCommand(args: readonly string[], now: number): Command | 'help' {
  const refused = args.map((arg) => arg.split('=')[0] ?? '').find((arg) => NOT_ENFORCED.includes(arg));
  if (refused !== undefined)
    throw new UsageError(`${refused}: this version limits requests per minute only (--rpm).`);
  const { values, positionals } = parse(args);
  const [name, subject, ...more] = positionals;
  if (values.help || name === 'help') return 'help';
  if (name === undefined) throw new UsageError('No command given.');
  if (!isCommand(name)) throw new UsageError(`Unknown command ${name}.`);
  if (subject === undefined && NEEDS_SUBJECT.includes(name))
    throw new UsageError(
      `${name} needs ${['add', 'invite'].includes(name) ? 'a member' : 'a key, by name or id'}.`,
    );
  const extra = NEEDS_SUBJECT.includes(name) || name === 'import' ? more[0] : (subject ?? more[0]);
  if (extra !== undefined) throw new UsageError(`${name} does not take ${extra}.`);
  return {
    name,
    subject,
    options: {
      name: values.name,
      models: values.models?.split(',').map((glob) => glob.trim()),
      requestsPerMinute: readCount('--rpm', values.rpm),
      class: values.class,
      note: values.note,
      expiresAt: readExpiry(values.expires, now),
      expiresDays: readDays('--expires-after-use', values['expires-after-use']),
      graceSeconds: values.grace === undefined ? undefined : readDuration('--grace', values.grace) / 1000,
      keepsResponses: readYesOrNo('--keep-responses', values['keep-responses']),
      member: values.member ?? false,
      json: values.json ?? false,
      url: values.url,
    },
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        name: text,
        'keep-responses': text,
        models: text,
        rpm: text,
        class: text,
        note: text,
        expires: text,
        'expires-after-use': text,
        grace: text,
        url: text,
        member: flag,
        json: flag,
        help: { ...flag, short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0]);
  }
}

function isCommand(name: string): name is CommandName {
  return COMMANDS.some((command) => command === name);
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function readDuration(option: string, text: string): number {
  const [, number, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const unitMs = UNITS[unit];
  if (number === undefined || unitMs === undefined)
    throw new UsageError(`${option}: found ${text}; allowed: a number with s, m, h or d, such as 90d.`);
  return Number(number) * unitMs;
}

function readExpiry(text: string | undefined, now: number): string | undefined {
  if (text === undefined || /^\d{4}-\d\d-\d\d/.test(text)) return text;
  return new Date(now + readDuration('--expires', text)).toISOString();
}

function readDays(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, days] = /^(\d{1,4})d$/.exec(text) ?? [];
  if (days === undefined) throw new UsageError(`${option}: found ${text}; allowed: days, such as 30d.`);
  return Number(days);
}

function readYesOrNo(option: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (text !== 'yes' && text !== 'no') throw new UsageError(`${option}: found ${text}; allowed: yes or no.`);
  return text === 'yes';
}

function readCount(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new UsageError(`${option}: found ${text}; allowed: a whole number.`);
  return Number(text);
}
