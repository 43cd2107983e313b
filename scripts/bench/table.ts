/** Rows → the table that people read. Pure. */
import { groupBy, type Row } from './report.js';

export function table(rows: readonly Row[]): string {
  const head = [
    '',
    'CPU ms/req',
    '±',
    '× nginx',
    '× relay',
    'req/s',
    'first byte p50',
    'p99',
    'added p50',
    'p99',
    'RSS MB',
    'failed',
  ];
  const lines: string[][] = [];
  for (const [scenario, group] of groupBy(rows, (row) => row.scenario)) {
    lines.push([scenario]);
    for (const row of group) lines.push(cells(row));
  }
  const widths = head.map((title, column) =>
    Math.max(
      title.length,
      ...lines.filter((line) => line.length > 1).map((line) => line[column]?.length ?? 0),
    ),
  );
  const show = (line: string[]) =>
    line
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ');
  const failures = rows
    .filter(({ failed }) => failed > 0)
    .map(({ scenario, target, failed, requests, problem }) => {
      return `FAILED ${failed} of ${requests}: ${target}, ${scenario}: ${problem}`;
    });
  const shown = lines.map((line) => (line.length === 1 ? `\n${line[0]}` : show(line)));
  return [show(head), ...shown, ...failures].join('\n');
}

function cells(row: Row): string[] {
  const added = row.addedFirstByteMs;
  return [
    `  ${row.target}`,
    figure(row.cpuMsPerRequest, 2),
    row.cpuSpread === undefined ? '' : `${Math.round(row.cpuSpread * 100)} %`,
    figure(row.timesNginx, 2),
    figure(row.timesRelay, 2),
    figure(row.requestsPerSecond, 0),
    figure(row.firstByteMs.p50, 1),
    figure(row.firstByteMs.p99, 1),
    figure(added?.p50, 2),
    figure(added?.p99, 2),
    figure(row.memoryMb, 0),
    String(row.failed),
  ];
}

function figure(value: number | undefined, digits: number): string {
  return value === undefined || Number.isNaN(value) ? '' : value.toFixed(digits);
}
