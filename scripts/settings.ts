// Writes the tables of variables in docs/: `npm run settings`. They are made of src/config/variables/.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { getUnit, type Unit } from '../src/config/value-kinds.js';
import type { Section, Text, Variable } from '../src/config/variables/variable.js';
import { SECTIONS } from '../src/config/variables/variables.js';

type Language = keyof Text;

/** The documents that have the tables, relative to the project's folder. */
export const SETTINGS_DOCUMENTS: Readonly<Record<Language, string>> = {
  en: 'docs/configuration.md',
  zh: 'docs/zh-CN/configuration.md',
};

const BEGIN = '<!-- settings: written by `npm run settings` -->';
const END = '<!-- /settings -->';
const HEADS: Readonly<Record<Language, string>> = {
  en: '| variable | default | meaning |',
  zh: '| 变量 | 默认值 | 说明 |',
};
const NONE: Text = { en: 'none', zh: '无' };
const UNITS: Readonly<Record<Unit, Text>> = {
  ms: { en: ' ms', zh: ' 毫秒' },
  days: { en: ' days', zh: ' 天' },
  'requests/min': { en: ' requests a minute', zh: ' 次/分钟' },
};

/** @returns the document with its tables made anew. Throws if it has no place for them. */
export function withSettings(document: string, language: Language): string {
  const [before, rest] = document.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined) throw new Error(`${BEGIN} … ${END} is missing`);
  const tables = SECTIONS.map((section) => sectionTable(section, language)).join('\n\n');
  return `${before}${BEGIN}\n\n${tables}\n\n${END}${after}`;
}

function sectionTable({ title, variables }: Section, language: Language): string {
  const rows = Object.entries(variables).map(
    ([name, variable]) =>
      `| \`${name}\` | ${describeDefault(variable, language)} | ${variable.meaning[language]} |`,
  );
  return [`### ${title[language]}`, '', HEADS[language], '|---|---|---|', ...rows].join('\n');
}

function describeDefault({ whenUnset, default: text, kind }: Variable, language: Language): string {
  if (whenUnset !== undefined) return whenUnset[language];
  if (text === undefined) return NONE[language];
  const unit = getUnit(kind);
  return `\`${text}\`${unit === undefined ? '' : UNITS[unit][language]}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = path.dirname(path.dirname(process.argv[1]));
  for (const language of ['en', 'zh'] as const) {
    const file = path.join(root, SETTINGS_DOCUMENTS[language]);
    writeFileSync(file, withSettings(readFileSync(file, 'utf8'), language));
  }
}
