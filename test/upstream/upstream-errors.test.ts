import { expect } from 'chai';
import { quoteUpstream, retryAfterMs } from '../../src/upstream/upstream-errors.js';

describe('quoteUpstream', () => {
  it('is one line without control characters', () => {
    expect(quoteUpstream('one\r\n\ttwo\u0000 \u200b three ')).to.equal('It says: one two three.');
    expect(quoteUpstream(' \n')).to.equal('');
  });

  it('is clipped', () => {
    const text = quoteUpstream('x'.repeat(100_000));
    expect(text).to.have.length.below(520);
    expect(text.endsWith('…')).to.equal(true);
  });

  const secrets = [
    'Authorization: Bearer some-thing_secret',
    'token eyJhbGciOiJFUzI1NiJ9.eyJpZCI6Im1lIn0.c2lnbmF0dXJl',
    `key ${'0123456789abcdef'.repeat(2)}.SecretSecret1`,
    'incorrect key sk-secret-value-1',
  ];
  for (const secret of secrets) {
    it(`hides the credential of «${secret.slice(0, 16)}…»`, () => {
      expect(quoteUpstream(`You sent ${secret}.`))
        .to.contain('[hidden]')
        .and.not.match(/secret|eyJ/i);
    });
  }
});

describe('retryAfterMs', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const cases: [header: string | undefined, ms: number | undefined][] = [
    [undefined, undefined],
    ['0', 0],
    ['2', 2_000],
    [' 1.5 ', 1_500],
    ['Thu, 01 Jan 2026 00:00:04 GMT', 4_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
    ['-3x', undefined],
  ];
  for (const [header, ms] of cases) {
    it(`reads ${JSON.stringify(header)} as ${ms}`, () => {
      expect(retryAfterMs(header, undefined, now)).to.equal(ms);
    });
  }

  it('goes by milliseconds where they are told as well', () => {
    expect(retryAfterMs('2', '1500', now)).to.equal(1_500);
    expect(retryAfterMs(undefined, ' 20.5 ', now)).to.equal(21);
    expect(retryAfterMs('2', 'soon', now)).to.equal(2_000);
  });
});
