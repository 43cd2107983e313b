// The closing lines of a test run, in one part or in several.
'use strict';

/**
 * Lists the skipped tests, then prints the line that CI looks for: exactly this form, alone on its line, once per run.
 * @param {{ passes: number, failures: number, skipped: string[] }[]} parts
 */
function formatEnd(parts) {
  const skipped = parts.flatMap((part) => part.skipped);
  const sum = (name) => parts.reduce((total, part) => total + part[name], 0);
  const lines = [`${sum('passes')} passed, ${sum('failures')} failed`];
  if (skipped.length > 0) {
    lines.unshift(
      `${skipped.length} SKIPPED, so not tested here:`,
      ...skipped.map((title) => `  - ${title}`),
      '',
    );
  }
  return lines.join('\n');
}

module.exports = { formatEnd };
