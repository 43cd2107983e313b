import { expect } from 'chai';
import { dataOf, errorOf, type Rig, useGateway } from '../support/gateway.js';
import { until } from '../support/redis.js';

interface Failure {
  scenario: string;
  status: number;
  code: string;
  outcome: string;
  /** Whole seconds; null: there is no such header. */
  retryAfter?: string | RegExp | null;
}

const WEB: Failure[] = [
  { scenario: 'sim:status=400', status: 400, code: 'upstream_bad_request', outcome: 'caller_error' },
  {
    scenario: 'sim:status=400-signature',
    status: 502,
    code: 'upstream_refused',
    outcome: 'upstream_refused',
  },
  { scenario: 'sim:status=405', status: 502, code: 'upstream_refused', outcome: 'upstream_refused' },
  { scenario: 'sim:status=426', status: 502, code: 'upstream_refused', outcome: 'upstream_refused' },
  { scenario: 'sim:captcha', status: 502, code: 'upstream_refused', outcome: 'upstream_refused' },
  { scenario: 'sim:level', status: 502, code: 'upstream_refused', outcome: 'upstream_refused' },
  { scenario: 'sim:s6-f5', status: 502, code: 'upstream_refused', outcome: 'upstream_refused' },
  {
    scenario: 'sim:status=429 sim:retry-after=30',
    status: 429,
    code: 'upstream_busy',
    outcome: 'upstream_error',
  },
  { scenario: 'sim:html-200', status: 502, code: 'upstream_not_a_stream', outcome: 'upstream_error' },
];

const ZAI: Failure[] = [
  { scenario: 'sim:code=1301', status: 400, code: 'content_filter', outcome: 'caller_error' },
  { scenario: 'sim:code=1261', status: 400, code: 'context_length_exceeded', outcome: 'caller_error' },
  { scenario: 'sim:code=1113', status: 429, code: 'insufficient_quota', outcome: 'upstream_error' },
  {
    scenario: 'sim:code=1308 sim:resets-in=7200',
    status: 429,
    code: 'insufficient_quota',
    outcome: 'upstream_error',
    retryAfter: /^7(1\d\d|200)$/,
  },
  {
    scenario: 'sim:code=1310 sim:resets-in=200000 sim:chinese',
    status: 429,
    code: 'insufficient_quota',
    outcome: 'upstream_error',
    retryAfter: '86400',
  },
  {
    scenario: 'sim:code=1303',
    status: 429,
    code: 'upstream_busy',
    outcome: 'upstream_error',
    retryAfter: '2',
  },
  {
    scenario: 'sim:code=1305 sim:retry-after=9',
    status: 503,
    code: 'overloaded',
    outcome: 'upstream_error',
  },
  { scenario: 'sim:status=529', status: 503, code: 'overloaded', outcome: 'upstream_error', retryAfter: '2' },
  { scenario: 'sim:code=1211', status: 404, code: 'model_not_found', outcome: 'caller_error' },
  { scenario: 'sim:code=1220', status: 403, code: 'model_not_available', outcome: 'upstream_refused' },
  { scenario: 'sim:code=1311', status: 403, code: 'upstream_not_allowed', outcome: 'upstream_refused' },
  { scenario: 'sim:status=401', status: 502, code: 'upstream_unauthorized', outcome: 'upstream_error' },
  {
    scenario: 'sim:status=403 sim:error-as=openai',
    status: 502,
    code: 'upstream_unauthorized',
    outcome: 'upstream_error',
  },
  { scenario: 'sim:status=405', status: 502, code: 'upstream_wrong_url', outcome: 'upstream_error' },
  { scenario: 'sim:json-200', status: 502, code: 'upstream_error', outcome: 'upstream_error' },
  { scenario: 'sim:html-200', status: 502, code: 'upstream_not_a_stream', outcome: 'upstream_error' },
];

const IN_BAND = [
  { scenario: 'sim:error-mid', outcome: 'upstream_error' },
  { scenario: 'sim:truncate', outcome: 'upstream_truncated' },
  { scenario: 'sim:cut', outcome: 'upstream_error' },
];

describe('Failures of the web protocol', () => {
  const rig = useGateway({ form: 'web' });
  tellsFailures(rig, WEB);
});

describe('Failures of the official API', () => {
  const rig = useGateway({ form: 'zai' });
  tellsFailures(rig, ZAI);

  it('that pass are hidden by two retries before the first event', async () => {
    const chats = rig.upstreamChats.length;
    expect(await rig.say('sim:status=503 sim:times=2 sim:say(third time)')).to.equal('third time');
    expect(rig.upstreamChats).to.have.length(chats + 3);
  });

  it('that only an operator can mend tell clients not to retry', async () => {
    for (const [scenario, header] of [
      ['sim:code=1113', 'false'],
      ['sim:code=1308', 'false'],
      ['sim:status=401', 'false'],
      ['sim:code=1301', null],
    ] as const) {
      const response = await rig.ask(scenario, { stream: true });
      expect(response.headers.get('x-should-retry'), scenario).to.equal(header);
    }
  });

  it('that last are passed on after the third try', async () => {
    const chats = rig.upstreamChats.length;
    const response = await rig.ask('sim:empty-error', { stream: true });
    expect(response.status).to.equal(502);
    expect(rig.upstreamChats).to.have.length(chats + 3);
  });

  it('are not retried once the client has received something', async () => {
    const chats = rig.upstreamChats.length;
    await (await rig.ask('sim:error-mid sim:times=1', { stream: true })).text();
    expect(rig.upstreamChats).to.have.length(chats + 1);
  });
});

describe('An upstream that is down', () => {
  const rig = useGateway({ env: { UPSTREAM_URL: 'http://127.0.0.1:9/v1' } });

  it('is a 502 for completions', async () => {
    const response = await rig.ask('hi', { stream: true });
    expect(response.status).to.equal(502);
    expect((await errorOf(response)).code).to.equal('upstream_unreachable');
    expect((await rig.recordOf(response)).outcome).to.equal('upstream_error');
  });

  it('is a 502 for the list of models, while the gateway is alive', async () => {
    expect((await fetch(`${rig.url}/v1/models`)).status).to.equal(502);
    expect((await fetch(`${rig.url}/healthz`)).status).to.equal(200);
  });
});

describe('The record of a request that the gateway rejects', () => {
  const rig = useGateway({ form: 'zai' });

  it('has the code and the field, but not the value that the client sent', async () => {
    const response = await rig.ask('Hello', { temperature: 'canary' });
    expect(response.status).to.equal(400);
    const record = await rig.recordOf(response);
    expect(record).to.include({ code: 'invalid_value', param: 'temperature', outcome: 'caller_error' });
    expect(JSON.stringify(record)).not.to.contain('canary');
    await until(async () => rig.log.includes('"param":"temperature"'));
    expect(rig.log).not.to.contain('canary');
  });
});

describe('A refusing Z.ai', () => {
  const rig = useGateway({ form: 'web', env: { LOG_LEVEL: 'warn' } });
  const warnings = () => rig.log.split('web chat refuses this gateway: it wants checks').length - 1;

  it('causes one warning, not one per request', async () => {
    for (const expected of [1, 1, 1]) {
      await rig.recordOf(await rig.ask('sim:status=405'));
      expect(warnings()).to.equal(expected);
    }
    await rig.recordOf(await rig.ask('sim:say(ok)'));
    await rig.recordOf(await rig.ask('sim:status=405'));
    expect(warnings()).to.equal(1);
  });

  it('is explained to the client, and the ways out to the operator only', async () => {
    const { message } = await errorOf(await rig.ask('sim:status=405'));
    expect(message).to.contain('refuses').and.not.to.contain('ZAI_TOKEN');
    expect(rig.log).to.contain('ZAI_TOKEN').and.to.contain('npm run demo');
  });
});

/** Variables of the gateway, and commands: clients cannot use them. */
const OPERATORS_WORDS = /\b(UPSTREAM|ZAI|HTTPS?|CONNECT|FIRST|IDLE|MODEL|BODY|API)_[A-Z]|npm run/;

/** The same status, body and record for a stream and for a whole answer. */
function tellsFailures(rig: Rig, failures: Failure[]): void {
  for (const { scenario, status, code, outcome, retryAfter } of failures) {
    it(`${scenario} before the first event is ${status} ${code}, counted as ${outcome}`, async () => {
      // Both at once: some are tried three times.
      const told = async (stream: boolean) => {
        const response = await rig.ask(scenario, { stream });
        expect(response.status).to.equal(status);
        expect(response.headers.get('content-type')).to.equal('application/json; charset=utf-8');
        const error = await errorOf(response);
        expect(error).to.have.all.keys('message', 'type', 'param', 'code').and.to.include({ code });
        expect(error.message, 'a variable or command of the operator').not.to.match(OPERATORS_WORDS);
        expect(await rig.recordOf(response)).to.include({
          status,
          code,
          outcome,
          streamed: stream,
          keyName: 'public',
        });
        const wait = retryAfter ?? /retry-after=(\d+)/.exec(scenario)?.[1] ?? null;
        const header = response.headers.get('retry-after');
        if (wait instanceof RegExp) expect(header).to.match(wait);
        else expect(header).to.equal(wait);
      };
      await Promise.all([told(true), told(false)]);
    });
  }

  for (const { scenario, outcome } of IN_BAND) {
    it(`${scenario} in the middle is an error event without a finish reason, counted as ${outcome}`, async () => {
      const response = await rig.ask(scenario, { stream: true, stream_options: { include_usage: true } });
      expect(response.status).to.equal(200);
      const data = dataOf(await response.text());
      expect(data.at(-1)).to.equal('[DONE]');
      expect(data.at(-2).error).to.have.all.keys('message', 'type', 'param', 'code');
      expect(data.slice(0, -2).every(({ choices }) => choices[0].finish_reason === null)).to.equal(true);
      const record = await rig.recordOf(response);
      expect(record.outcome).to.equal(outcome);
      expect(record.status).to.be.within(429, 504);
      expect(record.firstTokenMs).to.be.a('number');
    });
  }
}
