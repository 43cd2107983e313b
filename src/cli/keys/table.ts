/** Keys as a table for a terminal. Pure. */
import type { Answer } from './admin-client.js';

const COLUMNS: readonly (readonly [title: string, cell: (key: Answer) => string])[] = [
  ['NAME', ({ name }) => String(name)],
  ['ID', ({ id }) => String(id ?? '-')],
  ['MEMBER', ({ member }) => String(member ?? '-')],
  ['STATE', ({ state, source }) => (source === 'environment' ? 'environment' : String(state))],
  ['RPM', ({ requests_per_minute: rate }) => String(rate ?? '-')],
  ['MODELS', ({ models }) => (Array.isArray(models) ? models.join(',') : '-')],
  ['EXPIRES', ({ expires_at: end }) => (typeof end === 'string' ? formatTime(end) : '-')],
  ['ENDS WITH', ({ secrets }) => (Array.isArray(secrets) ? String(secrets[0]?.ends_with || '-') : '-')],
];

/** Minutes, in UTC. */
export function formatTime(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

export function formatTable(keys: readonly Answer[]): string {
  if (keys.length === 0) return 'There are no keys.';
  const rows = [COLUMNS.map(([title]) => title), ...keys.map((key) => COLUMNS.map(([, cell]) => cell(key)))];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
