import { expect } from 'chai';
import { findClientField } from '../../src/protocol/client-field.js';

describe('The client’s name of a field that an upstream refuses', () => {
  const tool = { name: 'look', input_schema: { type: 'object' } };
  for (const [upstreamPath, body, field] of [
    ['max_tokens', { max_tokens: 5 }, 'max_tokens'],
    ['max_tokens', { max_completion_tokens: 5, max_tokens: 4 }, 'max_completion_tokens'],
    ['max_tokens', { max_output_tokens: 5 }, 'max_output_tokens'],
    ['stop', { stop_sequences: ['x'] }, 'stop_sequences'],
    ['stop[0]', { stop_sequences: ['x'] }, 'stop_sequences[0]'],
    ['stop.0', { stop: ['x'] }, 'stop.0'],
    ['response_format', { text: { format: { type: 'json_object' } } }, 'text.format'],
    ['response_format.json_schema', { text: { format: { type: 'json_schema' } } }, 'text.format'],
    ['response_format', { output_config: { format: {} } }, 'output_config.format'],
    ['reasoning_effort', { reasoning: { effort: 'max' } }, 'reasoning.effort'],
    ['reasoning_effort', { output_config: { effort: 'max' } }, 'output_config.effort'],
    [
      'reasoning_effort',
      { reasoning_effort: null, thinking: { budget_tokens: 9 } },
      'thinking.budget_tokens',
    ],
    ['thinking.type', { thinking: { type: 'enabled' } }, 'thinking.type'],
    ['thinking.type', { enable_thinking: true }, 'enable_thinking'],
    ['messages', { input: 'Hi' }, 'input'],
    ['messages', { prompt: 'Hi' }, 'prompt'],
    ['messages[0].content', { messages: [{ content: 'Hi' }] }, 'messages[0].content'],
    ['messages[4].content', { messages: [{ content: 'Hi' }] }, 'messages'],
    ['tools[0].function.parameters', { tools: [tool] }, 'tools[0]'],
    ['user', { safety_identifier: 'me' }, 'safety_identifier'],
    ['top_p', { top_p: 1 }, 'top_p'],
  ] as const) {
    it(`is ${field} for the upstream’s ${upstreamPath} in ${JSON.stringify(body)}`, () => {
      expect(findClientField(upstreamPath, body)).to.equal(field);
    });
  }

  it('is the upstream’s name if the client did not send the field', () => {
    for (const path of ['reasoning_effort', 'stream_options', '', 'constructor', 'a..b[']) {
      expect(findClientField(path, { model: 'x' })).to.equal(path);
    }
    expect(findClientField('stop', undefined)).to.equal('stop');
  });
});
