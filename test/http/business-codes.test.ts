/** Z.ai's business codes as clients of every protocol are told of them, before the first event and in the middle. */
import { expect } from 'chai';
import { type Json, KEY, useGateway } from '../support/gateway.js';

interface Expected {
  readonly code: string;
  readonly status: number;
  /** Where Messages differ. */
  readonly messagesStatus?: number;
  readonly messagesType: string;
  readonly retryAfter?: string | RegExp;
  /** Asking again is of no use. */
  readonly isFinal?: true;
}

const BUSY: Expected = {
  code: 'upstream_busy',
  status: 429,
  messagesType: 'rate_limit_error',
  retryAfter: '2',
};
const OVERLOADED: Expected = {
  code: 'overloaded',
  status: 503,
  messagesStatus: 529,
  messagesType: 'overloaded_error',
  retryAfter: '2',
};
const NO_QUOTA: Expected = {
  code: 'insufficient_quota',
  status: 429,
  messagesType: 'rate_limit_error',
  isFinal: true,
};
const NOT_ALLOWED: Expected = {
  code: 'upstream_not_allowed',
  status: 403,
  messagesType: 'permission_error',
  isFinal: true,
};
const BAD_REQUEST: Expected = {
  code: 'upstream_bad_request',
  status: 400,
  messagesType: 'invalid_request_error',
};

const CODES: Readonly<Record<string, Expected>> = {
  '1113': NO_QUOTA,
  '1210': BAD_REQUEST,
  '1211': { code: 'model_not_found', status: 404, messagesType: 'not_found_error' },
  '1213': BAD_REQUEST,
  '1214': BAD_REQUEST,
  '1220': { code: 'model_not_available', status: 403, messagesType: 'permission_error', isFinal: true },
  '1261': { code: 'context_length_exceeded', status: 400, messagesType: 'invalid_request_error' },
  '1301': { code: 'content_filter', status: 400, messagesType: 'invalid_request_error' },
  '1303': BUSY,
  '1304': { ...BUSY, retryAfter: /^\d{1,5}$/ },
  '1305': OVERLOADED,
  '1308 sim:resets-in=7200': { ...NO_QUOTA, retryAfter: /^7(1\d\d|200)$/ },
  '1309': NO_QUOTA,
  '1310 sim:resets-in=200000': { ...NO_QUOTA, retryAfter: '86400' },
  '1311': NOT_ALLOWED,
  '1312': OVERLOADED,
  '1313': NOT_ALLOWED,
};

const PROTOCOLS: Readonly<Record<string, (question: string) => readonly [path: string, body: object]>> = {
  chat: (content) => ['/v1/chat/completions', { messages: [{ role: 'user', content }] }],
  Messages: (content) => ['/v1/messages', { messages: [{ role: 'user', content }], max_tokens: 100 }],
  Responses: (input) => ['/v1/responses', { input }],
};

describe('The business codes of Z.ai', () => {
  const rig = useGateway({ form: 'zai' });
  const { random } = Math;

  before(() => {
    Math.random = () => 0; // the shortest backoff
  });
  after(() => {
    Math.random = random;
  });

  const ask = (protocol: string, question: string, stream: boolean) => {
    const [path, body] = PROTOCOLS[protocol]?.(question) ?? [];
    return fetch(`${rig.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'GLM-4.6', stream, ...body }),
    });
  };

  for (const [code, expected] of Object.entries(CODES)) {
    it(`${code}: ${expected.status} ${expected.code} on every protocol, streamed and whole`, async () => {
      // All at once: most of the time they wait to try again.
      const asked = Object.keys(PROTOCOLS).flatMap((protocol) => [
        expectRefusal(protocol, code, expected, false),
        expectRefusal(protocol, code, expected, true),
      ]);
      await Promise.all(asked);
    });
  }

  async function expectRefusal(protocol: string, code: string, expected: Expected, stream: boolean) {
    const response = await ask(protocol, `sim:code=${code}`, stream);
    const isMessages = protocol === 'Messages';
    const { status, messagesStatus, retryAfter = null, isFinal } = expected;
    expect(response.status, protocol).to.equal(isMessages ? (messagesStatus ?? status) : status);
    const wait = response.headers.get('retry-after');
    if (retryAfter instanceof RegExp) expect(wait, protocol).to.match(retryAfter);
    else expect(wait, protocol).to.equal(retryAfter);
    expect(response.headers.get('x-should-retry'), protocol).to.equal(isFinal ? 'false' : null);
    const { error } = (await response.json()) as Json;
    expect(error.code, protocol).to.equal(expected.code);
    if (isMessages) expect(error.type).to.equal(expected.messagesType);
    expect(error.message, protocol).to.contain(`(request id ${response.headers.get('x-request-id')})`);
  }

  it('are error events with the same code and the request id once the answer has begun', async () => {
    for (const [code, expected] of Object.entries(CODES)) {
      for (const protocol of Object.keys(PROTOCOLS)) {
        const response = await ask(protocol, `sim:error-mid=${code}`, true);
        expect(response.status).to.equal(200);
        const text = await response.text();
        const events: Json[] = [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, json]) =>
          JSON.parse(json ?? ''),
        );
        const { error } = events.findLast((event) => event.error) ?? {};
        expect(error?.code, `${protocol} ${code}`).to.equal(expected.code);
        expect(error.message).to.match(/\(request id [\w-]+\)$/);
        expect(error.message).to.contain(response.headers.get('x-request-id'));
      }
    }
  });
});
