import { expect } from 'chai';
import { httpError } from '../../../src/upstream/zai-web/errors.js';

const PAGE = '<!doctypehtml><html lang="zh-cn"><title>405</title><h1>405</h1></html>';

type Expected = { status: number; code: string; outcome: string; retriable: boolean };

const refused = { status: 502, code: 'upstream_refused', outcome: 'upstream_refused', retriable: false };
const failed = { status: 502, code: 'upstream_error', outcome: 'upstream_error', retriable: false };
const busy = { status: 429, code: 'upstream_busy', outcome: 'upstream_error', retriable: true };
const badRequest = { status: 400, code: 'upstream_bad_request', outcome: 'caller_error', retriable: false };
const between = { ...failed, code: 'upstream_intercepted' };

const FAILURES: [status: number, body: string, expected: Expected][] = [
  [400, '{"detail":"403: Signature validation failed. Please refresh."}', refused],
  [400, '{"detail":"Captcha verification required"}', refused],
  [400, '{"detail":"系统繁忙，请稍后再试"}', busy],
  [400, '{"detail":"system busy"}', busy],
  [400, '{"detail":"role: unknown"}', badRequest],
  [400, '{"detail":"messages: too long"}', { ...badRequest, code: 'context_length_exceeded' }],
  [400, PAGE, between],
  [403, PAGE, between],
  [407, '', between],
  [401, '{"detail":"session expired"}', { ...failed, code: 'upstream_unauthorized' }],
  [401, '', { ...failed, code: 'upstream_unauthorized' }],
  [403, '{"detail":"no permission"}', refused],
  [405, PAGE, refused],
  [426, '{"detail":"version"}', refused],
  [429, '{"detail":"Too many requests","code":429}', busy],
  [429, '', busy],
  [408, '', { ...failed, status: 504, retriable: true }],
  [500, PAGE, { ...failed, retriable: true }],
  [500, '', { ...failed, retriable: true }],
  [500, '{"detail":"Something we', { ...failed, retriable: true }],
  [502, PAGE, { ...between, retriable: true }],
  [529, '{"detail":"later"}', { ...failed, status: 503, code: 'overloaded', retriable: true }],
  [503, '{"detail":"later"}', { ...failed, status: 503, retriable: true }],
  [504, '', { ...failed, status: 504, retriable: true }],
  [404, '{"detail":"Not Found"}', failed],
  [302, '', failed],
];

describe('httpError of the web protocol', () => {
  for (const [status, body, expected] of FAILURES) {
    it(`makes ${expected.code} (${expected.status}) of ${status} ${body.slice(0, 40)}`, () => {
      expect(httpError(status, body, undefined)).to.include(expected);
    });
  }

  it('passes the upstream’s words on, but no page', () => {
    expect(httpError(500, '{"detail":"Model is\\n  asleep"}', undefined).message).to.contain(
      'It says: Model is asleep',
    );
    expect(httpError(500, PAGE, undefined).message).to.equal('The upstream failed with 500.');
    expect(httpError(503, '{"error":{"message":"nested"}}', undefined).message).to.contain('nested');
  });

  it('refers to the gateway’s log after a refusal', () => {
    for (const status of [403, 405, 426]) {
      expect(httpError(status, '', undefined).message)
        .to.contain('refuses')
        .and.contain('in its log');
    }
  });

  it('tells how long to wait', () => {
    expect(httpError(429, '', 3_000).retryAfterMs).to.equal(3_000);
    expect(httpError(503, '', 3_000).retryAfterMs).to.equal(3_000);
    expect(httpError(400, '{"detail":"system busy"}', 3_000).retryAfterMs).to.equal(3_000);
    expect(httpError(429, '', undefined).retryAfterMs).to.equal(undefined);
  });
});
