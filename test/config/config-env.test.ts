import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { expect } from 'chai';
import { loadConfig, VARIABLE_NAMES } from '../../src/config/config.js';

const path = new URL('../../config.env', import.meta.url);

describe('config.env', () => {
  let text: string;

  before(function () {
    if (!existsSync(path)) {
      const suite = this.test?.parent as unknown as { skipReason: string };
      suite.skipReason = 'config.env is not there';
      this.skip();
    }
    text = readFileSync(path, 'utf8');
  });

  it('has a line for every variable, as NAME= or as #NAME=value', () => {
    const missing = VARIABLE_NAMES.filter((name) => !new RegExp(`^(?:# ?)?${name}=`, 'm').test(text));
    expect(missing).to.deep.equal([]);
  });

  it('has a line for no variable that does not exist', () => {
    const named = [...text.matchAll(/^(?:# ?)?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name ?? '');
    expect(named).to.have.length.greaterThan(10);
    expect(named.filter((name) => !VARIABLE_NAMES.includes(name))).to.deep.equal([]);
  });

  it('sets nothing to anything but its default', () => {
    const values = parseEnv(text);
    for (const [name, value] of Object.entries(values)) {
      expect(loadConfig({ [name]: value }), name).to.deep.equal(loadConfig({}));
    }
    expect(loadConfig(values)).to.deep.equal(loadConfig({}));
  });

  it('leaves unset what would count as setting it', () => {
    const values = parseEnv(text);
    for (const name of ['DEFAULT_KEY', 'UPSTREAM_URL', 'ZAI_TOKEN', 'API_KEYS', 'MODEL_ALIASES']) {
      expect(values[name] ?? '', name).to.equal('');
    }
  });
});
