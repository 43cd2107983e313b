import { expect } from 'chai';
import { parseJson } from '../src/json.js';

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('parseJson', () => {
  it('reads JSON of a thousand levels, and nothing deeper', () => {
    expect(parseJson(nested(1_000))).to.be.an('array');
    expect(parseJson(nested(1_001))).to.equal(undefined);
    expect(parseJson(nested(1_000_000))).to.equal(undefined);
  });

  it('counts no brackets in texts', () => {
    const text = JSON.stringify({ a: '[{"\\'.repeat(5_000) });
    expect(parseJson(text)).to.deep.equal({ a: '[{"\\'.repeat(5_000) });
  });

  it('reads nothing of what is not JSON', () => {
    expect(parseJson('{')).to.equal(undefined);
    expect(parseJson('')).to.equal(undefined);
  });
});
