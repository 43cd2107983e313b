/** The set-ups of apps that the documentation shows. */
import { expect } from 'chai';
import { appSetups } from '../../src/pages/apps/apps.js';

const setups = appSetups({ origin: 'https://ai.example.com', model: 'org/model', key: 'KEY' });

describe('Set-ups of apps', () => {
  for (const { name, where, settings = [], code = '' } of setups) {
    it(`name this gateway: ${name}`, () => {
      const values = [code, ...settings.map(([, value]) => value)].join('\n');
      expect(values).to.contain('https://ai.example.com');
      expect(where.en && where.zh, 'where it is set').to.not.equal('');
      // JSON set-ups are pasted into JSON files.
      if (code.startsWith('{')) expect(JSON.parse(code)).to.be.an('object');
    });
  }

  it('name the endpoint that an agent with its own protocol needs', () => {
    const needs = setups.flatMap(({ name, needs }) => (needs ? [`${name}: ${needs}`] : []));
    expect(needs).to.deep.equal(['Claude Code: /v1/messages', 'Codex: /v1/responses']);
  });

  it('give Anthropic’s clients the address without /v1', () => {
    const claude = setups.find(({ name }) => name === 'Claude Code');
    expect(claude?.code).to.match(/^export ANTHROPIC_BASE_URL=https:\/\/ai\.example\.com$/m);
  });
});
