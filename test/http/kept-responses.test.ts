import { expect } from 'chai';
import OpenAI from 'openai';
import { eventsOf } from '../protocol/openai-responses/shapes.js';
import { errorOf, type Json, jsonOf, KEY, type Rig, useGateway } from '../support/gateway.js';

const ALICE = 'key-of-alice';

function call(rig: Rig, method: string, path: string, key = KEY, body?: object): Promise<Response> {
  return fetch(`${rig.url}/v1/responses${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const ask = (rig: Rig, fields: object, key = KEY) =>
  call(rig, 'POST', '', key, { model: 'GLM-4.5', ...fields });

/** What the upstream was asked last, as role and text. */
function lastAsked(rig: Rig): string[] {
  const body: Json = rig.simulator.requests.at(-1)?.body;
  return body.messages.map(({ role, content }: Json) => `${role}: ${content}`);
}

describe('A response that is kept', () => {
  const rig = useGateway({ form: 'zai', env: { API_KEYS: `alice:${ALICE}` } });

  for (const stream of [false, true]) {
    const form = stream ? 'streamed' : 'whole';

    /** One turn; the response as the client got it. */
    async function turn(fields: object, key = KEY): Promise<Json> {
      const response = await ask(rig, { stream, ...fields }, key);
      if (!stream) return jsonOf(response);
      const last: Json = eventsOf(await response.text()).at(-1);
      return last.response;
    }

    it(`has store: true, and is returned unchanged by its id (${form})`, async () => {
      const response = await turn({ input: 'sim:say(Hello)', metadata: { a: 'b' } });
      expect(response).to.include({ store: true, status: 'completed', previous_response_id: null });
      expect(response.id).to.match(/^resp_[0-9a-f]{32}$/);
      expect(await jsonOf(await call(rig, 'GET', `/${response.id}`))).to.deep.equal(response);
    });

    it(`is continued by previous_response_id: the model gets the whole conversation (${form})`, async () => {
      const first = await turn({ input: 'sim:say(one)', instructions: 'Be brief.' });
      const second = await turn({ input: 'sim:say(two)', previous_response_id: first.id });
      expect(second.previous_response_id).to.equal(first.id);
      const input = [{ role: 'user', content: 'sim:say(three)' }];
      await turn({ input, previous_response_id: second.id, instructions: 'Be kind.' });
      expect(lastAsked(rig)).to.deep.equal([
        'system: Be kind.',
        'user: sim:say(one)',
        'assistant: one',
        'user: sim:say(two)',
        'assistant: two',
        'user: sim:say(three)',
      ]);
    });

    it(`returns its tool calls and thinking to the model (${form})`, async () => {
      const tools = [{ type: 'function', name: 'look', parameters: { type: 'object', properties: {} } }];
      const first = await turn({ input: 'sim:tools', tools, reasoning: { effort: 'high' } });
      const calls = first.output.filter(({ type }: Json) => type === 'function_call');
      expect(calls).to.have.length(1);
      const input = [{ type: 'function_call_output', call_id: calls[0].call_id, output: 'seen' }];
      await turn({ input, tools, previous_response_id: first.id, reasoning: { effort: 'high' } });
      const messages: Json = rig.simulator.requests.at(-1)?.body;
      const [, assistant, result] = messages.messages;
      expect(assistant.reasoning_content).to.match(/^The user asks/);
      expect(assistant.tool_calls[0].id).to.equal(calls[0].call_id);
      expect(result).to.include({ role: 'tool', tool_call_id: calls[0].call_id, content: 'seen' });
    });

    it(`can be referred to by its items (${form})`, async () => {
      const first = await turn({ input: 'sim:say(one)' });
      const message = first.output.find(({ type }: Json) => type === 'message');
      const input = [
        { role: 'user', content: 'sim:say(one)' },
        { type: 'item_reference', id: message.id },
        { role: 'user', content: 'sim:say(two)' },
      ];
      const second = await turn({ input });
      expect(lastAsked(rig)).to.deep.equal(['user: sim:say(one)', 'assistant: one', 'user: sim:say(two)']);
      // References inside what is continued are resolved, too.
      await turn({ input: 'sim:say(three)', previous_response_id: second.id });
      expect(lastAsked(rig).slice(0, 4)).to.deep.equal([
        'user: sim:say(one)',
        'assistant: one',
        'user: sim:say(two)',
        'assistant: two',
      ]);
    });

    it(`is not kept if the client sends store: false (${form})`, async () => {
      const response = await turn({ input: 'sim:say(Hello)', store: false });
      expect(response.store).to.equal(false);
      expect((await call(rig, 'GET', `/${response.id}`)).status).to.equal(404);
    });

    it(`is not found with another API key (${form})`, async () => {
      const { id, output } = await turn({ input: 'sim:say(Hello)' }, ALICE);
      for (const [method, path] of [
        ['GET', ''],
        ['DELETE', ''],
        ['GET', '/input_items'],
      ] as const) {
        const response = await call(rig, method, `/${id}${path}`);
        expect(response.status).to.equal(404);
        expect((await errorOf(response)).code).to.equal('response_not_found');
      }
      const continued = await ask(rig, { input: 'x', stream, previous_response_id: id });
      expect(continued.status).to.equal(400);
      expect(await errorOf(continued)).to.include({
        code: 'previous_response_not_found',
        param: 'previous_response_id',
      });
      const message = output.find(({ type }: Json) => type === 'message');
      const input = [
        { role: 'user', content: 'x' },
        { type: 'item_reference', id: message.id },
      ];
      const referring = await ask(rig, { input, stream });
      expect(referring.status).to.equal(404);
      expect(await errorOf(referring)).to.include({ code: 'response_not_found', param: 'input[1]' });
      expect((await call(rig, 'GET', `/${id}`, ALICE)).status).to.equal(200);
    });
  }

  it('is not kept if its answer is incomplete because of an error', async () => {
    const response = await ask(rig, { input: 'sim:after=2 sim:truncate', stream: true });
    const events: Json[] = eventsOf(await response.text());
    const failed = events.find(({ type }) => type === 'response.failed');
    expect(failed.response.store).to.equal(false);
    expect((await call(rig, 'GET', `/${failed.response.id}`)).status).to.equal(404);
  });

  it('ignores references to reasoning that is not kept', async () => {
    const input = [
      { type: 'item_reference', id: `rs_${'0'.repeat(32)}0` },
      { role: 'user', content: 'sim:say(fine)' },
    ];
    expect((await ask(rig, { input })).status).to.equal(200);
    expect(lastAsked(rig)).to.deep.equal(['user: sim:say(fine)']);
  });

  it('is deleted once, and cannot be continued afterwards', async () => {
    const { id } = await jsonOf(await ask(rig, { input: 'sim:say(Hello)' }));
    const deleted = await jsonOf(await call(rig, 'DELETE', `/${id}`));
    expect(deleted).to.deep.equal({ id, object: 'response', deleted: true });
    expect((await call(rig, 'DELETE', `/${id}`)).status).to.equal(404);
    expect((await ask(rig, { input: 'x', previous_response_id: id })).status).to.equal(400);
  });

  it('lists its input items in pages, newest first by default', async () => {
    const contents = ['one', 'two', 'three', 'sim:say(four)'];
    const input = contents.map((content) => ({ role: 'user', content }));
    const { id } = await jsonOf(await ask(rig, { input }));
    const list = async (query: string) => jsonOf(await call(rig, 'GET', `/${id}/input_items${query}`));
    const all = await list('');
    expect(all).to.include({ object: 'list', has_more: false });
    expect(all.data.map(({ content }: Json) => content)).to.deep.equal([...contents].reverse());
    const first = await list('?order=asc&limit=3');
    expect(first.has_more).to.equal(true);
    expect(first.last_id).to.equal(first.data[2].id);
    const rest = await list(`?order=asc&limit=3&after=${first.last_id}`);
    expect(rest).to.include({ has_more: false, first_id: rest.data[0].id });
    expect(rest.data.map(({ content }: Json) => content)).to.deep.equal(['sim:say(four)']);
    for (const [query, param] of [
      ['?limit=0', 'limit'],
      ['?limit=101', 'limit'],
      ['?order=up', 'order'],
      ['?after=msg_none', 'after'],
    ] as const) {
      const refused = await call(rig, 'GET', `/${id}/input_items${query}`);
      expect(refused.status, query).to.equal(400);
      expect((await errorOf(refused)).param).to.equal(param);
    }
  });

  it('counts in input_tokens of a request that continues it', async () => {
    const { id } = await jsonOf(await ask(rig, { input: `sim:say(Hello) ${'word '.repeat(500)}` }));
    const count = async (fields: object) =>
      (await jsonOf(await call(rig, 'POST', '/input_tokens', KEY, { input: 'and now?', ...fields })))
        .input_tokens;
    expect(await count({ previous_response_id: id })).to.be.above((await count({})) + 500);
  });

  it('can be retrieved, listed, continued and deleted with the openai SDK', async () => {
    const { responses } = new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: ALICE, maxRetries: 0 });
    const first = await responses.create({ model: 'GLM-4.5', input: 'sim:say(one)' });
    const second = await responses.create({
      model: 'GLM-4.5',
      input: 'sim:say(two)',
      previous_response_id: first.id,
    });
    expect((await responses.retrieve(second.id)).output_text).to.equal('two');
    const items: Json[] = [];
    for await (const item of responses.inputItems.list(second.id)) items.push(item);
    expect(items.map(({ content }) => content[0].text)).to.deep.equal(['sim:say(two)']);
    await responses.delete(second.id);
    const error: Json = await responses.retrieve(second.id).catch((thrown: unknown) => thrown);
    expect(error.status).to.equal(404);
  });

  it('rejects other methods and unsupported features with clear errors', async () => {
    const put = await call(rig, 'PUT', `/resp_${'0'.repeat(32)}`, KEY, {});
    expect([put.status, put.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD, DELETE']);
    expect((await call(rig, 'GET', `/resp_${'0'.repeat(32)}?stream=true`)).status).to.equal(400);
    for (const [path, body] of [
      [`/resp_${'0'.repeat(32)}/cancel`, {}],
      ['/compact', {}],
    ] as const) {
      expect((await call(rig, 'POST', path, KEY, body)).status, path).to.equal(404);
    }
    for (const field of ['conversation', 'background', 'prompt']) {
      const refused = await ask(rig, { input: 'x', [field]: field === 'background' ? true : 'some' });
      expect(refused.status).to.equal(400);
      expect((await errorOf(refused)).param).to.equal(field);
    }
    expect((await call(rig, 'GET', `/resp_${'0'.repeat(32)}`, 'wrong-key')).status).to.equal(401);
  });

  it('logs neither its id nor its prompt nor its answer', async () => {
    const canary = 'canary-7f21';
    const { id } = await jsonOf(await ask(rig, { input: `${canary} sim:say(${canary})` }));
    await call(rig, 'GET', `/${id}`);
    const response = await ask(rig, { input: 'sim:say(x)', previous_response_id: id });
    await rig.recordOf(response);
    expect(rig.log).not.to.contain(canary);
    expect(rig.log).not.to.contain(id);
  });
});

describe('Responses with the well-known key', () => {
  const WELL_KNOWN = 'sk-your-key';

  describe('by default', () => {
    const rig = useGateway({ form: 'zai', env: { DEFAULT_KEY: '' } });

    it('are not kept, and references are refused', async () => {
      const response = await jsonOf(await ask(rig, { input: 'sim:say(Hello)' }, WELL_KNOWN));
      expect(response.store).to.equal(false);
      expect((await call(rig, 'GET', `/${response.id}`, WELL_KNOWN)).status).to.equal(404);
      const refused = await ask(rig, { input: 'x', previous_response_id: response.id }, WELL_KNOWN);
      expect(refused.status).to.equal(400);
      expect(await errorOf(refused)).to.include({
        code: 'unsupported_parameter',
        param: 'previous_response_id',
      });
    });
  });

  describe('beside another key', () => {
    const rig = useGateway({ form: 'zai', env: { DEFAULT_KEY: WELL_KNOWN, API_KEYS: 'ann:sk-ann-key' } });

    it('are not kept, and those of the other key are', async () => {
      const storeOf = async (key: string) =>
        (await jsonOf(await ask(rig, { input: 'sim:say(Hello)' }, key))).store;
      expect([await storeOf(WELL_KNOWN), await storeOf('sk-ann-key')]).to.deep.equal([false, true]);
    });
  });

  describe('with RESPONSES_TTL set', () => {
    const rig = useGateway({ form: 'zai', env: { DEFAULT_KEY: '', RESPONSES_TTL: '60000' } });

    it('are kept', async () => {
      const { id, store } = await jsonOf(await ask(rig, { input: 'sim:say(Hello)' }, WELL_KNOWN));
      expect(store).to.equal(true);
      expect((await call(rig, 'GET', `/${id}`, WELL_KNOWN)).status).to.equal(200);
    });
  });
});

describe('Responses with RESPONSES_TTL=0', () => {
  const rig = useGateway({ form: 'zai', env: { RESPONSES_TTL: '0' } });

  it('are not kept', async () => {
    const { id, store } = await jsonOf(await ask(rig, { input: 'sim:say(Hello)' }));
    expect(store).to.equal(false);
    expect((await call(rig, 'GET', `/${id}`)).status).to.equal(404);
  });
});

describe('A conversation of kept responses that exceeds BODY_LIMIT', () => {
  const rig = useGateway({ form: 'zai', env: { BODY_LIMIT: '20kb' } });

  it('is rejected with context_length_exceeded', async () => {
    let previous: string | undefined;
    const statuses: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const response = await ask(rig, {
        input: `sim:say(ok) ${'x'.repeat(8_000)}`,
        ...(previous === undefined ? {} : { previous_response_id: previous }),
      });
      statuses.push(response.status);
      const body = await jsonOf(response);
      if (response.status !== 200) expect(body.error.code).to.equal('context_length_exceeded');
      previous = body.id;
    }
    expect(statuses).to.deep.equal([200, 200, 200, 400]);
  });
});
