import { expect } from 'chai';
import { printableLine } from '../src/printable.js';

describe('printableLine', () => {
  const cases: [what: string, text: string, shown: string][] = [
    ['leaves ordinary names as they are', 'GLM-4.5 智谱 🤖', 'GLM-4.5 智谱 🤖'],
    ['drops line ends', 'a\r\nINFO forged', 'aINFO forged'],
    ['drops the escapes of terminals, of one byte too', 'a\u001b[31mred\u009b31m', 'a[31mred31m'],
    ['drops what turns the direction of text', 'a\u202egnp.exe\u2066\u2069', 'agnp.exe'],
    ['drops line and paragraph separators', 'a\u2028b\u2029c', 'abc'],
    ['drops what is not seen', 'a\u200b\ufeff\u00ad\u0000b', 'ab'],
    ['drops halves of characters', 'a\ud83d', 'a'],
  ];
  for (const [what, text, shown] of cases) {
    it(what, () => expect(printableLine(text)).to.equal(shown));
  }

  it('ends after 200 characters, and never in the middle of one', () => {
    expect(printableLine('x'.repeat(1_000))).to.have.length(200);
    expect(printableLine(`${'x'.repeat(199)}🤖`)).to.equal('x'.repeat(199));
  });
});
