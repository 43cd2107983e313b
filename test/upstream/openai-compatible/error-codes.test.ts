import { expect } from 'chai';
import { httpError } from '../../../src/upstream/openai-compatible/error-codes.js';

interface Expected {
  status: number;
  code: string;
  outcome: string;
  retriable: boolean;
}

const credential = {
  status: 502,
  code: 'upstream_unauthorized',
  outcome: 'upstream_error',
  retriable: false,
};
const noBalance = { status: 429, code: 'insufficient_quota', outcome: 'upstream_error', retriable: false };
const badRequest = { status: 400, code: 'upstream_bad_request', outcome: 'caller_error', retriable: false };
const noModel = { status: 404, code: 'model_not_found', outcome: 'caller_error', retriable: false };
const wrongUrl = { status: 502, code: 'upstream_wrong_url', outcome: 'upstream_error', retriable: false };
const tooLong = { status: 400, code: 'context_length_exceeded', outcome: 'caller_error', retriable: false };
const filtered = { status: 400, code: 'content_filter', outcome: 'caller_error', retriable: false };
const busy = { status: 429, code: 'upstream_busy', outcome: 'upstream_error', retriable: true };
const usedUp = { ...busy, retriable: false };
const notAllowed = { status: 403, code: 'upstream_refused', outcome: 'upstream_refused', retriable: false };
const failed = { status: 502, code: 'upstream_error', outcome: 'upstream_error', retriable: true };

/** Section 4.4 of the protocol notes: every code, at the HTTP status it comes with. */
const CODES: [codes: number[], status: number, expected: Expected][] = [
  [[1000, 1001, 1002, 1003, 1004], 401, credential],
  [[1110, 1111, 1112, 1113, 1120, 1121], 429, noBalance],
  [[1210, 1213, 1214, 1215, 1231], 400, badRequest],
  [[1211, 1212], 400, noModel],
  [[1220, 1221, 1222], 403, credential],
  [[1230, 1234], 500, failed],
  [[1261], 400, tooLong],
  [[1300, 1301], 400, filtered],
  [[1302, 1303, 1305], 429, busy],
  [[1304, 1308, 1310], 429, usedUp],
  [[1311, 1313], 403, notAllowed],
  [[1312], 503, { ...failed, status: 503 }],
];

const STATUSES: [status: number, body: unknown, expected: Expected][] = [
  [400, { error: { message: 'temperature out of range', param: 'temperature' } }, badRequest],
  [
    400,
    { object: 'error', message: "This model's maximum context length is 131072 tokens", code: 400 },
    tooLong,
  ],
  [400, { detail: 'broken' }, badRequest],
  [401, { error: 'Unauthorized' }, credential],
  [403, '', credential],
  [402, '', noBalance],
  [404, { error: { message: 'The model `x` does not exist.', code: 404 } }, noModel],
  [404, { error: '模型不存在' }, noModel],
  [404, { detail: 'Not Found' }, wrongUrl],
  [404, { error: { message: 'Not Found' } }, wrongUrl],
  [404, '<html>nginx</html>', wrongUrl],
  [405, { detail: 'Method Not Allowed' }, wrongUrl],
  [302, '', wrongUrl],
  [408, '', { ...failed, status: 504 }],
  [422, { detail: 'no' }, badRequest],
  [434, { error: { message: 'no' } }, badRequest],
  [429, '', busy],
  [500, '', failed],
  [500, '{"error":{"mess', failed],
  [502, '<html>Bad Gateway</html>', failed],
  [503, { error: { message: 'no worker' } }, { ...failed, status: 503 }],
  [504, '', { ...failed, status: 504 }],
  [529, { error: { message: 'overloaded' } }, failed],
];

describe('httpError of OpenAI-compatible upstreams', () => {
  for (const [codes, status, expected] of CODES) {
    for (const code of codes) {
      it(`makes ${expected.code} (${expected.status}) of Z.ai’s ${code}, as text and as number`, () => {
        for (const said of [String(code), code]) {
          const body = JSON.stringify({ error: { code: said, message: 'It went wrong.' } });
          expect(httpError(status, body, undefined)).to.include(expected);
        }
      });
    }
  }

  for (const [status, body, expected] of STATUSES) {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    it(`makes ${expected.code} (${expected.status}) of ${status} ${text.slice(0, 50)}`, () => {
      expect(httpError(status, text, undefined)).to.include(expected);
    });
  }

  it('quotes the upstream once', () => {
    for (const code of [1230, 1312, 1302, 1210]) {
      const { message } = httpError(500, JSON.stringify({ error: { code, message: 'Said.' } }), undefined);
      expect(message.split('It says: Said.')).to.have.length(2);
      expect(message).to.contain(String(code));
    }
  });

  it('never quotes the upstream about the credential, which it may contain', () => {
    const body = JSON.stringify({ error: { code: '1002', message: 'Token my-secret-token is invalid' } });
    const { message } = httpError(401, body, undefined);
    expect(message).to.contain('ZAI_TOKEN');
    expect(message).to.not.contain('my-secret-token');
  });

  it('tells with 1113 that other keys need another UPSTREAM_URL', () => {
    const body = JSON.stringify({ error: { code: '1113', message: 'Insufficient balance' } });
    expect(httpError(429, body, undefined).message)
      .to.match(/[Cc]oding-plan/)
      .and.match(/UPSTREAM_URL/);
  });

  it('tells how long to wait', () => {
    expect(httpError(429, '', '7').retryAfterMs).to.equal(7_000);
    expect(httpError(503, '', '7').retryAfterMs).to.equal(7_000);
    const quota = JSON.stringify({ error: { code: '1308' } });
    expect(httpError(429, quota, '600').retryAfterMs).to.equal(600_000);
  });

  it('names the field at fault', () => {
    const body = JSON.stringify({ error: { message: 'no', param: 'top_p' } });
    expect(httpError(400, body, undefined).param).to.equal('top_p');
  });
});
