/** Compares the gateway's answers with the document that it serves. */
import { expect } from 'chai';
import { chatBody, dataOf, type Json, jsonOf, KEY, Rig, useGateway } from '../support/gateway.js';
import { until } from '../support/redis.js';
import { document as expected, expectFits, expectValid } from './support.js';

const TOOLS = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }];
const CHAT = '/v1/chat/completions';

const ADMIN = 'admin-password';

describe('The served document', () => {
  const rig = useGateway({ form: 'zai', env: { ADMIN_PASSWORD: ADMIN } });

  it('equals the document that is tested here, with this server’s address, and is readable from any origin', async () => {
    const response = await fetch(`${rig.url}/openapi.json`, {
      headers: { origin: 'https://elsewhere.example' },
    });
    const served = await jsonOf(response);
    expect(served.servers).to.deep.equal([{ url: rig.url }]);
    expect(Object.keys(served.paths)).to.deep.equal(Object.keys(expected.paths));
    expect(served.components).to.deep.equal(expected.components);
    expect(response.headers.get('access-control-allow-origin')).to.equal('*');
  });

  for (const [what, fields] of Object.entries({
    'a whole answer': {},
    'one with thinking': { thinking: { type: 'enabled' } },
    'one that reached its length': { max_tokens: 2 },
  })) {
    it(`fits ${what}`, async () => {
      expectFits(await jsonOf(await rig.ask('Hello', { stream: false, ...fields })), 'ChatCompletion');
    });
  }

  it('fits a whole answer that calls a tool', async () => {
    const answer = await jsonOf(await rig.ask('sim:tools', { stream: false, tools: TOOLS }));
    expect(answer.choices[0].finish_reason).to.equal('tool_calls');
    expectFits(answer, 'ChatCompletion');
  });

  for (const [what, question, fields] of [
    ['an answer with thinking and usage', 'Hello', { thinking: { type: 'enabled' }, include: true }],
    ['a tool call', 'sim:tools', { tools: TOOLS }],
    ['an answer that fails in the middle', 'sim:error-mid sim:events=9', {}],
  ] as const) {
    it(`fits every event of a stream: ${what}`, async () => {
      const options = 'include' in fields ? { stream_options: { include_usage: true } } : {};
      const response = await rig.ask(question, { stream: true, ...fields, ...options });
      const events = dataOf(await response.text());
      expect(events.length).to.be.greaterThan(2);
      const schema: Json = expected.paths[CHAT]?.post;
      const stream = schema.responses['200'].content['text/event-stream'];
      for (const event of events) expectValid(event, stream['x-item-schema']);
    });
  }

  it('fits every error', async () => {
    const post = (body: string, headers: Record<string, string> = {}) => rig.post(body, { headers });
    const answers = {
      400: post('{}'),
      401: post(chatBody('x'), { authorization: 'Bearer wrong' }),
      404: post(chatBody('x', { model: 'nobody' })),
      405: fetch(`${rig.url}${CHAT}`),
      413: post(chatBody('x'.repeat(11_000_000))),
      415: post('x', { 'content-type': 'text/plain' }),
      429: post(chatBody('sim:code=1303')),
      502: post(chatBody('sim:empty')),
    };
    for (const [status, answer] of Object.entries(answers)) {
      const response = await answer;
      expect(response.status).to.equal(Number(status));
      const body = await jsonOf(response);
      expectFits(body, 'Error');
      expect(expected['x-error-codes'].map(({ code }) => code)).to.include(body.error.code);
    }
  });

  it('fits models and health', async () => {
    const get = async (path: string, headers = {}) => jsonOf(await fetch(rig.url + path, { headers }));
    const anthropic = { 'anthropic-version': '2023-06-01' };
    expectFits(await get('/v1/models'), 'ModelList');
    expectFits(await get('/v1/models', anthropic), 'AnthropicModelList');
    expectFits(await get('/v1/models/GLM-4.5'), 'Model');
    expectFits(await get('/v1/models/GLM-4.5', anthropic), 'AnthropicModel');
    expectFits(await get('/healthz'), 'Health');
    expectFits(await get('/readyz'), 'Readiness');
  });

  it('fits the dashboard’s statistics, before and after requests of all kinds', async () => {
    const fresh = await new Rig().start({ form: 'zai', env: { PUBLIC_RATE_LIMIT_TOTAL: '600' } });
    const get = async (path: string) => jsonOf(await fetch(fresh.url + path));
    try {
      expectFits(await get('/dashboard/stats'), 'DashboardStats');
      await fresh.say('Hello');
      await (await fresh.ask('sim:status=500')).text();
      await (await fresh.ask('Hello', { model: 'nobody' })).text();
      await until(async () => (await get('/dashboard/stats')).total_requests === 3);
      const stats = await get('/dashboard/stats');
      expect(stats.errors).to.have.length(2);
      expectFits(stats, 'DashboardStats');
      const requests = await get('/dashboard/requests');
      expect(requests).to.have.length(3);
      for (const request of requests) expectFits(request, 'DashboardRequest');
    } finally {
      await fresh.stop();
    }
  });

  it('has a working curl command for every endpoint', async () => {
    const served = await jsonOf(await fetch(`${rig.url}/openapi.json`));
    for (const [path, operations] of Object.entries<Json>(served.paths)) {
      for (const [method, operation] of Object.entries<Json>(operations)) {
        const { source } = operation['x-codeSamples'].find(({ lang }: Json) => lang === 'shell');
        const { url, body } = requestIn(source);
        const key = source.includes('$ADMIN_PASSWORD') ? ADMIN : KEY;
        const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
        const response = await fetch(url, {
          method: method.toUpperCase(),
          headers,
          ...(body ? { body } : {}),
        });
        // There is no response and no key of the id in the document.
        // Nor is there a key or a session to show.
        if (path.startsWith('/me/')) {
          expect(response.status, path).to.equal(401);
          await response.text();
          continue;
        }
        const isMissing = /\/(responses|keys)\/\{id\}|^\/join/.test(path);
        const [good] = Object.keys(operation.responses);
        expect(String(response.status), `${method} ${path}`).to.equal(isMissing ? '404' : good);
        await response.text();
      }
    }
  });
});

/** The request that the curl command sends. */
function requestIn(line: string): { url: string; body: string | undefined } {
  const url = /\bhttps?:\/\/\S+/.exec(line)?.[0] ?? '';
  return { url, body: /-d '(.*)'$/s.exec(line)?.[1]?.replaceAll("'\\''", "'") };
}
