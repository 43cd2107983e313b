import { expect } from 'chai';
import { toWellFormed, toWellFormedJson } from '../../src/completion/well-formed.js';

const HIGH = '\ud83d';
const LOW = '\ude00';

describe('Lone surrogates', () => {
  it('become U+FFFD in every text of a value, names of members included', () => {
    const value = JSON.parse('{"a":["x\\ud83d",{"b\\ude00":"\\ud83d\\ud83d","c":1}],"d":null,"e":"😀"}');
    expect(toWellFormed(value)).to.deep.equal({
      a: ['x\ufffd', { 'b\ufffd': '\ufffd\ufffd', c: 1 }],
      d: null,
      e: '😀',
    });
  });

  it('are replaced at either end of a text, and whole characters stay', () => {
    expect(toWellFormed(`${LOW}a${HIGH}${LOW}b${HIGH}`)).to.equal('\ufffda😀b\ufffd');
  });

  it('are replaced in JSON inside a text, where they are escaped', () => {
    expect(toWellFormedJson('{"text":"a\\ud83d"}')).to.equal('{"text":"a\ufffd"}');
    expect(toWellFormedJson('{"text":"\\uD83D\\uDE00"}')).to.equal('{"text":"😀"}');
  });

  it('leave JSON without them and broken JSON byte for byte as it is', () => {
    for (const json of ['{ "a" : "\\u00e9" }', '{"a":"\\ud83d', '', '{}']) {
      expect(toWellFormedJson(json)).to.equal(json);
    }
  });
});
