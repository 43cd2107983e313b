import { expect } from 'chai';
import { findOwnField, withoutFields } from '../../../src/upstream/openai-compatible/own-fields.js';

const BODY = {
  model: 'glm-4.6',
  messages: [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Hello', reasoning_content: 'Hm.' },
  ],
  thinking: { type: 'enabled', clear_thinking: false },
  chat_template_kwargs: { enable_thinking: true },
  response_format: { type: 'json_schema', json_schema: { name: 'a', strict: true, schema: { title: 'b' } } },
  tools: [],
  tool_choice: 'required',
  stream_options: { include_usage: true },
  reasoning_effort: undefined,
  temperature: 1,
  user: 'someone',
};

describe('findOwnField', () => {
  const cases: [name: string, path: string | undefined][] = [
    ['thinking', 'thinking'],
    ['thinking.clear_thinking', 'thinking.clear_thinking'],
    ['clear_thinking', 'thinking.clear_thinking'],
    ['enable_thinking', 'chat_template_kwargs.enable_thinking'],
    ['messages.reasoning_content', 'messages.reasoning_content'],
    ['reasoning_content', 'messages.reasoning_content'],
    ['response_format', 'response_format'],
    ['response_format.json_schema', 'response_format.json_schema'],
    ['response_format.json_schema.strict', 'response_format.json_schema.strict'],
    ['tool_choice.required', 'tool_choice.required'],
    // Not in this body.
    ['reasoning_effort', undefined],
    ['tool_stream', undefined],
    ['thinking.budget', undefined],
    // The client's.
    ['response_format.json_schema.schema', undefined],
    ['response_format.json_schema.schema.title', undefined],
    ['temperature', undefined],
    ['user', undefined],
    ['tools', undefined],
    ['messages', undefined],
    ['messages.content', undefined],
    ['model', undefined],
    // Words that mean no field.
    ['type', undefined],
    ['name', undefined],
    ['', undefined],
  ];
  for (const [name, path] of cases) {
    it(`takes ${JSON.stringify(name)} for ${path ?? 'nothing that may be left out'}`, () => {
      expect(findOwnField(BODY, name)).to.equal(path);
    });
  }

  it('knows the values that a server may lack by what is asked for', () => {
    const asked = { response_format: { type: 'json_object' }, tool_choice: 'auto' };
    expect(findOwnField(asked, 'response_format.json_schema')).to.equal(undefined);
    expect(findOwnField(asked, 'tool_choice.required')).to.equal(undefined);
  });
});

describe('withoutFields', () => {
  it('leaves the body as it is where nothing is refused', () => {
    expect(withoutFields(BODY, new Set())).to.equal(BODY);
  });

  it('takes out fields, members, and members of all messages, and changes nothing of what it was given', () => {
    const before = structuredClone(BODY);
    const left = withoutFields(
      BODY,
      new Set(['thinking.clear_thinking', 'messages.reasoning_content', 'tool_choice']),
    );
    expect(left.thinking).to.deep.equal({ type: 'enabled' });
    expect(left.messages).to.deep.equal([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
    ]);
    expect(left).not.to.have.property('tool_choice');
    expect(left).to.have.property('temperature', 1);
    expect(BODY).to.deep.equal(before);
  });

  it('takes out an object of which nothing is left', () => {
    const paths = new Set(['chat_template_kwargs.enable_thinking', 'stream_options.include_usage']);
    expect(withoutFields(BODY, paths)).not.to.have.any.keys('chat_template_kwargs', 'stream_options');
  });
});
