import { expect } from 'chai';
import { StopAutomaton } from '../../src/completion/stop-automaton.js';

/** Look-ups that `work` makes in maps. */
function lookups(work: () => void): number {
  const { get } = Map.prototype;
  let count = 0;
  Map.prototype.get = function (key) {
    count += 1;
    return get.call(this, key);
  };
  try {
    work();
  } finally {
    Map.prototype.get = get;
  }
  return count;
}

describe('StopAutomaton', () => {
  it('tells how much of the end may be the beginning of a text', () => {
    const automaton = new StopAutomaton(['aab']);
    automaton.read('xaaa');
    expect(automaton.pending).to.equal(2);
    automaton.reset();
    expect(automaton.pending).to.equal(0);
  });

  it('finds a text that ends within a longer one', () => {
    expect(new StopAutomaton(['abcd', 'bc']).read('xabcd')).to.deep.equal({ text: 'bc', end: 4 });
  });

  it('ignores empty texts', () => {
    expect(new StopAutomaton(['', 'b']).read('ab')).to.deep.equal({ text: 'b', end: 2 });
  });

  it('makes at most two look-ups for each character, for the worst texts there are', () => {
    const texts = Array.from({ length: 16 }, (_, n) => `${'a'.repeat(999 - n)}b`);
    const automaton = new StopAutomaton(texts);
    const piece = `${'a'.repeat(998)}c`.repeat(100);
    const count = lookups(() => expect(automaton.read(piece)).to.equal(undefined));
    expect(count).to.be.within(piece.length, 2 * piece.length);
  });

  it('reads a character at a time as it reads all at once', () => {
    const texts = ['aab', 'ba', 'cc'];
    for (const whole of ['aaacab', 'caab', 'abab', 'accc']) {
      const once = new StopAutomaton(texts).read(whole);
      const piecewise = new StopAutomaton(texts);
      const at = [...whole].findIndex((character) => piecewise.read(character) !== undefined);
      expect(at === -1 ? undefined : at + 1).to.equal(once?.end);
    }
  });
});
