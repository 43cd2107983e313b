import { expect } from 'chai';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { countTokens } from '../../src/tokens/count-tokens.js';

const count = (text: string) => countTokens(text, new AbortController().signal);

describe('countTokens', () => {
  it('counts as the tokenizer does', async () => {
    for (const text of ['', 'Hello, world!', '今天天气很好。', 'const a = [1, 2];\n', '🙂🇨🇳'])
      expect(await count(text), text).to.equal(encode(text).length);
  });

  it('counts special tokens as text', async () => {
    expect(await count('<|endoftext|>')).to.be.greaterThan(1);
  });

  const sentences = {
    English: 'The quick brown fox jumps over the lazy dog, again and again. ',
    Chinese: '今天天气很好，我们去公园玩吧。',
  };
  for (const [language, sentence] of Object.entries(sentences)) {
    it(`is within 2 % of the tokenizer for a long text in ${language}`, async () => {
      const text = sentence.repeat(2_000);
      const exact = encode(text).length;
      expect(await count(text)).to.be.within(exact * 0.98, exact * 1.02);
    });

    it(`estimates a text longer than any model’s context in ${language}`, async () => {
      const one = await count(sentence.repeat(2_000));
      expect(await count(sentence.repeat(200_000))).to.be.within(98 * one, 102 * one);
    });
  }

  it('does not block the event loop, even for text without breaks', async () => {
    let turns = 0;
    let done = false;
    const others = (async () => {
      for (; !done; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    })();
    const signs = Array.from({ length: 50_000 }, (_, i) =>
      String.fromCharCode(0x4e00 + ((i * 7_919) % 20_011)),
    );
    await count(signs.join(''));
    done = true;
    await others;
    expect(turns).to.be.greaterThan(3);
  });

  it('stops when the client has left', async () => {
    const controller = new AbortController();
    const counting = countTokens('Hello', controller.signal);
    const reason = new Error('left');
    controller.abort(reason);
    expect(await counting.catch((error: unknown) => error)).to.equal(reason);
  });
});
