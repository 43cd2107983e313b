// Prints the changelog's section for a tag: `node scripts/release-notes.mjs v0.2.0`. The release workflow publishes it.
// Fails if the tag is not package.json's version, or if the changelog has no dated section for it.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/**
 * @param {string} changelog Keep a Changelog form
 * @param {string} version without a leading v
 * @returns {string | undefined} the section's text without its heading; `undefined` if there is no dated section
 */
export function findSection(changelog, version) {
  const lines = changelog.split('\n');
  const heading = new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d{2}-\\d{2}$`);
  const start = lines.findIndex((line) => heading.test(line));
  if (start === -1) return undefined;
  const length = lines.slice(start + 1).findIndex((line) => line.startsWith('## '));
  const end = length === -1 ? lines.length : start + 1 + length;
  return lines
    .slice(start + 1, end)
    .join('\n')
    .trim();
}

function main(tag = '') {
  const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
  const { version } = JSON.parse(read('package.json'));
  if (tag !== `v${version}`) return fail(`The tag is "${tag}", package.json says ${version}.`);
  const section = findSection(read('CHANGELOG.md'), version);
  if (!section) return fail(`CHANGELOG.md has no section "## [${version}] - YYYY-MM-DD".`);
  console.log(section);
}

function fail(message) {
  console.error(message);
  process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv[2]);
