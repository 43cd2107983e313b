import { expect } from 'chai';
import { errorOf, jsonOf, KEY, useGateway } from '../support/gateway.js';

describe('POST /v1/responses/input_tokens', () => {
  const rig = useGateway({ form: 'zai' });

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${rig.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const count = async (body: object) => (await rig.sdk().responses.inputTokens.count(body)).input_tokens;

  it('answers as OpenAI does, with or without a model', async () => {
    const counted = await rig.sdk().responses.inputTokens.count({ model: 'GLM-4.5', input: 'Hello' });
    expect(counted).to.deep.equal({ object: 'response.input_tokens', input_tokens: 5 });
    expect(await rig.sdk().responses.inputTokens.count({ input: 'Hello' })).to.deep.equal(counted);
  });

  it('counts the same as /v1/messages/count_tokens', async () => {
    const messages = [
      { role: 'user', content: 'How are you, 世界?' },
      { role: 'assistant', content: 'Fine.' },
      { role: 'user', content: 'Good.' },
    ];
    const other = await jsonOf(await post('/v1/messages/count_tokens', { model: 'GLM-4.5', messages }));
    expect(await count({ input: messages })).to.equal(other.input_tokens);
  });

  it('counts everything that a model reads', async () => {
    const least = await count({ input: 'Hi' });
    const call = {
      type: 'function_call',
      call_id: 'a',
      name: 'look',
      arguments: '{"at":"the whole wide world"}',
    };
    const member = { type: 'function', name: 'look', description: 'Looks around', parameters: {} };
    const user = { role: 'user', content: 'Hi' };
    for (const more of [
      { input: 'Hi', instructions: 'Be kind to all of them' },
      { input: 'Hi', tools: [member] },
      { input: 'Hi', tools: [{ type: 'namespace', name: 'mcp__docs', tools: [member] }] },
      { input: [user, call] },
      { input: [user, { type: 'custom_tool_call', call_id: 'a', name: 'patch', input: 'all of it' }] },
    ]) {
      expect(await count(more), JSON.stringify(more)).to.be.within(least + 5, least + 60);
    }
    const image = { type: 'input_image', image_url: `data:image/png;base64,${'x'.repeat(100_000)}` };
    expect(await count({ input: [{ role: 'user', content: [image] }] })).to.be.within(1_000, 1_020);
  });

  it('names the field at fault, and requires a key', async () => {
    const cases: [object, number, string | null][] = [
      [{}, 400, 'input'],
      [{ input: 'x', previous_response_id: 'resp_1' }, 400, 'previous_response_id'],
      [{ input: 'x', model: 'no-such-model' }, 404, 'model'],
    ];
    for (const [body, status, param] of cases) {
      const response = await post('/v1/responses/input_tokens', body);
      expect(response.status, JSON.stringify(body)).to.equal(status);
      expect(await errorOf(response)).to.include({ param });
    }
    const foreign = await post('/v1/responses/input_tokens', { input: 'x' }, { authorization: 'Bearer no' });
    expect(foreign.status).to.equal(401);
    expect((await fetch(`${rig.url}/v1/responses/input_tokens`)).status).to.equal(405);
  });

  it('is neither counted as a request nor sent to the upstream', async () => {
    const chats = rig.upstreamChats.length;
    await count({ input: 'Hi' });
    const response = await post('/v1/responses', { model: 'GLM-4.5', input: 'sim:say(x)' });
    await rig.recordOf(response);
    expect(rig.records.map(({ path }) => path)).to.deep.equal(['/v1/responses']);
    expect(rig.upstreamChats).to.have.length(chats + 1);
  });
});
