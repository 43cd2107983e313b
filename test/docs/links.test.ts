/** Links and anchors of the documents, and what the READMEs promise to be. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect } from 'chai';
import { anchors, documents, links, PROJECT, proseLines, readDocument } from './markdown.js';

const MAX_README_LINES = 200;

describe('The documents', () => {
  for (const file of documents()) {
    it(`have links and anchors that resolve: ${file}`, () => {
      const broken = links(file).filter(({ target }) => !resolves(file, target));
      expect(broken).to.deep.equal([]);
    });
  }

  it('are found, and their broken links are noticed', () => {
    expect(documents()).to.include.members(['README.md', 'docs/api.md', 'docs/zh-CN/api.md', 'SECURITY.md']);
    expect(links('README.md').length).to.be.greaterThan(20);
    for (const target of [
      'docs/missing.md',
      '#missing',
      'docs/api.md#missing',
      'http://',
      'docs/images/missing.png',
    ])
      expect(resolves('README.md', target), target).to.equal(false);
  });

  it('list every decision with its date and title', () => {
    const folder = 'docs/decisions';
    const decisions = readdirSync(join(PROJECT, folder)).filter((name) => /^\d/.test(name));
    const lines = decisions.map((name) => {
      const [title = '', , date] = readDocument(`${folder}/${name}`).split('\n');
      return `- ${date}: [${title.replace('# ', '')}](${name})`;
    });
    const index = readDocument(`${folder}/README.md`);
    expect(lines.filter((line) => !index.includes(line))).to.deep.equal([]);
    expect(decisions.filter((name) => !index.includes(`- ${name.slice(0, 10)}: `))).to.deep.equal([]);
  });

  for (const file of ['README.md', 'README.zh-CN.md']) {
    describe(file, () => {
      const lines = readDocument(file).split('\n');
      const firstLine = (pattern: RegExp) => lines.findIndex((line) => pattern.test(line)) + 1;

      it(`has at most ${MAX_README_LINES} lines`, () => {
        expect(lines.length - 1).to.be.at.most(MAX_README_LINES);
      });

      it('shows the demo within 25 lines', () => {
        expect(firstLine(/^npm run demo$/)).to.be.within(1, 25);
      });

      it('shows the set-up for one key within 60 lines, and nothing about teams before it', () => {
        const request = firstLine(/curl -N /);
        expect(firstLine(/ZAI_TOKEN=/)).to.be.within(1, request);
        expect(request).to.be.within(1, 60);
        expect(firstLine(/API_KEYS/)).to.be.greaterThan(request);
      });
    });
  }

  it('in English and Chinese have the same sections in their READMEs', () => {
    const levels = (file: string) => proseLines(file).flatMap(({ text }) => text.match(/^##? /) ?? []);
    expect(levels('README.zh-CN.md')).to.deep.equal(levels('README.md'));
  });
});

function resolves(file: string, target: string): boolean {
  if (/^[a-z]+:/.test(target)) return URL.canParse(target) && new URL(target).hostname.includes('.');
  const [path = '', anchor] = target.split('#');
  const linked = path === '' ? file : normalize(join(dirname(file), path));
  if (!existsSync(join(PROJECT, linked))) return false;
  return anchor === undefined || (linked.endsWith('.md') && anchors(linked).has(decodeURIComponent(anchor)));
}
