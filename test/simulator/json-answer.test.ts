import { expect } from 'chai';
import { withCorrection, withJsonInstruction } from '../../src/completion/json-format.js';
import type { CompletionRequest } from '../../src/completion/request.js';
import { findTurn } from '../../src/simulator/conversation.js';
import { makeJsonAnswer } from '../../src/simulator/json-answer.js';
import { Scenario } from '../../src/simulator/scenarios.js';
import { request } from '../upstream/support.js';

const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 3 } },
  required: ['city', 'days'],
};
const asSchema = { type: 'json_schema', name: 'plan', schema: SCHEMA, param: 'schema' } as const;

/** What is said to a request as the gateway words it. */
function said(asked: CompletionRequest): string | undefined {
  const body = { messages: asked.messages };
  const turn = findTurn(body);
  return makeJsonAnswer(Scenario.parse(turn.question), body, turn);
}

describe('the JSON of the simulated model', () => {
  it('is an object, asked for by the switch or in the gateway’s words', () => {
    const body = { response_format: { type: 'json_object' }, messages: request('hi').messages };
    const bySwitch = makeJsonAnswer(Scenario.parse(''), body, findTurn(body));
    expect(JSON.parse(bySwitch ?? '')).to.deep.equal({ answer: 'hi', simulated: true });
    expect(said(withJsonInstruction(request('hi', { responseFormat: { type: 'json_object' } })))).to.equal(
      bySwitch,
    );
  });

  it('fits the schema in the prompt', () => {
    expect(
      JSON.parse(said(withJsonInstruction(request('hi', { responseFormat: asSchema }))) ?? ''),
    ).to.deep.equal({
      city: 'Oslo 奥斯陆',
      days: 3,
    });
  });

  it('does not fit with sim:json-wrong, until it is corrected; never with =always', () => {
    for (const [word, second] of [
      ['sim:json-wrong', '{"city":"Oslo 奥斯陆","days":3}'],
      ['sim:json-wrong=always', '["not what was asked for"]'],
    ] as const) {
      const asked = withJsonInstruction(request(`hi ${word}`, { responseFormat: asSchema }));
      const first = said(asked) ?? '';
      expect(first).to.equal('["not what was asked for"]');
      expect(said(withCorrection(asked, first, 'an object was wanted'))).to.equal(second);
    }
  });
});
