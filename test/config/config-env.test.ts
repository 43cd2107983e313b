import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { expect } from 'chai';
import { loadConfig } from '../../src/config/config.js';
import { SECTIONS, VARIABLE_NAMES, VARIABLES } from '../../src/config/variables/variables.js';
import { skip } from '../support/skip.js';

const path = new URL('../../config.env', import.meta.url);

describe('config.env', () => {
  let text: string;

  before(function () {
    if (!existsSync(path)) skip(this, 'config.env is missing');
    text = readFileSync(path, 'utf8');
  });

  it('has every variable once, in the order of the table, and no other', () => {
    const named = [...text.matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name);
    expect(named).to.deep.equal(VARIABLE_NAMES);
  });

  it('has the titles of the table’s sections', () => {
    const titles = [...text.matchAll(/^# --- (.*?) -+$/gm)].map(([, title]) => title);
    expect(titles).to.deep.equal(SECTIONS.map(({ title }) => title.en));
  });

  it('says above every variable what the table says of it', () => {
    for (const name of VARIABLE_NAMES) {
      const { meaning, whenUnset } = VARIABLES[name];
      const beginning = whenUnset === undefined ? meaning.en : `${meaning.en} Default: ${whenUnset.en}.`;
      expect(commentOf(name), name).to.match(new RegExp(`^${escapePattern(beginning)}( |$)`));
    }
  });

  it('sets every variable to its default, and leaves those unset that have none', () => {
    const values = parseEnv(text);
    for (const name of VARIABLE_NAMES) {
      const { default: value, whenUnset } = VARIABLES[name];
      expect(values[name] ?? '', name).to.equal(whenUnset === undefined ? (value ?? '') : '');
    }
    expect(loadConfig(values)).to.deep.equal(loadConfig({}));
  });

  /** The comment right above the variable, as one line. */
  function commentOf(name: string): string {
    const lines = text.split('\n');
    const at = lines.findIndex((line) => new RegExp(`^#?${name}=`).test(line));
    const first = lines
      .slice(0, at)
      .findLastIndex((line) => !line.startsWith('# ') || line.startsWith('# ---'));
    return lines
      .slice(first + 1, at)
      .map((line) => line.replace(/^# */, ''))
      .join(' ');
  }
});

function escapePattern(words: string): string {
  return words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
