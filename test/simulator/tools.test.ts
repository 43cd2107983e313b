import { expect } from 'chai';
import { askOpenAi, eventsOf, type Json, textOf, useSimulator } from './client.js';

const tool = (name: string, properties: object = {}) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties, required: Object.keys(properties) } },
});
const TOOLS = [
  tool('get_weather', { city: { type: 'string' }, unit: { enum: ['celsius', 'fahrenheit'] } }),
  tool('get_time', { zone: { type: 'string' } }),
  tool('rest'),
];
const QUIET = { thinking: { type: 'disabled' }, chat_template_kwargs: { enable_thinking: false } };

/** The calls of a stream, put together as clients do. */
function callsOf(events: Json[]): Json[] {
  const calls: Json[] = [];
  for (const event of events) {
    for (const { index, id, function: called } of event.choices[0]?.delta.tool_calls ?? []) {
      if (id) calls[index] = { id, name: called.name, arguments: called.arguments };
      else calls[index].arguments += called.arguments;
    }
  }
  return calls;
}

for (const [dialect, path] of [
  ['Z.ai’s API', '/api/paas/v4'],
  ['a self-hosted GLM', '/v1'],
] as const) {
  describe(`the tools of the simulated form of ${dialect}`, () => {
    const simulator = useSimulator();
    const base = () => `${simulator().url}${path}`;

    const next = async (messages: Json[], fields: object = {}) => {
      const answer = await askOpenAi(base(), '', { messages, tools: TOOLS, ...QUIET, ...fields });
      const events = await eventsOf(answer);
      return {
        calls: callsOf(events),
        text: textOf(events, 'content'),
        reason: events.findLast((event) => event.choices[0]?.finish_reason).choices[0].finish_reason,
      };
    };
    const user = (content: string) => ({ role: 'user', content });
    const answered = (calls: Json[]) => [
      {
        role: 'assistant',
        content: null,
        tool_calls: calls.map(({ id, ...called }) => ({ id, type: 'function', function: called })),
      },
      ...calls.map(({ id, name }) => ({ role: 'tool', tool_call_id: id, content: `result of ${name}` })),
    ];

    it('are called one after the other, then their results quoted', async () => {
      const messages: Json[] = [user('sim:tools=2 What now?')];
      const names: string[] = [];
      for (;;) {
        const { calls, text, reason } = await next(messages);
        if (calls.length === 0) {
          expect(reason).to.equal('stop');
          expect(text).to.contain('“result of get_weather” and “result of get_time”');
          break;
        }
        expect(calls).to.have.length(1);
        expect({ text, reason }).to.deep.equal({ text: '', reason: 'tool_calls' });
        names.push(calls[0].name);
        messages.push(...answered(calls));
      }
      expect(names).to.deep.equal(['get_weather', 'get_time']);
    });

    it('are called all at once, each with an id of its own and arguments that fit', async () => {
      const { calls } = await next([user('sim:tools-parallel')]);
      expect(calls.map(({ name }) => name)).to.deep.equal(['get_weather', 'get_time', 'rest']);
      expect(new Set(calls.map(({ id }) => id))).to.have.property('size', 3);
      expect(calls.map((call) => JSON.parse(call.arguments))).to.deep.equal([
        { city: 'Oslo 奥斯陆', unit: 'celsius' },
        { zone: 'Oslo 奥斯陆' },
        {},
      ]);
      const { text } = await next([user('sim:tools-parallel'), ...answered(calls)]);
      expect(text).to.contain('“result of rest”');
    });

    it('are not called without the word, nor after the next question, nor with tool_choice none', async () => {
      const { calls } = await next([user('sim:tools')]);
      const history = [user('sim:tools'), ...answered(calls), { role: 'assistant', content: 'Done.' }];
      for (const [messages, fields] of [
        [[user('hello')], {}],
        [[...history, user('hello')], {}],
        [[user('sim:tools')], path === '/v1' ? { tool_choice: 'none' } : { tools: [] }],
      ] as const) {
        const answer = await next([...messages], fields);
        expect(answer.calls).to.deep.equal([]);
        expect(answer.text).to.match(/^\*Simulated answer/);
      }
    });

    it('stand in a whole answer as in a stream', async () => {
      const fields = { stream: false, tools: TOOLS, ...QUIET };
      const answer = (await (await askOpenAi(base(), 'sim:tools-parallel=2', fields)).json()) as Json;
      const [{ message, finish_reason }] = answer.choices;
      expect({ content: message.content, finish_reason }).to.deep.equal({
        content: null,
        finish_reason: 'tool_calls',
      });
      expect(message.tool_calls.map((call: Json) => call.function.name)).to.deep.equal([
        'get_weather',
        'get_time',
      ]);
    });
  });
}

describe('the way in which calls are streamed', () => {
  const simulator = useSimulator();
  const deltas = async (path: string, fields: object) => {
    const answer = await askOpenAi(`${simulator().url}${path}`, 'sim:tools=1', {
      tools: TOOLS,
      ...QUIET,
      ...fields,
    });
    return (await eventsOf(answer)).flatMap((event) => event.choices[0]?.delta.tool_calls ?? []);
  };

  it('is whole at Z.ai, but in pieces where a newer model was asked for them', async () => {
    expect(await deltas('/api/paas/v4', { tool_stream: true })).to.have.length(1);
    expect(await deltas('/api/paas/v4', { model: 'glm-4.6' })).to.have.length(1);
    expect(await deltas('/api/paas/v4', { model: 'glm-4.6', tool_stream: true })).to.have.length.above(3);
  });

  it('is in pieces where a GLM is self-hosted', async () => {
    expect(await deltas('/v1', {})).to.have.length.above(3);
  });
});

describe('messages and tools that are refused', () => {
  const simulator = useSimulator();
  const user = { role: 'user', content: 'hi' };
  const stray = { role: 'tool', tool_call_id: 'call_1', content: 'x' };
  const cases: [what: string, path: string, fields: Record<string, unknown>, code: string | number][] = [
    ['a choice that Z.ai does not know', '/api/paas/v4', { tools: TOOLS, tool_choice: 'required' }, '1210'],
    ['a result without its call', '/api/paas/v4', { messages: [user, stray] }, '1214'],
    ['a choice without tools', '/v1', { tool_choice: 'auto' }, 400],
  ];
  it('have the code of the server', async () => {
    for (const [what, path, fields, code] of cases) {
      const answer = await askOpenAi(`${simulator().url}${path}`, 'hi', fields);
      expect(answer.status, what).to.equal(400);
      expect(((await answer.json()) as Json).error.code, what).to.equal(code);
    }
  });
});
