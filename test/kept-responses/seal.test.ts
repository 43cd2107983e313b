import { expect } from 'chai';
import fc from 'fast-check';
import { deriveSealing, seal, unseal } from '../../src/kept-responses/seal.js';

const ALICE = deriveSealing('sk-alice');
const BOB = deriveSealing('sk-bob');

describe('A sealed entry', () => {
  it('can be read with the same API key and name, whatever it contains', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.string(), fc.string(), (bytes, name, apiKey) => {
        const sealing = deriveSealing(apiKey);
        const sealed = seal(Buffer.from(bytes), name, sealing);
        expect(unseal(sealed, name, deriveSealing(apiKey))).to.deep.equal(Buffer.from(bytes));
      }),
    );
  });

  it('cannot be read with another API key or under another name', () => {
    const sealed = seal(Buffer.from('canary'), 'one', ALICE);
    expect(unseal(sealed, 'one', BOB)).to.equal(undefined);
    expect(unseal(sealed, 'two', ALICE)).to.equal(undefined);
  });

  it('cannot be read after a bit was changed or bytes were cut off', () => {
    const sealed = seal(Buffer.from('canary'), 'one', ALICE);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(unseal(changed, 'one', ALICE), `bit ${bit}`).to.equal(undefined);
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(unseal(sealed.subarray(0, length), 'one', ALICE), `${length} bytes`).to.equal(undefined);
    }
  });

  it('has a nonce of its own', () => {
    const nonces = new Set<string>();
    for (let index = 0; index < 20_000; index += 1) {
      nonces.add(seal(Buffer.from('same'), 'one', ALICE).toString('hex', 0, 12));
    }
    expect(nonces.size).to.equal(20_000);
  });

  it('contains neither the text nor the API key', () => {
    const sealed = seal(Buffer.from('canary '.repeat(50)), 'one', deriveSealing('sk-secret-key'));
    expect(sealed.includes('canary')).to.equal(false);
    expect(sealed.includes('sk-secret-key')).to.equal(false);
    expect(deriveSealing('sk-secret-key').owner).to.match(/^[0-9a-f]{32}$/);
    expect(ALICE.owner).not.to.equal(BOB.owner);
    expect(ALICE.key.includes(Buffer.from(ALICE.owner, 'hex'))).to.equal(false);
  });
});
