import { expect } from 'chai';
import { CallArguments } from '../../../src/upstream/openai-compatible/call-arguments.js';
import { cpuMsOf } from '../../support/cpu-time.js';

/** What of the pieces is shown, with what is held back to the end. */
function shown(...pieces: string[]): string {
  const call = new CallArguments();
  return pieces.map((piece) => call.push(piece)).join('') + call.end();
}

describe('The arguments of a call', () => {
  it('mean the same with white space between their pieces', () => {
    expect(JSON.parse(shown('{', ' ', '\n', ' ', '"a"', ': 1}'))).to.deep.equal({ a: 1 });
    expect(JSON.parse(shown('{', ' ', '}', ' ', '{"a": 1}'))).to.deep.equal({ a: 1 });
    expect(shown('{', '  ', '}', '\n')).to.equal('{ }');
    expect(shown('null', ' ', '\n')).to.equal('{}');
  });

  it('stay as they are where they are no JSON', () => {
    expect(shown('n', ' is a word')).to.equal('n is a word');
    expect(shown('n ', 'is a word')).to.equal('n is a word');
  });

  it('take time that grows with their length where a model writes white space without end', () => {
    for (const beginning of ['', '{', '{}', 'null', '{"a":']) {
      const call = new CallArguments();
      call.push(beginning);
      const readAll = () => {
        for (let count = 0; count < 50_000; count += 1) call.push('\n  ');
      };
      expect(cpuMsOf(readAll), JSON.stringify(beginning)).to.be.below(1_000);
    }
  });
});
