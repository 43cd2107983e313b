import { expect } from 'chai';
import fc from 'fast-check';
import { compileGlob } from '../src/glob.js';

describe('compileGlob', () => {
  const cases: [glob: string, name: string, matches: boolean][] = [
    ['gpt-*', 'GPT-4o', true],
    ['gpt-*', 'gpt-', true],
    ['gpt-*', 'chatgpt-4o', false],
    ['*', '', true],
    ['*haiku*', 'claude-3-5-haiku-latest', true],
    ['claude-*haiku*', 'claude-sonnet', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['ab*b', 'ab', false],
    ['*ab*ab*', 'abab', true],
    ['*ab*ba*', 'aba', false],
    ['glm-4.5', 'GLM-4.5', true],
    ['glm-4.5', 'glm-4x5', false],
    ['[a-z]*', 'b', false],
    ['a*b*c', 'a\nb\nc', true],
  ];
  for (const [glob, name, matches] of cases) {
    it(`${JSON.stringify(glob)} ${matches ? 'matches' : 'does not match'} ${JSON.stringify(name)}`, () => {
      expect(compileGlob(glob)(name)).to.equal(matches);
    });
  }

  it('agrees with the regular expression that means the same', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '*', '-'), maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 10 });
    fc.assert(
      fc.property(word, name, (glob, text) => {
        const pattern = new RegExp(`^${glob.split('*').join('.*')}$`, 's');
        expect(compileGlob(glob)(text)).to.equal(pattern.test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('answers a pattern of a hundred stars that a backtracking matcher would not finish', () => {
    const matches = compileGlob(`${'*a'.repeat(100)}*b`);
    expect(matches('a'.repeat(200))).to.equal(false);
  });
});
