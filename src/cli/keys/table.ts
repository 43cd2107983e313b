/** Keys, members and invites for a terminal. Pure. */
import { printableLine } from '../../printable.js';
import type { Answer } from './admin-client.js';
import type { TeamLists } from './team.js';

type Columns = readonly (readonly [title: string, cell: (row: Answer) => string])[];

const KEY_COLUMNS: Columns = [
  ['NAME', ({ name }) => String(name ?? '-')],
  ['ID', ({ id }) => String(id ?? '-')],
  ['MEMBER', ({ member }) => String(member ?? '-')],
  ['STATE', ({ state, source }) => (source === 'environment' ? 'environment' : String(state))],
  ['RPM', ({ requests_per_minute: rate }) => String(rate ?? '-')],
  ['MODELS', ({ models }) => (Array.isArray(models) ? models.join(',') : '-')],
  ['EXPIRES', ({ expires_at: end }) => formatEnd(end)],
  ['ENDS WITH', ({ secrets }) => (Array.isArray(secrets) ? String(secrets[0]?.ends_with || '-') : '-')],
];

const INVITE_COLUMNS: Columns = [
  ['MEMBER', ({ member }) => String(member)],
  ['UNTIL', ({ expires_at: end }) => formatEnd(end)],
  ['INVITED', ({ created_at: time }) => formatEnd(time)],
  ['BY', ({ created_by: who }) => String(who)],
];

/** Minutes, in UTC. */
export function formatTime(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

/** All keys, then open invites, then members who have neither. */
export function formatTeam({ keys, members, invites }: TeamLists): string {
  const disabled = new Set(members.filter(({ state }) => state === 'disabled').map(({ id }) => id));
  const rows = [
    ...keys.map((key) => (disabled.has(key.member) ? { ...key, state: 'member disabled' } : key)),
    ...invites.map(({ member, expires_at }) => ({ member, expires_at, state: 'invited' })),
    ...members
      .filter(({ id, keys: own }) => isEmpty(own) && !invites.some(({ member }) => member === id))
      .map(({ id }) => ({ member: id, state: 'no key' })),
  ];
  return rows.length === 0 ? 'There are no keys.' : formatTable(KEY_COLUMNS, rows);
}

export function formatInvites(invites: readonly Answer[]): string {
  return invites.length === 0 ? 'There are no open invites.' : formatTable(INVITE_COLUMNS, invites);
}

/** Every setting that is there, by the admin API's name for it. */
export function formatDetails(what: string, answer: Answer): string {
  const given = Object.entries(answer).filter(
    ([, value]) => value !== null && value !== '' && !isEmpty(value),
  );
  const lines = given.map(([name, value]) => [name.replaceAll('_', ' '), formatValue(value)] as const);
  const width = Math.max(...lines.map(([label]) => label.length));
  return [what, ...lines.map(([label, text]) => `  ${label.padEnd(width)}  ${printableLine(text)}`)].join(
    '\n',
  );
}

function formatTable(columns: Columns, entries: readonly Answer[]): string {
  const rows = [
    columns.map(([title]) => title),
    ...entries.map((one) => columns.map(([, cell]) => cell(one))),
  ];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => row.map(printableLine))
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function formatEnd(time: unknown): string {
  return typeof time === 'string' ? formatTime(time) : '-';
}

function formatValue(value: unknown): string {
  if (typeof value === 'string')
    return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? `${formatTime(value)} UTC` : value;
  if (Array.isArray(value)) return value.map(formatValue).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  const parts = Object.entries(value).filter(([, part]) => part !== null);
  return parts.map(([name, part]) => `${name.replaceAll('_', ' ')} ${formatValue(part)}`).join(' ');
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
