import Anthropic, { type APIError } from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { expect } from 'chai';
import { z } from 'zod';
import { accumulated, eventsOf, expectOrder, MessageShape } from '../protocol/anthropic-messages/shapes.js';
import { jsonOf, KEY, useGateway } from '../support/gateway.js';

type Create = Partial<Anthropic.MessageCreateParamsNonStreaming>;

const asked = (content: string, fields: Create = {}) => ({
  model: 'claude-x',
  max_tokens: 1_000,
  messages: [{ role: 'user' as const, content }],
  ...fields,
});

const failure = (promise: Promise<unknown>): Promise<APIError> =>
  promise.then(
    () => expect.fail('it should have failed'),
    (error) => error,
  );

describe('The Anthropic SDK, unmodified', () => {
  const rig = useGateway({ form: 'self-hosted' });
  const sdk = (apiKey = KEY) => new Anthropic({ baseURL: rig.url, apiKey, maxRetries: 0 });
  const create = (content: string, fields: Create = {}) => sdk().messages.create(asked(content, fields));
  /** What the upstream was sent last. */
  const sent = () => rig.upstreamChats.at(-1)?.body as { messages: Record<string, unknown>[] };

  it('gets a whole message with its usage and the reason of its end', async () => {
    const message = await create('sim:say(Hello there, 世界 🙂)');
    expect(MessageShape.parse(message)).to.deep.include({
      model: 'claude-x',
      content: [{ type: 'text', text: 'Hello there, 世界 🙂' }],
      stop_reason: 'end_turn',
    });
    expect(message.usage.input_tokens).to.be.greaterThan(0);
    expect(message.usage.output_tokens).to.be.greaterThan(0);
    expect(message._request_id).to.match(/^[\w-]{36}$/);
  });

  it('streams: texts as they come, then the final message', async () => {
    const texts: string[] = [];
    const stream = sdk()
      .messages.stream(asked('sim:events=40'))
      .on('text', (text) => texts.push(text));
    const message = await stream.finalMessage();
    expect(texts).to.have.length(40);
    expect(texts.join('')).to.equal(' token'.repeat(40));
    expect(message.content).to.deep.equal([{ type: 'text', text: ' token'.repeat(40) }]);
    expect(message.stop_reason).to.equal('end_turn');
    const whole = await create('sim:events=40');
    expect(message.usage).to.deep.equal(whole.usage);
  });

  it('streams nothing but what Anthropic publishes, in its order', async () => {
    for (const question of ['What is love?', 'sim:tools', 'sim:say()']) {
      const response = await post({ ...asked(question), stream: true, thinking: THINKING, tools: TOOLS });
      expect(response.headers.get('content-type')).to.match(/^text\/event-stream/);
      const events = eventsOf(await response.text());
      expectOrder(events);
      MessageShape.parse(accumulated(events));
    }
  });

  it('sees the thinking in a signed block, and sends it back with the results of tools', async () => {
    const client = sdk();
    const question = { role: 'user' as const, content: 'sim:tools=1 Look' };
    const fields = { thinking: THINKING, tools: TOOLS };
    for (const message of [
      await client.messages.create({ ...asked(''), ...fields, messages: [question] }),
      await client.messages.stream({ ...asked(''), ...fields, messages: [question] }).finalMessage(),
    ]) {
      const [thinking, call] = message.content;
      if (thinking?.type !== 'thinking' || call?.type !== 'tool_use') expect.fail('no thinking, no call');
      // So few tokens are the level `low`.
      expect(thinking.thinking).to.equal('Simple enough.');
      expect(thinking.signature).not.to.equal('');
      const result = { type: 'tool_result' as const, tool_use_id: call.id, content: 'sunny' };
      const next = await client.messages.create({
        ...asked(''),
        ...fields,
        messages: [
          question,
          { role: 'assistant', content: message.content },
          { role: 'user', content: [result] },
        ],
      });
      expect(sent().messages.slice(1)).to.deep.equal([
        {
          role: 'assistant',
          content: '',
          reasoning_content: thinking.thinking,
          tool_calls: [
            {
              id: call.id,
              type: 'function',
              function: { name: 'weather', arguments: JSON.stringify(call.input) },
            },
          ],
        },
        { role: 'tool', tool_call_id: call.id, content: 'sunny' },
      ]);
      expect(next.content.at(-1))
        .to.deep.include({ type: 'text' })
        .and.have.property('text')
        .that.contains('sunny');
    }
  });

  it('receives answers under the requested Claude model, and keeps all thinking over its turns', async () => {
    const client = sdk();
    const fields = { model: 'claude-sonnet-4-5', thinking: THINKING };
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'What is love?' }];
    const first = await client.messages.create({ ...asked(''), ...fields, messages });
    messages.push(
      { role: 'assistant', content: first.content },
      { role: 'user', content: 'And what is hate?' },
    );
    const second = await client.messages.stream({ ...asked(''), ...fields, messages }).finalMessage();
    const foreign: Anthropic.ContentBlockParam[] = [
      { type: 'redacted_thinking', data: 'EmwKAhgBEgy3va3pzix' },
      { type: 'thinking', thinking: 'Claude’s own.', signature: 'EqQBCkYIBxgCKkBfb3JlaWdu' },
      { type: 'text', text: 'Said by Claude.' },
    ];
    messages.push({ role: 'assistant', content: second.content }, { role: 'user', content: 'And now?' });
    messages.push({ role: 'assistant', content: foreign }, { role: 'user', content: 'sim:say(fine)' });
    const third = await client.messages.create({ ...asked(''), ...fields, messages });
    for (const { model } of [first, second, third]) expect(model).to.equal('claude-sonnet-4-5');
    const thoughts = [first, second].map(
      ({ content: [block] }) => block?.type === 'thinking' && block.thinking,
    );
    expect(thoughts.every(Boolean)).to.equal(true);
    const answers = sent().messages.filter(({ role }) => role === 'assistant');
    expect(answers.map((answer) => answer.reasoning_content)).to.deep.equal([...thoughts, 'Claude’s own.']);
    expect(answers[2]?.content).to.equal('Said by Claude.');
  });

  it('is told which stop text ended an answer, and that one was cut short', async () => {
    for (const stop_sequences of [[' thr'], ['never', ' thr']]) {
      const fields = { stop_sequences };
      for (const message of [
        await create('sim:say(one two three)', fields),
        await sdk().messages.stream(asked('sim:say(one two three)', fields)).finalMessage(),
      ]) {
        expect(message).to.include({ stop_reason: 'stop_sequence', stop_sequence: ' thr' });
        expect(message.content[0]).to.include({ text: 'one two' });
      }
    }
    const cut = await create('sim:events=40', { max_tokens: 5 });
    expect(cut).to.include({ stop_reason: 'max_tokens', stop_sequence: null });
  });

  it('gets JSON that fits a schema', async () => {
    const schema = {
      type: 'object',
      properties: { city: { type: 'string' }, degrees: { type: 'integer' } },
      required: ['city', 'degrees'],
      additionalProperties: false,
    };
    const message = await create('How is the weather?', {
      output_config: { format: { type: 'json_schema', schema } },
    });
    const [block] = message.content;
    const answer = JSON.parse(block?.type === 'text' ? block.text : '');
    expect(answer.city).to.be.a('string');
    expect(answer.degrees).to.satisfy(Number.isInteger);
  });

  it('calls one tool at a time when parallel calls are off', async () => {
    const calls = async (disable_parallel_tool_use: boolean) => {
      const tool_choice = { type: 'auto' as const, disable_parallel_tool_use };
      const { content } = await create('sim:tools-parallel', { tools: TOOLS, tool_choice });
      return content.filter(({ type }) => type === 'tool_use').length;
    };
    expect(await calls(false)).to.equal(2);
    expect(await calls(true)).to.equal(1);
  });

  for (const stream of [false, true] as const) {
    it(`runs a loop of two tools, ${stream ? 'streamed' : 'whole'}, after it was told that threads are not supported`, async () => {
      const { tools, ran } = runnableTools();
      const before = rig.upstreamChats.length;
      const runner = sdk().beta.messages.toolRunner({ ...asked('sim:tools Look and count'), tools, stream });
      const last = await runner.runUntilDone();
      expect(ran).to.deep.equal(['weather', 'count']);
      await rig.record(({ code }) => code === 'thread_unsupported_request');
      expect(last.stop_reason).to.equal('end_turn');
      const [block] = last.content;
      expect(block?.type === 'text' && block.text)
        .to.contain('“sunny”')
        .and.to.contain('“42”');
      expect(rig.upstreamChats.length - before).to.equal(3);
      // Nothing of the history is lost on the way.
      expect(sent().messages.map(({ role }) => role)).to.deep.equal([
        'user',
        'assistant',
        'tool',
        'assistant',
        'tool',
      ]);
    });
  }

  it('throws its own error class for a failure before the first event', async () => {
    const busy = await failure(create('sim:status=429 sim:retry-after=60'));
    expect(busy).to.be.instanceOf(Anthropic.RateLimitError);
    expect(busy).to.include({ status: 429, type: 'rate_limit_error', errorCode: 'upstream_busy' });
    expect(busy.headers?.get('retry-after')).to.equal('60');
    expect(busy.requestID).to.match(/^[\w-]{36}$/);
    const wrong = await failure(sdk('wrong').messages.create(asked('hi')));
    expect(wrong).to.be.instanceOf(Anthropic.AuthenticationError);
    expect(wrong.type).to.equal('authentication_error');
    const bad = await failure(create('hi', { temperature: 3 } as Create));
    expect(bad).to.be.instanceOf(Anthropic.BadRequestError);
    expect(bad.apiMessage).to.match(/^temperature/);
    const stream = sdk().messages.stream(asked('sim:status=401'));
    expect(await failure(stream.finalMessage())).to.be.instanceOf(Anthropic.InternalServerError);
  });

  for (const mishap of ['sim:error-mid', 'sim:truncate', 'sim:cut']) {
    it(`throws for ${mishap} after the first event, and reports no end of the answer`, async () => {
      const texts: string[] = [];
      const stream = sdk()
        .messages.stream(asked(mishap))
        .on('text', (text) => texts.push(text));
      const error = await failure(stream.finalMessage());
      expect(error).to.be.instanceOf(Anthropic.APIError);
      expect(error.type).to.equal('api_error');
      expect(texts.join('')).not.to.equal('');
      expect(stream.receivedMessages).to.deep.equal([]);
      const raw = await (await post({ ...asked(mishap), stream: true })).text();
      expect(raw)
        .to.match(/\nevent: error\ndata: .*\n\n$/)
        .and.not.to.match(/message_(stop|delta)/);
      const record = await rig.recordOf(error.requestID ?? '');
      expect(record.outcome).to.match(/^upstream_(error|truncated)$/);
    });
  }

  it('stops the upstream when it disconnects in the middle of a stream', async () => {
    const closed = rig.upstreamClosed();
    const stream = sdk().messages.stream(asked('sim:stall'));
    stream.once('text', () => stream.abort());
    expect(await failure(stream.finalMessage())).to.be.instanceOf(Anthropic.APIUserAbortError);
    expect((await closed).closedEarly).to.equal(true);
    const record = await rig.record(({ outcome }) => outcome === 'cancelled');
    expect(record).to.include({ status: 499, path: '/v1/messages', streamed: true });
  });

  it('counts more tokens for a longer request', async () => {
    const count = async (content: Anthropic.MessageParam['content'], fields: object = {}) => {
      const body = { model: 'claude-x', messages: [{ role: 'user' as const, content }], ...fields };
      return (await sdk().messages.countTokens(body)).input_tokens;
    };
    const one = await count('Hello, world!');
    expect(one).to.be.within(5, 12);
    expect(await count('Hello, world! '.repeat(100))).to.be.within(300, 600);
    expect(await count('Hello, world!', { tools: TOOLS, system: 'Be kind' })).to.be.greaterThan(one + 20);
  });

  it('lists the models, and retrieves each of them', async () => {
    const models: Anthropic.ModelInfo[] = [];
    for await (const model of sdk().models.list({ limit: 1_000 })) models.push(model);
    expect(models.map(({ id }) => id)).to.include('GLM-4.5');
    for (const model of models) {
      expect(model).to.include({ type: 'model', display_name: model.id });
      expect(Date.parse(model.created_at)).to.be.at.least(0);
      expect({ ...(await sdk().models.retrieve(model.id)) }).to.deep.equal(model);
    }
    expect(await failure(sdk().models.retrieve('nope'))).to.be.instanceOf(Anthropic.NotFoundError);
  });

  it('accepts the key in either header', async () => {
    for (const headers of [{ 'x-api-key': KEY }, { authorization: `Bearer ${KEY}` }]) {
      const response = await post(asked('sim:say(hi)'), headers);
      expect((await jsonOf(response)).content[0].text).to.equal('hi');
    }
  });

  const post = (body: object, headers: Record<string, string> = { 'x-api-key': KEY }) =>
    fetch(`${rig.url}/v1/messages?beta=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', ...headers },
      body: JSON.stringify(body),
    });
});

describe('The Anthropic SDK with images', () => {
  const rig = useGateway({ form: 'zai' });
  const source = { type: 'base64' as const, media_type: 'image/png' as const, data: 'iVBORw0KGgo=' };
  const content = [
    { type: 'image' as const, source },
    { type: 'text' as const, text: 'sim:say(A dot.)' },
  ];
  const see = (model: string) =>
    new Anthropic({ baseURL: rig.url, apiKey: KEY, maxRetries: 0 }).messages.create({
      ...asked(''),
      model,
      messages: [{ role: 'user', content }],
    });

  it('sends them to a vision model', async () => {
    expect((await see('GLM-4.5V')).content[0]).to.include({ text: 'A dot.' });
  });

  it('is told which models read them', async () => {
    const error = await failure(see('GLM-4.5'));
    expect(error).to.be.instanceOf(Anthropic.BadRequestError);
    expect(error.apiMessage).to.contain('GLM-4.5V');
  });
});

const THINKING = { type: 'enabled' as const, budget_tokens: 1_024 };
const TOOLS: Anthropic.Tool[] = [
  {
    name: 'weather',
    description: 'Looks out of the window',
    input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
  { name: 'count', input_schema: { type: 'object', properties: {} } },
];

function runnableTools() {
  const ran: string[] = [];
  const weather = betaZodTool({
    name: 'weather',
    description: 'Looks out of the window',
    inputSchema: z.strictObject({ city: z.string() }),
    run: () => {
      ran.push('weather');
      return 'sunny';
    },
  });
  const count = betaZodTool({
    name: 'count',
    description: 'Counts',
    inputSchema: z.strictObject({}),
    run: () => {
      ran.push('count');
      return '42';
    },
  });
  return { tools: [weather, count], ran };
}
