import { expect } from 'chai';
import { openaiChat } from '../../../src/protocol/openai-chat/protocol.js';
import { BadRequestError } from '../../../src/vocabulary/errors.js';

describe('A chat completion with the body of a response, as Cursor sends it', () => {
  const body = {
    model: 'gpt-5',
    input: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'input_text', text: 'Look' }] },
      { type: 'function_call', call_id: 'a', name: 'look', arguments: '{}' },
      { type: 'function_call_output', call_id: 'a', output: 'seen' },
    ],
    tools: [
      {
        type: 'function',
        name: 'look',
        description: 'Looks.',
        parameters: { type: 'object' },
        strict: false,
      },
      { type: 'custom', name: 'patch', format: { type: 'text' } },
    ],
    reasoning: { effort: 'high', summary: 'auto' },
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: 64,
  };

  it('is accepted', () => {
    const asked = openaiChat.parse(body, false);
    expect(asked.messages).to.deep.equal([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Look' },
      { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'look', arguments: '{}' }] },
      { role: 'tool', callId: 'a', content: 'seen' },
    ]);
    expect(asked.tools.map(({ name }) => name)).to.deep.equal(['look', 'patch']);
    expect(asked).to.deep.include({ stream: true, includeUsage: true, thinking: true, effort: 'high' });
    expect(asked.sampling.maxTokens).to.equal(64);
  });

  it('may have a single text as its input', () => {
    expect(openaiChat.parse({ model: 'x', input: 'Hi' }, false).messages).to.deep.equal([
      { role: 'user', content: 'Hi' },
    ]);
  });

  it('is read as a chat completion if it has messages', () => {
    const messages = [{ role: 'user', content: 'Hi' }];
    expect(openaiChat.parse({ model: 'x', messages, input: 'Other' }, false).messages).to.deep.equal(
      messages,
    );
  });

  it('is refused for missing messages if it has neither', () => {
    expect(() => openaiChat.parse({ model: 'x' }, false)).to.throw(BadRequestError, 'messages is missing');
    expect(() => openaiChat.parse({ model: 'x', messages: [], input: 'Hi' }, false)).to.throw(
      BadRequestError,
      'messages must',
    );
  });
});
