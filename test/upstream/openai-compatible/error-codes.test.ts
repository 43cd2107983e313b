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
const notAllowed = {
  status: 403,
  code: 'upstream_not_allowed',
  outcome: 'upstream_refused',
  retriable: false,
};
const notAvailable = { ...notAllowed, code: 'model_not_available' };
const failed = { status: 502, code: 'upstream_error', outcome: 'upstream_error', retriable: true };
const overloaded = { ...failed, status: 503, code: 'overloaded' };
const unsupported = { ...badRequest, code: 'unsupported_content' };
const between = { ...failed, code: 'upstream_intercepted', retriable: false };
const tooLarge = { status: 413, code: 'request_too_large', outcome: 'caller_error', retriable: false };

/** Z.ai's codes, at the HTTP status they come with. */
const CODES: [codes: number[], status: number, expected: Expected][] = [
  [[1000, 1001, 1002, 1003, 1004], 401, credential],
  [[1110, 1111, 1112, 1113, 1120, 1121, 1309], 429, noBalance],
  [[1210, 1213, 1214, 1215, 1231], 400, badRequest],
  [[1211, 1212], 400, noModel],
  [[1220], 403, notAvailable],
  [[1221], 403, notAllowed],
  [[1222], 404, wrongUrl],
  [[1230, 1234], 500, failed],
  [[1261], 400, tooLong],
  [[1300, 1301], 400, filtered],
  [[1302], 429, { ...busy, retriable: false }],
  [[1303], 429, busy],
  [[1304], 429, { ...busy, retriable: false }],
  [[1305], 429, overloaded],
  [[1308, 1310], 429, noBalance],
  [[1311, 1313], 403, notAllowed],
  [[1312], 503, overloaded],
];

const STATUSES: [status: number, body: unknown, expected: Expected][] = [
  [400, { error: { message: 'temperature out of range', param: 'temperature' } }, badRequest],
  [400, { detail: 'broken' }, badRequest],
  [400, 'plain words', badRequest],
  [401, { error: 'Unauthorized' }, credential],
  [401, '<html>Basic authentication</html>', credential],
  [403, { error: { message: 'key not allowed' } }, credential],
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
  [429, { error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } }, noBalance],
  [500, '', failed],
  [500, { code: 500, msg: '404 NOT_FOUND', success: false }, wrongUrl],
  [500, '{"error":{"mess', failed],
  [500, '<html>Internal Server Error</html>', failed],
  [503, { error: { message: 'no worker' } }, { ...failed, status: 503 }],
  [504, '', { ...failed, status: 504 }],
  [529, { error: { message: 'busy' } }, overloaded],
  [529, '', overloaded],
  [500, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, overloaded],
  [503, { message: 'The request queue is full.' }, overloaded],
  [429, { error: { message: '该模型当前访问量过大，请您稍后再试' } }, overloaded],
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

  describe('from something in between', () => {
    const page = '<!DOCTYPE html><html><head><title>403\n Forbidden</title></head><body>secret</body></html>';
    const cases: [status: number, body: string, expected: Expected][] = [
      [403, page, between],
      [403, 'RBAC: access denied', between],
      [403, '', between],
      [407, page, between],
      [407, '{"error":"proxy"}', between],
      [400, page, between],
      [502, page, { ...between, retriable: true }],
      [503, page, { ...between, status: 503, retriable: true }],
      [504, page, { ...between, status: 504, retriable: true }],
      [522, page, { ...between, retriable: true }],
      [429, page, busy],
      [413, page, tooLarge],
      [413, '', tooLarge],
    ];
    for (const [status, body, expected] of cases) {
      it(`makes ${expected.code} (${expected.status}) of ${status} ${body.slice(0, 25)}`, () => {
        const error = httpError(status, body, undefined);
        expect(error).to.include(expected);
        expect(error.message).to.not.contain('ZAI_TOKEN').and.to.not.contain('secret');
      });
    }

    it('names the page by its title, and quotes words that are no page', () => {
      expect(httpError(403, page, undefined).message).to.contain(
        'Something between the gateway and the upstream answered 403 with a page (“403 Forbidden”).',
      );
      expect(httpError(403, 'RBAC: access denied', undefined).message).to.contain(
        'It says: RBAC: access denied.',
      );
    });
  });

  describe('finds the words of an error in any shape', () => {
    const shapes: Record<string, unknown> = {
      'OpenAI’s': {
        error: { message: 'no such thing', type: 'invalid_request_error', param: null, code: null },
      },
      'a text for an error': { error: 'no such thing' },
      'TGI’s': { error: 'no such thing', error_type: 'validation' },
      'Anthropic’s': { type: 'error', error: { type: 'invalid_request_error', message: 'no such thing' } },
      'older vLLM’s': { object: 'error', message: 'no such thing', type: 'BadRequestError', code: 400 },
      'code and message': { code: 400, message: 'no such thing' },
      'msg alone': { msg: 'no such thing' },
      'FastAPI’s text': { detail: 'no such thing' },
      'FastAPI’s object': { detail: { error: { message: 'no such thing' } } },
      'Gemini’s list': [{ error: { code: 400, message: 'no such thing', status: 'INVALID_ARGUMENT' } }],
      'Cloudflare’s list': { success: false, errors: [{ code: 400, message: 'no such thing' }] },
      'a router’s, with the provider’s words': {
        error: { message: 'Provider returned error', metadata: { raw: 'no such thing' } },
      },
    };
    for (const [shape, body] of Object.entries(shapes)) {
      it(shape, () => {
        const error = httpError(400, JSON.stringify(body), undefined);
        expect(error).to.include(badRequest);
        expect(error.message).to.contain('no such thing');
      });
    }

    it('an event of a stream, under a status that is none', () => {
      const error = httpError(
        400,
        'id:1\nevent:error\n:HTTP_STATUS/400\ndata:{"code":"X","message":"no such thing"}\n\n',
        undefined,
      );
      expect(error).to.include(badRequest);
      expect(error.message).to.match(/It says: no such thing\.$/);
    });

    it('FastAPI’s list of fields', () => {
      const detail = [
        { type: 'missing', loc: ['body', 'messages', 0, 'content'], msg: 'Field required', input: {} },
        { type: 'less_than_equal', loc: ['body', 'top_p'], msg: 'Input should be less than or equal to 1' },
      ];
      const error = httpError(422, JSON.stringify({ detail }), undefined);
      expect(error).to.include({ ...badRequest, param: 'messages[0].content' });
      expect(error.message).to.contain(
        'messages[0].content: Field required; top_p: Input should be less than or equal to 1.',
      );
    });
  });

  describe('about a model or a field', () => {
    const cases: [body: object, expected: object][] = [
      [
        { code: '1214', message: 'The model parameter is illegal.' },
        { ...noModel, param: 'model' },
      ],
      [{ code: '1214', message: '模型参数错误' }, noModel],
      [
        { code: '1214', message: 'The messages parameter is illegal.' },
        { ...badRequest, param: 'messages' },
      ],
      [{ code: '1214', message: 'Incorrect role information' }, badRequest],
      [
        { code: '1213', message: 'The prompt parameter was not received properly.' },
        { ...badRequest, param: 'messages' },
      ],
      [
        { code: '1210', message: 'Invalid API parameter, please check the documentation.' },
        { ...badRequest, param: null },
      ],
      [
        { code: '1210', message: "'max_tokens' must be at most 131072" },
        { ...badRequest, param: 'max_tokens' },
      ],
      [{ code: 'model_not_found', message: 'gone' }, noModel],
    ];
    for (const [error, expected] of cases) {
      it(JSON.stringify(error), () => {
        expect(httpError(400, JSON.stringify({ error }), undefined)).to.include(expected);
      });
    }
  });

  it('reads the code that Z.ai’s Anthropic form writes into the message', () => {
    const body = {
      type: 'error',
      error: { type: 'rate_limit_error', message: '[1113][Insufficient balance][id]' },
    };
    expect(httpError(429, JSON.stringify(body), undefined)).to.include(noBalance);
  });

  it('takes content that the model cannot read for the client’s fault, whatever the status', () => {
    for (const [status, message] of [
      [500, 'image input is not supported - hint: if this is unexpected, you may need to provide the mmproj'],
      [500, 'audio input is not supported'],
      [404, 'No endpoints found that support image input'],
      [400, 'glm-4.6 is not a multimodal model'],
      [400, 'At most 0 image(s) may be provided in one prompt.'],
      [400, 'Failed to deserialize: unknown variant `image_url`, expected `text`'],
      [400, '当前模型不支持图片输入'],
    ] as const) {
      const body = JSON.stringify({ error: { code: status, message, type: 'server_error' } });
      expect(httpError(status, body, undefined), message).to.include(unsupported);
    }
  });

  it('quotes the upstream once', () => {
    for (const [status, code] of [
      [500, 1230],
      [500, 1312],
      [429, 1302],
      [400, 1210],
    ] as const) {
      const { message } = httpError(status, JSON.stringify({ error: { code, message: 'Said.' } }), undefined);
      expect(message.split('It says: Said.')).to.have.length(2);
      expect(message).to.contain(String(code));
    }
  });

  it('never quotes the upstream about the credential, which it may contain', () => {
    const body = JSON.stringify({ error: { code: '1002', message: 'Token my-secret-token is invalid' } });
    const { message } = httpError(401, body, undefined);
    expect(message).to.contain('does not accept the gateway');
    expect(message).to.not.contain('my-secret-token');
  });

  describe('tells how long to wait', () => {
    it('as the upstream does', () => {
      expect(httpError(429, '', 7_000).retryAfterSeconds).to.equal(7);
      expect(httpError(503, '', 7_200).retryAfterSeconds).to.equal(8);
      const quota = JSON.stringify({ error: { code: '1308' } });
      expect(httpError(429, quota, 600_000).retryAfterSeconds).to.equal(600);
    });

    it('where the upstream does not, too, without its own retries waiting for that', () => {
      for (const code of ['1302', '1303', '1305', '1312']) {
        const error = httpError(429, JSON.stringify({ error: { code } }), undefined);
        expect(error.retryAfterSeconds, code).to.equal(2);
        expect(error.retryAfterMs, code).to.equal(undefined);
      }
    });

    it('until the next day where the count of a day is used up', () => {
      const error = httpError(429, '{"error":{"code":"1304"}}', undefined);
      expect(error.retryAfterSeconds).to.be.within(1, 86_400);
      expect(httpError(429, '{"error":{"code":"1304"}}', 5_000).retryAfterSeconds).to.equal(5);
    });

    it('by the time at which a quota is renewed, which the message tells', () => {
      const resetAt = Math.ceil(Date.now() / 1000) * 1000 + 3 * 3_600_000;
      const beijing = new Date(resetAt + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
      for (const [code, message] of [
        ['1308', `Usage limit reached for 5 hour. Your limit will reset at ${beijing}`],
        ['1310', `[1310][Weekly/Monthly Limit Exhausted. Your limit will reset at ${beijing}]`],
        ['1308', `已达到 5 小时的使用上限。您的限额将在 ${beijing} 重置。`],
      ]) {
        const error = httpError(429, JSON.stringify({ error: { code, message } }), undefined);
        expect(error).to.include({ ...noBalance, shouldRetry: false });
        expect(error.retryAfterSeconds).to.be.within(3 * 3_600 - 5, 3 * 3_600 + 1);
        expect(error.message).to.contain(new Date(resetAt).toISOString().slice(0, 19));
      }
    });

    it('at most a day, though the message tells the real time', () => {
      const error = httpError(
        429,
        '{"error":{"code":1310,"message":"reset at 2999-01-01 08:00:00"}}',
        undefined,
      );
      expect(error.retryAfterSeconds).to.equal(86_400);
      expect(error.message).to.contain('2999-01-01T00:00:00Z');
    });
  });

  it('says not to retry what only an operator can mend', () => {
    for (const code of ['1000', '1113', '1220', '1308', '1309', '1310', '1311', '1313']) {
      expect(httpError(429, JSON.stringify({ error: { code } }), undefined).shouldRetry, code).to.equal(
        false,
      );
    }
    expect(httpError(401, '', undefined).shouldRetry).to.equal(false);
    expect(httpError(429, '{"error":{"code":"1302"}}', undefined).shouldRetry).to.equal(undefined);
  });

  it('names the field at fault', () => {
    const body = JSON.stringify({ error: { message: 'no', param: 'top_p' } });
    expect(httpError(400, body, undefined).param).to.equal('top_p');
  });
});
