/** Writes CSV (RFC 4180). Pure. */

export function formatCsvLines(lines: readonly (readonly (string | number)[])[]): string {
  return lines.map((cells) => `${cells.map((cell) => formatCell(String(cell))).join(',')}\r\n`).join('');
}

/** Quotes a cell. An apostrophe keeps spreadsheets from running text that begins like a formula. */
export function formatCell(text: string): string {
  const safe = /^\s*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
