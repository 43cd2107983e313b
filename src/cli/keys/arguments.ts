/** The command line of `npm run keys`, as requests to the admin API. Pure. */
import { parseArgs } from 'node:util';
import { readDuration, UsageError } from './option-values.js';
import { findSetting, type Owner, SETTING_NAMES, type SettingName } from './settings.js';

interface Form {
  /** What stands after the command, `undefined` for nothing. */
  readonly subject?: string;
  readonly isSubjectOptional?: true;
  /** Options besides --json and --url, which all take. */
  readonly options?: readonly string[];
}

const KEY = 'a key, by name or id';
export const COMMANDS = {
  add: { subject: 'a member', options: ['member', 'hard', ...SETTING_NAMES] },
  set: { subject: KEY, options: ['member', 'hard', ...SETTING_NAMES] },
  list: {},
  show: { subject: KEY, options: ['member'] },
  rotate: { subject: KEY, options: ['grace'] },
  disable: { subject: KEY, options: ['member'] },
  enable: { subject: KEY, options: ['member'] },
  remove: { subject: KEY, options: ['member'] },
  invite: { subject: 'a member' },
  invites: {},
  import: { subject: 'a file', isSubjectOptional: true },
  'reset-admin': {},
  backup: {},
} as const satisfies Readonly<Record<string, Form>>;
export type CommandName = keyof typeof COMMANDS;

export interface Command {
  readonly name: CommandName;
  /** A member, key or file; empty where the command has none. */
  readonly subject: string;
  /** Fields of the request to the admin API, by their names there. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly graceSeconds: number;
  /** Whether the subject is a member. */
  readonly member: boolean;
  readonly json: boolean;
  readonly url: string | undefined;
}

/** @returns 'help' if that is asked for @throws UsageError */
export function parseCommand(args: readonly string[], now: number): Command | 'help' {
  const { values, positionals } = parse(args);
  const [name, subject, ...more] = positionals;
  if (values.help || name === 'help') return 'help';
  if (name === undefined) throw new UsageError('No command given.');
  if (!isCommand(name)) throw new UsageError(`Unknown command ${name}.`);
  checkSubject(name, subject, more);
  checkOptions(name, Object.keys(values));
  const fields = readFields(values, values.member ? 'member' : 'key', now);
  if (name === 'set' && Object.keys(fields).length === 0)
    throw new UsageError('set needs a setting, such as --rpm 60.');
  if (name === 'set' && !values.member && 'name' in fields)
    throw new UsageError('--name: the name of a key stays, since statistics and log go by it.');
  return {
    name,
    subject: subject ?? '',
    fields,
    graceSeconds: values.grace === undefined ? 0 : readDuration('--grace', values.grace) / 1000,
    member: values.member ?? false,
    json: values.json ?? false,
    url: values.url,
  };
}

type Values = ReturnType<typeof parse>['values'];

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const settings = Object.fromEntries(SETTING_NAMES.map((name) => [name, text])) as Record<
    SettingName,
    typeof text
  >;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...settings,
        grace: text,
        url: text,
        member: flag,
        hard: flag,
        json: flag,
        help: { ...flag, short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0]);
  }
}

function checkSubject(name: CommandName, subject: string | undefined, more: readonly string[]): void {
  const { subject: wanted, isSubjectOptional }: Form = COMMANDS[name];
  if (wanted !== undefined && subject === undefined && isSubjectOptional !== true)
    throw new UsageError(`${name} needs ${wanted}.`);
  const extra = wanted === undefined ? subject : more[0];
  if (extra !== undefined) throw new UsageError(`${name} does not take ${extra}.`);
}

function checkOptions(name: CommandName, given: readonly string[]): void {
  const { options = [] }: Form = COMMANDS[name];
  const extra = given.find((option) => ![...options, 'json', 'url'].includes(option));
  if (extra !== undefined) throw new UsageError(`${name} does not take --${extra}.`);
}

function readFields(values: Values, owner: Owner, now: number): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of SETTING_NAMES) {
    const text = values[name];
    if (text === undefined) continue;
    const { field, of, read } = findSetting(name);
    if (!of.includes(owner))
      throw new UsageError(
        owner === 'key'
          ? `--${name} is a setting of members: npm run keys -- set --member MEMBER --${name} …`
          : `--${name} is a setting of keys: leave --member out.`,
      );
    fields[field] = read(`--${name}`, text, now);
  }
  if (values.hard) fields.budgets = toHard(fields.budgets);
  return fields;
}

function toHard(budgets: unknown): object[] {
  if (!Array.isArray(budgets)) throw new UsageError('--hard goes with --budget: --budget 20/month --hard');
  return budgets.map((budget) => ({ ...budget, hard: true }));
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}
