/** Compares the gateway's answers in Anthropic's protocol with the document. */
import { expect } from 'chai';
import { dataOf, type Json, jsonOf, KEY, useGateway } from '../support/gateway.js';
import { expectFits } from './support.js';

const TOOLS = [
  { name: 'weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } },
];

describe('The document’s messages', () => {
  const rig = useGateway({ form: 'zai' });
  const ask = (content: string, fields: object = {}, path = '/v1/messages') =>
    fetch(rig.url + path, {
      method: 'POST',
      headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'GLM-4.5', messages: [{ role: 'user', content }], ...fields }),
    });

  for (const [what, question, fields, stopReason] of [
    ['an answer', 'Hello', {}, 'end_turn'],
    ['an answer with thinking', 'Hello', { thinking: { type: 'enabled' } }, 'end_turn'],
    ['a call of a tool', 'sim:tools', { tools: TOOLS }, 'tool_use'],
    ['an answer that reached its limit', 'Hello', { max_tokens: 2 }, 'max_tokens'],
    [
      'an answer that ended at a stop text',
      'sim:say(one two three)',
      { stop_sequences: ['two'] },
      'stop_sequence',
    ],
  ] as const) {
    it(`fit ${what}, whole and every event of its stream`, async () => {
      const whole = await jsonOf(await ask(question, fields));
      expect(whole.stop_reason).to.equal(stopReason);
      expectFits(whole, 'AnthropicMessage');
      const events = eventsOf(await (await ask(question, { ...fields, stream: true })).text());
      expect(events.at(-2).delta.stop_reason).to.equal(stopReason);
      for (const event of events) expectFits(event, 'AnthropicEvent');
    });
  }

  it('fit an error, before a stream and within it', async () => {
    for (const response of [ask('x', { model: 'nobody' }), ask('x', { thread: {} }), ask('sim:code=1303')]) {
      const answer = await response;
      expect(answer.status).to.be.within(400, 429);
      expectFits(await jsonOf(answer), 'AnthropicError');
    }
    const events = eventsOf(await (await ask('sim:error-mid sim:events=9', { stream: true })).text());
    expect(events.at(-1).type).to.equal('error');
    expectFits(events.at(-1), 'AnthropicEvent');
  });

  it('fit a count of tokens, and models in Anthropic’s format', async () => {
    expectFits(await jsonOf(await ask('Hello', {}, '/v1/messages/count_tokens')), 'AnthropicTokenCount');
    const get = (path: string) => fetch(rig.url + path, { headers: { 'anthropic-version': '2023-06-01' } });
    expectFits(await jsonOf(await get('/v1/models')), 'AnthropicModelList');
    expectFits(await jsonOf(await get('/v1/models/GLM-4.5')), 'AnthropicModel');
  });
});

function eventsOf(text: string): Json[] {
  return dataOf(text.replace(/^event: .*\n/gm, ''));
}
