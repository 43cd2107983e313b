import { expect } from 'chai';
import { STREAM_TIMING } from '../../src/http/send-stream.js';
import { accumulated, eventsOf, expectOrder } from '../protocol/anthropic-messages/shapes.js';
import { type Json, jsonOf, UPSTREAM_FORMS, useGateway } from '../support/gateway.js';
import { question, send } from './messages-requests.js';

for (const form of UPSTREAM_FORMS) {
  describe(`Messages over the upstream form ${form}`, () => {
    const rig = useGateway({ form });

    it('have equal answers whole and streamed, with thinking', async () => {
      const body = question('What is love?', { thinking: { type: 'adaptive' } });
      const whole = await jsonOf(await send(rig, '/v1/messages?beta=true', body));
      expect(whole.content.map(({ type }: Json) => type)).to.deep.equal(['thinking', 'text']);
      const events = eventsOf(
        await (await send(rig, '/v1/messages?beta=true', { ...body, stream: true })).text(),
      );
      expectOrder(events);
      const unsigned = (content: Json[]) => content.map((block) => ({ ...block, signature: '' }));
      const streamed = accumulated(events);
      expect(unsigned(streamed.content)).to.deep.equal(unsigned(whole.content));
      expect(streamed.usage).to.deep.equal(whole.usage);
    });

    it('are recorded with their own path and usage', async () => {
      const response = await send(rig, '/v1/messages?beta=true', question('sim:say(x)'));
      expect(await rig.recordOf(response)).to.include({
        path: '/v1/messages',
        model: 'GLM-4.5',
        outcome: 'ok',
        streamed: false,
      });
    });
  });
}

describe('Keys, prompts and answers of Anthropic’s paths', () => {
  const rig = useGateway({ form: 'zai', env: { DEFAULT_KEY: 'canary-key' } });

  it('are in no log line and no record', async () => {
    const headers = { 'x-api-key': 'canary-key' };
    const body = question('sim:say(canary answer)', {
      system: 'canary system',
      metadata: { user_id: 'canary user' },
      tools: [{ name: 'canary_tool', input_schema: { type: 'object' } }],
    });
    expect((await send(rig, '/v1/messages/count_tokens', body, { headers })).status).to.equal(200);
    for (const fields of [
      {},
      { stream: true },
      { tool_choice: { type: 'canary' } },
      { messages: [{ role: 'canary' }] },
      { messages: [{ role: 'user', content: 'canary sim:error-mid' }], stream: true },
      { messages: [{ role: 'user', content: 'canary sim:code=1301' }] },
    ]) {
      const response = await send(rig, '/v1/messages', { ...body, ...fields }, { headers });
      await response.text();
      await rig.recordOf(response);
    }
    expect(rig.records).to.have.length(6);
    expect(rig.log)
      .to.contain('/v1/messages')
      .and.not.to.match(/canary/i);
    expect(JSON.stringify(rig.records)).not.to.match(/canary/i);
  });
});

describe('Limits on Anthropic’s paths', () => {
  const rig = useGateway({ form: 'zai', env: { PUBLIC_RATE_LIMIT: '2' } });

  it('are shared by messages and counting, and reported in Anthropic’s format', async () => {
    const body = question('sim:say(x)');
    expect((await send(rig, '/v1/messages', body)).status).to.equal(200);
    expect((await send(rig, '/v1/messages/count_tokens', body)).status).to.equal(200);
    const response = await send(rig, '/v1/messages', body);
    expect(response.status).to.equal(429);
    expect(response.headers.get('retry-after')).to.match(/^\d+$/);
    expect((await jsonOf(response)).error.type).to.equal('rate_limit_error');
  });
});

describe('Silence of the upstream', () => {
  const streamTiming = { ...STREAM_TIMING, beginAfterMs: 20, keepAliveMs: 20 };
  const rig = useGateway({ form: 'zai', gateway: { streamTiming } });
  const PING = 'event: ping\ndata: {"type":"ping"}\n\n';

  it('is filled with pings, before the message and within it', async () => {
    for (const word of ['sim:headers-then-delay=150', 'sim:silence=150']) {
      const text = await (await send(rig, '/v1/messages', question(word, { stream: true }))).text();
      expect(text.split(PING).length - 1, word).to.be.at.least(1);
      expect(text).not.to.match(/^:/m);
      const events = eventsOf(text);
      expectOrder(events);
    }
  });

  it('that ends in a failure ends with an error event, and counts as a failure', async () => {
    const body = question('sim:headers-then-delay=150 sim:empty', { stream: true });
    const response = await send(rig, '/v1/messages', body);
    const text = await response.text();
    expect(text.startsWith(PING)).to.equal(true);
    expect(text).to.match(/\nevent: error\ndata: \{"type":"error".*\}\n\n$/);
    expect((await rig.recordOf(response)).outcome).not.to.equal('ok');
  });
});

describe('Sessions of coding agents', () => {
  const rig = useGateway({ form: 'web' });
  const tokenOf = async (user_id: string) => {
    await (await send(rig, '/v1/messages', question('sim:say(x)', { metadata: { user_id } }))).text();
    return rig.upstreamChats.at(-1)?.headers.authorization;
  };

  it('keep their guest token by metadata.user_id', async () => {
    const one = await tokenOf('{"session_id":"one"}');
    expect(await tokenOf('{"session_id":"one"}')).to.equal(one);
    expect(await tokenOf('{"session_id":"two"}')).not.to.equal(one);
  });
});

describe('Lists of models', () => {
  const rig = useGateway({ form: 'zai' });

  it('have Anthropic’s format for requests with its version header, and vary by it', async () => {
    for (const path of ['/v1/models?limit=1000', '/v1/models/GLM-4.6']) {
      const anthropic = await send(rig, path);
      const openai = await fetch(`${rig.url}${path}`);
      for (const { headers } of [anthropic, openai])
        expect(headers.get('vary')?.toLowerCase()).to.contain('anthropic-version');
      const body = await jsonOf(anthropic);
      const model = body.data?.[0] ?? body;
      expect(model).to.include({ type: 'model', lifecycle: 'active' });
      expect(model.created_at).to.match(/^2025-\d\d-\d\dT/);
      expect((await jsonOf(openai)).object).to.be.oneOf(['list', 'model']);
    }
  });

  it('are one page', async () => {
    const { data, has_more, first_id, last_id } = await jsonOf(await send(rig, '/v1/models'));
    expect(has_more).to.equal(false);
    expect(first_id).to.equal(data[0].id);
    expect(last_id).to.equal(data.at(-1).id);
  });
});

describe('Counting tokens', () => {
  const rig = useGateway({ form: 'zai' });
  const count = async (fields: object) =>
    (await jsonOf(await send(rig, '/v1/messages/count_tokens', { model: 'claude-x', ...fields })))
      .input_tokens;
  const said = (content: unknown) => [{ role: 'user', content }];

  it('includes everything that a model reads', async () => {
    const messages = said('Hi');
    const least = await count({ messages });
    const tools = [{ name: 'look', description: 'Looks around', input_schema: { type: 'object' } }];
    const source = { type: 'base64', media_type: 'image/png', data: 'x'.repeat(100_000) };
    const call = { type: 'tool_use', id: 'a', name: 'look', input: { at: 'the whole wide world' } };
    const thinking = { type: 'thinking', thinking: 'I think, so I am.', signature: 's' };
    for (const more of [
      { messages, system: 'Be kind to all of them' },
      { messages, tools },
      { messages: [...messages, { role: 'assistant', content: [call] }] },
      { messages: [...messages, { role: 'assistant', content: [thinking] }] },
      { messages: said([{ type: 'tool_result', tool_use_id: 'a', content: 'It is all green here' }]) },
    ])
      expect(await count(more), JSON.stringify(more)).to.be.within(least + 3, least + 40);
    expect(await count({ messages: said([{ type: 'image', source }]) })).to.be.within(1_000, 1_020);
  });

  it('is neither counted as a request nor sent to the upstream', async () => {
    const chats = rig.upstreamChats.length;
    await count({ messages: said('Hi') });
    const response = await send(rig, '/v1/messages', question('sim:say(x)'));
    await rig.recordOf(response);
    expect(rig.records.map(({ path }) => path)).to.deep.equal(['/v1/messages']);
    expect(rig.upstreamChats).to.have.length(chats + 1);
  });
});

describe('Browsers', () => {
  const rig = useGateway({ form: 'zai' });

  it('may read the request id under Anthropic’s header name', async () => {
    const headers = { origin: 'https://app.example.com' };
    const response = await send(rig, '/v1/messages', question('sim:say(x)'), { headers });
    expect(response.headers.get('access-control-expose-headers')).to.match(/(^|,)request-id(,|$)/);
  });
});
