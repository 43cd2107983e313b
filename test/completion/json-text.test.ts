import { expect } from 'chai';
import fc from 'fast-check';
import { JsonText } from '../../src/completion/json-text.js';
import { cut } from './events.js';

function found(openings: string, pieces: string[]): { json: string; held: string } {
  const text = new JsonText(openings);
  const json = pieces.map((piece) => text.push(piece)).join('');
  return { json, held: text.release() };
}

describe('JsonText', () => {
  const cases: [what: string, openings: string, given: string, json: string][] = [
    ['takes bare JSON as it is', '{', '{"a": [1, {"b": 2}]}', '{"a": [1, {"b": 2}]}'],
    ['leaves out space around it', '{', ' \n{"a":1}\n\n', '{"a":1}'],
    ['leaves out a fence', '{', '```json\n{"a":1}\n```\n', '{"a":1}'],
    ['leaves out words before and after', '{', 'Here [as you] like: {"a":1}. Enjoy {it}!', '{"a":1}'],
    ['finds a list', '[', 'The list: [1,[2]] of numbers', '[1,[2]]'],
    ['finds either where either may come', '{[', 'so: [{"a":"]"}] !', '[{"a":"]"}]'],
    ['does not count brackets in texts', '{', '{"a":"}}\\"}","b":"\\\\"} tail', '{"a":"}}\\"}","b":"\\\\"}'],
    ['keeps a fence that is part of a text', '{', '{"a":"```json {} ```"}', '{"a":"```json {} ```"}'],
    ['gives what there is of JSON without an end', '{', '```\n{"a": "x', '{"a": "x'],
    ['takes everything where the root is neither', '', '"a {text}" ', '"a {text}" '],
    ['keeps other scripts and emoji', '{', '好的：{"答案":"结束🙂{"} 完', '{"答案":"结束🙂{"}'],
  ];

  for (const [what, openings, given, json] of cases) {
    it(`${what}, wherever it is cut`, () => {
      for (const size of [1, 2, 3, 7, given.length]) {
        const sizes = Array<number>(given.length).fill(size);
        expect(found(openings, cut(given, sizes)), `cut every ${size}`).to.deep.equal({ json, held: '' });
      }
    });
  }

  it('holds words back as long as no JSON has begun, and gives them up once', () => {
    const text = new JsonText('{');
    expect(text.push('I am ') + text.push('sorry.')).to.equal('');
    expect(text.release()).to.equal('I am sorry.');
    expect(text.release()).to.equal('');
    expect(text.push('{}')).to.equal('{}');
  });

  it('finds any JSON between any words that do not begin one', () => {
    const words = fc.string().map((text) => text.replaceAll(/[{[]/g, '('));
    const value = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()));
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }));
    fc.assert(
      fc.property(words, value, fc.string(), sizes, (before, wanted, after, cuts) => {
        const json = JSON.stringify(wanted);
        expect(found('{[', cut(before + json + after, cuts)).json).to.equal(json);
      }),
    );
  });
});
