import { expect } from 'chai';
import { httpError } from '../../src/upstream/openai-compatible/error-codes.js';
import { findPauseCause } from '../../src/upstream/pause-causes.js';
import { UpstreamError } from '../../src/vocabulary/errors.js';

describe('A failure of the upstream', () => {
  const causeOf = (status: number, error: object | string, retryAfterMs?: number) =>
    findPauseCause(
      httpError(status, typeof error === 'string' ? error : JSON.stringify({ error }), retryAfterMs),
    );

  for (const [kind, scope, codes] of [
    [
      'operator',
      'credential',
      [1000, 1001, 1002, 1003, 1004, 1110, 1111, 1112, 1113, 1120, 1121, 1309, 1313],
    ],
    ['operator', 'model', [1220, 1311]],
    ['quota', 'credential', [1308, 1310]],
    ['quota', 'model', [1304]],
    ['overloaded', 'model', [1303, 1305, 1312, 1234]],
    [undefined, undefined, [1210, 1211, 1213, 1214, 1261, 1301, 1302]],
  ] as const) {
    it(`with code ${codes.join(', ')} pauses ${scope === undefined ? 'nothing' : `the ${scope}: ${kind}`}`, () => {
      for (const code of codes) {
        const cause = causeOf(429, { code: `${code}`, message: 'no' });
        expect([cause?.kind, cause?.scope, cause?.code], `${code}`).to.deep.equal([
          kind,
          scope,
          kind === undefined ? undefined : `${code}`,
        ]);
      }
    });
  }

  it('without a code of Z.ai pauses by its kind', () => {
    expect(causeOf(401, 'no')).to.include({ kind: 'operator', code: 'upstream_unauthorized' });
    expect(causeOf(402, 'no')).to.include({ kind: 'operator', code: 'insufficient_quota' });
    expect(causeOf(529, 'no')).to.include({ kind: 'overloaded', mayBeOwn: true });
    expect(causeOf(500, 'no')).to.include({ kind: 'overloaded', mayBeOwn: true });
    expect(causeOf(400, 'no')).to.equal(undefined);
    const unreachable = new UpstreamError('away', { code: 'upstream_unreachable', retriable: true });
    expect(findPauseCause(unreachable)).to.include({
      kind: 'overloaded',
      scope: 'credential',
      mayBeOwn: false,
    });
    expect(findPauseCause(new Error('bug'))).to.equal(undefined);
  });

  for (const [code, kind, scope] of [
    ['upstream_timeout', 'overloaded', 'model'],
    ['upstream_connection_lost', 'overloaded', 'model'],
    ['upstream_truncated', 'overloaded', 'model'],
    ['upstream_error', 'overloaded', 'model'],
    ['upstream_not_a_stream', 'overloaded', 'credential'],
    ['upstream_no_guest_token', 'overloaded', 'credential'],
    ['upstream_refused', 'operator', 'credential'],
  ] as const) {
    it(`with ${code} is tried elsewhere, and pauses the ${scope} only when two conversations meet it`, () => {
      const cause = findPauseCause(new UpstreamError('no', { code }));
      expect(cause).to.include({ kind, scope, code, mayBeOwn: true });
    });
  }

  it('that the prompt itself may cause is passed on', () => {
    for (const code of ['upstream_empty', 'upstream_bad_tool_call', 'upstream_event_too_large'] as const)
      expect(findPauseCause(new UpstreamError('no', { code })), code).to.equal(undefined);
  });

  it('tells when a quota is renewed', () => {
    const until = new Date(Date.now() + 7_200_000).toISOString();
    const cause = causeOf(429, { code: '1310', message: `used up until ${until}` });
    expect(cause?.endsInMs).to.be.within(7_190_000, 7_200_000);
  });
});
