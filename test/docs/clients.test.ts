/** The set-ups of docs/clients.md are those that /docs shows. */
import { expect } from 'chai';
import { appSetups } from '../../src/pages/apps/apps.js';
import { readDocument } from './markdown.js';

const setups = appSetups({ origin: 'http://localhost:9090', model: 'GLM-4.5', key: 'sk-your-key' });

describe('The set-ups of apps in the documents', () => {
  for (const file of ['docs/clients.md', 'docs/zh-CN/clients.md']) {
    it(`are those of the pages, in the same order: ${file}`, () => {
      const headings = readDocument(file).match(/(?<=^## ).+$/gm);
      expect(headings).to.deep.equal(setups.map(({ name }) => name));
    });

    for (const { name, code, shell, settings = [] } of setups) {
      it(`have the lines of the pages: ${name} in ${file}`, () => {
        const section = readDocument(file).split(`\n## ${name}\n`)[1]?.split('\n## ')[0];
        for (const [label, value] of settings) expect(section).to.contain(`| ${label} | \`${value}\` |`);
        for (const text of [code, shell]) if (text) expect(section).to.contain(`\n${text}\n\`\`\``);
      });
    }
  }
});
