import { expect } from 'chai';
import { formatCall } from '../../src/upstream/zai-web/tools/format.js';
import { dataOf, errorOf, type Json, joined, jsonOf, useGateway } from '../support/gateway.js';

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const tools = [
  { type: 'function', function: { name: 'get_weather', description: 'Weather of a city.', parameters } },
  { type: 'function', function: { name: 'now' } },
];

const OSLO = { name: 'get_weather', arguments: '{"city":"Oslo 奥斯陆"}' };

describe('Tools over the web chat', () => {
  const rig = useGateway({ form: 'web' });

  const whole = async (question: string, fields: object = {}) =>
    (await jsonOf(await rig.ask(question, { stream: false, tools, ...fields }))).choices[0];
  const streamed = async (question: string, fields: object = {}) =>
    dataOf(await (await rig.ask(question, { stream: true, tools, ...fields })).text());
  const called = ({ message }: Json): Json[] => (message.tool_calls ?? []).map((call: Json) => call.function);

  it('are called with content null, an id each, and finish reason tool_calls', async () => {
    const { message, finish_reason } = await whole('sim:tools-parallel');
    expect(finish_reason).to.equal('tool_calls');
    expect(message.content).to.equal(null);
    expect(message.tool_calls.map(({ type, function: f }: Json) => ({ type, ...f }))).to.deep.equal([
      { type: 'function', ...OSLO },
      { type: 'function', name: 'now', arguments: '{}' },
    ]);
    const ids = message.tool_calls.map(({ id }: Json) => id);
    expect(new Set(ids)).to.have.property('size', 2);
    for (const id of ids) expect(id).to.match(/^call_\w+$/);
  });

  it('are streamed with an index each, after the thinking and the words before them', async () => {
    const chunks = await streamed('sim:tools-parallel sim:tools-as=prose', { enable_thinking: true });
    const deltas = chunks.flatMap((chunk) => chunk.choices?.[0]?.delta ?? []);
    const calls = deltas.flatMap(({ tool_calls }: Json) => tool_calls ?? []);
    expect(joined(chunks, 'reasoning_content')).to.contain('answer = simulate');
    expect(joined(chunks)).to.equal('Let me look.\n\nI wait for it.');
    expect(calls.flatMap(({ index, function: f }: Json) => (f.name ? [[index, f.name]] : []))).to.deep.equal([
      [0, 'get_weather'],
      [1, 'now'],
    ]);
    const written = (of: number) =>
      calls.map(({ index, function: f }: Json) => (index === of ? (f.arguments ?? '') : '')).join('');
    expect([written(0), written(1)]).to.deep.equal([OSLO.arguments, '{}']);
    expect(chunks.at(-2).choices[0].finish_reason).to.equal('tool_calls');
  });

  for (const how of ['fence', 'repairable', 'twice', 'unclosed', 'block']) {
    it(`are called once and leave no markup in the text when the model writes sim:tools-as=${how}`, async () => {
      const choice = await whole(`sim:tools sim:tools-as=${how}`);
      expect(called(choice).map((call) => [call.name, JSON.parse(call.arguments)])).to.deep.equal([
        ['get_weather', JSON.parse(OSLO.arguments)],
      ]);
      expect(choice.message.content).to.equal(null);
    });
  }

  for (const [how, text] of [
    ['hopeless', formatCall('get_weather', '{"arguments": @@@ ]]}{')],
    ['undeclared', formatCall('undeclared_tool', OSLO.arguments)],
    ['cut', formatCall('get_weather', OSLO.arguments).replace(/\}[^}]*$/, '')],
  ] as const) {
    it(`are not called, and no text is lost, when the model writes sim:tools-as=${how}`, async () => {
      const { message, finish_reason } = await whole(`sim:tools sim:tools-as=${how}`);
      expect({ message, finish_reason }).to.deep.include({ finish_reason: 'stop' });
      expect(message).to.not.have.property('tool_calls');
      expect(message.content).to.equal(text);
      expect(joined(await streamed(`sim:tools sim:tools-as=${how}`))).to.equal(text);
    });
  }

  it('are not called by a user’s text, even if the model repeats it', async () => {
    const { message } = await whole(formatCall('now', '{}'), { enable_thinking: true });
    expect(message).to.not.have.property('tool_calls');
    expect(message.content).to.contain('<tool-request name="now">');
    expect(message.reasoning_content).to.contain('<tool-request name="now">');
  });

  it('are not offered with tool_choice none, and called once at most without parallel calls', async () => {
    const none = await whole('sim:tools', { tool_choice: 'none' });
    expect(called(none)).to.deep.equal([]);
    expect(JSON.stringify(rig.upstreamChats.at(-1)?.body)).to.not.contain('get_weather');
    expect(called(await whole('sim:tools-parallel', { parallel_tool_calls: false }))).to.deep.equal([OSLO]);
  });

  it('are reduced to the requested one', async () => {
    const named = await whole('sim:tools', { tool_choice: { type: 'function', function: { name: 'now' } } });
    expect(called(named)).to.deep.equal([{ name: 'now', arguments: '{}' }]);
  });

  for (const word of ['truncate', 'error-mid', 'cut sim:pace=1']) {
    it(`end in an error, not in half a call, if the upstream breaks off (sim:${word})`, async () => {
      const response = await rig.ask(`sim:tools sim:${word}`, { stream: false, tools });
      expect(response.status).to.be.within(429, 502);
      expect(await errorOf(response))
        .to.have.property('code')
        .that.is.a('string');
      const chunks = await streamed(`sim:tools sim:tools-as=prose sim:after=5 sim:${word}`);
      expect(joined(chunks)).to.match(/^Let/);
      expect(chunks.at(-2)).to.have.property('error');
      const choices = chunks.flatMap((chunk) => chunk.choices?.[0] ?? []);
      expect(choices.some((choice) => choice.delta.tool_calls || choice.finish_reason)).to.equal(false);
    });
  }

  it('leave no arguments or results in the log', async () => {
    await jsonOf(
      await rig.ask('', {
        stream: false,
        tools,
        messages: [
          { role: 'user', content: 'sim:tools canary-question' },
          {
            role: 'assistant',
            content: null,
            tool_calls: [
              { id: '1', type: 'function', function: { name: 'now', arguments: '{"x":"canary-argument"}' } },
            ],
          },
          { role: 'tool', tool_call_id: '1', content: 'canary-result' },
        ],
      }),
    );
    expect(rig.log).to.not.match(/canary|Oslo/);
  });
});
