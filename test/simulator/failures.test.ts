import { expect } from 'chai';
import { askOpenAi, type Json, payloads, useSimulator } from './client.js';

const errorOf = async (response: Response) => ((await response.json()) as Json).error;

describe('the refusals of the simulated official API', () => {
  const simulator = useSimulator();
  const ask = (question: string, fields: object = {}) =>
    askOpenAi(`${simulator().url}/api/paas/v4`, question, { ...fields });

  it('have the status and the words of their code', async () => {
    for (const [code, status, message] of [
      ['1302', 429, 'Rate limit reached for requests'],
      ['1312', 503, 'The model is currently overloaded, please try again later'],
    ] as const) {
      const response = await ask(`sim:code=${code}`);
      expect(response.status).to.equal(status);
      expect(await errorOf(response)).to.deep.equal({ code, message });
    }
  });

  const RESETS = [
    ['1308', /^Usage limit reached for 5 hour\. Your limit will reset at (\S+ \S+)$/, 2],
    ['1308 sim:chinese', /^已达到 5 小时的使用上限。您的限额将在 (\S+ \S+) 重置。$/, 2],
  ] as const;

  it('name the time at which a quota starts again, in the time of Beijing', async () => {
    for (const [code, pattern, hours] of RESETS) {
      const { message } = await errorOf(await ask(`sim:code=${code}`));
      const told = pattern.exec(message)?.[1] ?? '';
      const left = Date.parse(`${told.replace(' ', 'T')}+08:00`) - Date.now();
      expect(left / 3_600_000).to.be.closeTo(hours, 0.01);
    }
  });

  it('come within a stream by code or status, and for a whole answer as its status', async () => {
    const streamed = payloads(await (await ask('sim:error-mid=1302 sim:after=1')).text());
    expect(JSON.parse(streamed[1] ?? '')).to.deep.equal({
      error: { code: '1302', message: 'Rate limit reached for requests' },
    });
    expect((await ask('sim:error-mid=1302', { stream: false })).status).to.equal(429);
    expect((await ask('sim:error-mid=503', { stream: false })).status).to.equal(503);
  });

  it('have a form that exists', async () => {
    const response = await ask('sim:status=500 sim:error-as=poem');
    expect(response.status).to.equal(400);
    expect((await errorOf(response)).message).to.equal(
      'The simulator has no sim:error-as=poem in this protocol',
    );
  });
});

describe('the forms of errors', () => {
  const simulator = useSimulator();
  const ask = (question: string) => askOpenAi(`${simulator().url}/v1`, question);

  const BODIES = [
    [
      'openai',
      { error: { message: 'Simulated HTTP 418', type: 'InternalServerError', param: null, code: 418 } },
    ],
    [
      'details',
      {
        detail: [
          {
            type: 'value_error',
            loc: ['body', 'messages', 0, 'content'],
            msg: 'Simulated HTTP 418',
            input: null,
          },
        ],
      },
    ],
    ['llama', { error: { code: 418, message: 'Simulated HTTP 418', type: 'invalid_request_error' } }],
  ] as const;

  it('of a failed response are those of several servers, or no JSON', async () => {
    for (const [form, body] of BODIES) {
      const response = await ask(`sim:status=418 sim:error-as=${form}`);
      expect(response.status).to.equal(418);
      expect(response.headers.get('content-type')).to.equal('application/json');
      expect(await response.json()).to.deep.equal(body);
    }
    for (const [form, type, body] of [
      ['html', 'text/html; charset=utf-8', /<title>403<\/title>/],
      ['broken', 'application/json', /^\{"error":\{"message":"You don't have/],
    ] as const) {
      const response = await ask(`sim:status=403 sim:error-as=${form}`);
      expect(response.status).to.equal(403);
      expect(response.headers.get('content-type')).to.equal(type);
      expect(await response.text()).to.match(body);
    }
  });

  const IN_STREAM = [
    ['line', 'error: {"code":500,'],
    ['event', 'event: error\ndata: {"message":'],
    [
      'choice',
      'data: {"error":{"code":500,"message":"Network error, please contact customer service"},"choices":[{',
    ],
  ] as const;

  it('of a stream are a line, an event, or a member of a choice', async () => {
    for (const [form, event] of IN_STREAM) {
      const text = await (await ask(`sim:error-mid sim:after=2 sim:error-as=${form}`)).text();
      expect(text.split('\n\n')[2]?.slice(0, event.length), form).to.equal(event);
    }
  });
});

describe('a simulator with words for every request', () => {
  const simulator = useSimulator({ scenario: 'sim:say(always) sim:served=glm-5.3' });

  it('obeys them, unless the request says otherwise', async () => {
    const ask = async (question: string) => {
      const response = await askOpenAi(`${simulator().url}/v1`, question, { stream: false });
      const { model, choices } = (await response.json()) as Json;
      return [model, choices[0].message.content];
    };
    expect(await ask('hi')).to.deep.equal(['glm-5.3', 'always']);
    expect(await ask('sim:say(now)')).to.deep.equal(['glm-5.3', 'now']);
  });
});
