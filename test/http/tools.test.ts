import { expect } from 'chai';
import { chatBody, dataOf, errorOf, type Json, jsonOf, RawClient, useGateway } from '../support/gateway.js';

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const tools = [
  { type: 'function', function: { name: 'get_weather', description: 'Weather of a city.', parameters } },
  { type: 'function', function: { name: 'now' } },
  { type: 'web_search', web_search: { enable: true } },
];
const user = (content: string) => ({ role: 'user', content });

describe('Tools over an OpenAI-compatible upstream', () => {
  const rig = useGateway({ form: 'self-hosted' });
  const ask = async (question: string, fields: object = {}) =>
    (await jsonOf(await rig.ask(question, { stream: false, tools, ...fields }))).choices[0];

  it('are answered with content null, ids, and arguments as text', async () => {
    const { message, finish_reason } = await ask('sim:tools-parallel');
    expect(finish_reason).to.equal('tool_calls');
    expect(message).to.have.all.keys('role', 'content', 'refusal', 'tool_calls');
    expect(message.content).to.equal(null);
    const [first, second] = message.tool_calls;
    expect(first).to.deep.equal({
      id: first.id,
      type: 'function',
      function: { name: 'get_weather', arguments: '{"city":"Oslo 奥斯陆"}' },
    });
    expect(second.function).to.deep.equal({ name: 'now', arguments: '{}' });
    expect(second.id).to.be.a('string').and.not.equal(first.id);
  });

  it('reach the upstream as functions, and those of unknown types not at all', async () => {
    await ask('hello', { parallel_tool_calls: false });
    const { body } = rig.upstreamChats.at(-1) ?? {};
    expect(body).to.deep.include({ tools: body.tools, tool_choice: 'auto', parallel_tool_calls: false });
    expect(body.tools).to.have.length(2);
    expect(body.tools[0]).to.deep.equal(tools[0]);
  });

  it('stream their arguments while the model still writes them', async () => {
    const client = await RawClient.connect(rig.port);
    const closed = rig.upstreamClosed();
    client.post(chatBody('sim:tools sim:stall sim:after=5 sim:pace=1', { stream: true, tools }));
    const text = await client.until(/"arguments":"\{\\"city/);
    expect(text).to.contain('"name":"get_weather"').and.not.to.contain('"finish_reason":"');
    client.leave();
    expect((await closed).closedEarly).to.equal(true);
  });

  it('that are cut end the stream with an error and without a finish reason, and count as failed', async () => {
    const response = await rig.ask('sim:tools sim:truncate sim:after=5', { stream: true, tools });
    const data = dataOf(await response.text());
    expect(data.at(-1)).to.equal('[DONE]');
    expect(data.at(-2).error).to.include({ code: 'upstream_truncated' });
    expect(data.slice(0, -2).map((chunk) => chunk.choices[0].finish_reason)).to.satisfy((reasons: Json[]) =>
      reasons.every((reason) => reason === null),
    );
    expect((await rig.recordOf(response)).outcome).to.equal('upstream_truncated');
  });

  it('keep arguments that were cut by the token limit, with finish reason length', async () => {
    const { message, finish_reason } = await ask('sim:tools sim:finish=length');
    expect(finish_reason).to.equal('length');
    expect(message.tool_calls).to.have.length(1);
  });

  it('have usage with the calls, and their first token at the first call', async () => {
    const response = await rig.ask('sim:tools', {
      stream: true,
      tools,
      stream_options: { include_usage: true },
    });
    const data = dataOf(await response.text());
    expect(data.at(-2).usage.total_tokens).to.be.above(0);
    expect(await rig.recordOf(response))
      .to.include({ outcome: 'ok' })
      .and.have.property('firstTokenMs');
  });

  const refused: [what: string, fields: object, param: string][] = [
    ['a tool without a name', { tools: [{ type: 'function', function: {} }] }, 'tools[0].function.name'],
    [
      'a choice that was not declared',
      { tool_choice: { type: 'function', function: { name: 'x' } } },
      'tool_choice',
    ],
    [
      'a result without an id',
      { messages: [user('hi'), { role: 'tool', content: 'x' }] },
      'messages[1].tool_call_id',
    ],
    ['functions of old', { functions: [{ name: 'f' }] }, 'functions'],
  ];
  for (const [what, fields, param] of refused) {
    it(`refuse ${what} with a 400 that names ${param}`, async () => {
      const response = await rig.ask('hi', { tools, ...fields });
      expect(response.status).to.equal(400);
      expect(await errorOf(response)).to.include({ type: 'invalid_request_error', param });
    });
  }

  it('leave no schemas, arguments or results in log or record', async () => {
    const secret = 'canary-of-tools';
    const call = {
      id: 'call_1',
      type: 'function',
      function: { name: secret, arguments: `{"a":"${secret}"}` },
    };
    const messages = [
      user(`sim:tools ${secret}`),
      { role: 'assistant', content: null, reasoning_content: secret, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_1', content: secret },
    ];
    const offered = [
      { type: 'function', function: { name: secret, parameters: { type: 'object', title: secret } } },
    ];
    for (const fields of [
      { messages, tools: offered },
      { tools: [{ function: { name: '', description: secret } }] },
    ]) {
      const response = await rig.ask('', { stream: false, ...fields });
      await response.text();
      await rig.recordOf(response);
    }
    expect(rig.log).not.to.contain(secret);
    expect(JSON.stringify(rig.records)).not.to.contain(secret);
  });
});

describe('Tools over Z.ai’s API', () => {
  const rig = useGateway({ form: 'zai' });

  it('may be 128; one more is rejected with the limit', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ type: 'function', function: { name: `tool_${i}` } }));
    expect(await rig.say('sim:say(fine)', { tools: many(128) })).to.equal('fine');
    const asked = rig.upstreamChats.length;
    const response = await rig.ask('hi', { tools: many(129) });
    expect(response.status).to.equal(400);
    expect(await errorOf(response)).to.include({
      param: 'tools',
      message: 'tools: Z.ai takes up to 128 tools; these are 129.',
    });
    expect(rig.upstreamChats).to.have.length(asked);
  });
});

describe('Images over HTTP', () => {
  const zai = useGateway({ form: 'zai', env: { MODEL_ALIASES: 'new-vision=glm-9v' } });
  const selfHosted = useGateway({ form: 'self-hosted' });
  const showing = (url: string) => [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this? sim:say(a cat)' },
        { type: 'image_url', image_url: { url } },
      ],
    },
  ];

  it('reach a vision model unchanged, even 5 MB of them', async () => {
    const url = `data:image/png;base64,${'A'.repeat(5_000_000)}`;
    expect(await zai.say('', { model: 'GLM-4.5V', messages: showing(url) })).to.equal('a cat');
    expect(zai.upstreamChats.at(-1)?.body.messages[0].content[1].image_url).to.deep.equal({ url });
  });

  it('are never fetched by the gateway', async () => {
    const url = `${zai.simulator.url}/secret.png`;
    expect(await zai.say('', { model: 'GLM-4.6V', messages: showing(url) })).to.equal('a cat');
    expect(zai.upstreamChats.at(-1)?.body.messages[0].content[1].image_url).to.deep.equal({ url });
    expect(zai.simulator.requests.filter(({ path }) => path.includes('secret'))).to.deep.equal([]);
  });

  it('are rejected for a text model with a 400 that names the vision models, without asking the upstream', async () => {
    const asked = zai.upstreamChats.length;
    const response = await zai.ask('', { messages: showing('https://example.com/a.png') });
    expect(response.status).to.equal(400);
    const error = await errorOf(response);
    expect(error).to.include({ code: 'unsupported_content', param: 'messages[0].content[1].image_url.url' });
    expect(error.message).to.match(/GLM-4\.6V.*GLM-4\.5V/);
    expect(zai.upstreamChats).to.have.length(asked);
    expect((await zai.recordOf(response)).outcome).not.to.equal('ok');
  });

  it('are passed on to a self-hosted model of unknown abilities', async () => {
    expect(
      await selfHosted.say('', { model: 'glm-4.5', messages: showing('https://example.com/a.png') }),
    ).to.equal('a cat');
  });

  it('are passed on to a model that the table does not have', async () => {
    const response = await zai.ask('', {
      model: 'new-vision',
      messages: showing('https://example.com/a.png'),
    });
    // The simulator knows no such model, either.
    expect((await errorOf(response)).code).to.equal('model_not_found');
    expect(zai.upstreamChats.at(-1)?.body.model).to.equal('glm-9v');
  });

  it('that are invalid are rejected with the field’s name', async () => {
    const response = await zai.ask('', { model: 'GLM-4.5V', messages: showing('file:///etc/passwd') });
    expect(response.status).to.equal(400);
    expect((await errorOf(response)).param).to.equal('messages[0].content[1].image_url.url');
  });
});
