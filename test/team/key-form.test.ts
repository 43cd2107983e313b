import { expect } from 'chai';
import fc from 'fast-check';
import { formatKey, KEY_ALPHABET, parseKey } from '../../src/team/core/key-form.js';
import { describeSecret, makeKey } from '../../src/team/secrets.js';

const character = fc.constantFrom(...KEY_ALPHABET);
const text = (length: number) =>
  fc.array(character, { minLength: length, maxLength: length }).map((characters) => characters.join(''));
const parts = fc.record({ id: text(8), secret: text(32) });

describe('The form of managed keys', () => {
  it('gives id and secret back', () => {
    fc.assert(
      fc.property(parts, (key) => {
        expect(parseKey(formatKey(key))).to.deep.equal(key);
      }),
    );
  });

  it('has one length and a prefix that secret scanners can look for', () => {
    fc.assert(
      fc.property(parts, (key) => {
        expect(formatKey(key)).to.match(/^sk-zto-[0-9A-Za-z]{46}$/);
      }),
    );
  });

  it('notices one mistyped character, wherever it is', () => {
    fc.assert(
      fc.property(parts, fc.nat(52), fc.constantFrom(...KEY_ALPHABET, '-', ' ', 'é'), (key, at, wrong) => {
        const right = formatKey(key);
        fc.pre(right[at] !== wrong);
        expect(parseKey(right.slice(0, at) + wrong + right.slice(at + 1))).to.equal(undefined);
      }),
    );
  });

  it('notices a missing end, two characters that changed places, and text around it', () => {
    fc.assert(
      fc.property(parts, fc.integer({ min: 7, max: 51 }), (key, at) => {
        const right = formatKey(key);
        expect(parseKey(right.slice(0, -1))).to.equal(undefined);
        expect(parseKey(` ${right}`)).to.equal(undefined);
        expect(parseKey(`${right}x`)).to.equal(undefined);
        fc.pre(right[at] !== right[at + 1]);
        const swapped = right.slice(0, at) + right[at + 1] + right[at] + right.slice(at + 2);
        expect(parseKey(swapped)).to.equal(undefined);
      }),
    );
  });
});

describe('A new key', () => {
  it('is well-formed and another one each time', () => {
    const keys = Array.from({ length: 200 }, () => makeKey());
    expect(new Set(keys.map(({ text }) => text)).size).to.equal(200);
    for (const { id, text } of keys) expect(parseKey(text)?.id).to.equal(id);
  });

  it('is stored as a digest and its last four characters', () => {
    const { text, secret } = makeKey();
    expect(secret.hint).to.equal(text.slice(-4));
    expect(secret.sha256).to.match(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(secret)).not.to.contain(text.slice(7, -4));
    expect(describeSecret('short-key').hint).to.equal('');
  });
});
