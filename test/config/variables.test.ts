import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SETTINGS_DOCUMENTS, withSettings } from '../../scripts/settings.js';
import { getUnit } from '../../src/config/value-kinds.js';
import { SECTIONS, VARIABLE_NAMES, VARIABLES } from '../../src/config/variables/variables.js';

describe('The table of variables', () => {
  it('has each variable in one section and each field once', () => {
    const listed = SECTIONS.flatMap(({ variables }) => Object.keys(variables));
    expect(listed).to.deep.equal(VARIABLE_NAMES);
    const fields = VARIABLE_NAMES.map((name) => VARIABLES[name].field);
    expect(new Set(fields)).to.have.lengthOf(fields.length);
  });

  it('says in both languages what each variable means, in one line', () => {
    for (const name of VARIABLE_NAMES) {
      const { meaning } = VARIABLES[name];
      expect(meaning.en, name).to.match(/^[^\n|]+\.$/);
      expect(meaning.zh, name).to.match(/^[^\n|]*\p{Script=Han}[^\n|]*。$/u);
    }
  });

  it('counts times in milliseconds, and in days only where the name says so', () => {
    for (const name of VARIABLE_NAMES) {
      const unit = getUnit(VARIABLES[name].kind);
      if (/_(TIMEOUT|DELAY|INTERVAL|AGE|TTL)$/.test(name)) expect(unit, name).to.equal('ms');
      expect(unit === 'days', name).to.equal(name.endsWith('_DAYS'));
    }
  });

  for (const language of ['en', 'zh'] as const) {
    const file = SETTINGS_DOCUMENTS[language];
    it(`is what ${file} shows (npm run settings writes it)`, () => {
      const document = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
      expect(document).to.equal(withSettings(document, language));
    });
  }
});
