import { expect } from 'chai';
import { sealReasoning } from '../../../src/protocol/openai-responses/reasoning.js';
import { type ToolForm, ToolNames } from '../../../src/protocol/tools/tool-names.js';
import { BadRequestError } from '../../../src/vocabulary/errors.js';
import { called, cases, parsed, refused, thrownBy, toolCall, user } from './input-cases.js';

describe('parseInput', () => {
  for (const [name, input, messages] of cases) {
    it(`reads ${name}`, () => expect(parsed(input)).to.deep.equal(messages));
  }

  it('names calls as their tools are offered', () => {
    const forms: ToolForm[] = [
      { type: 'function', name: 'mcp__docs__search' },
      { type: 'function', namespace: 'mcp__docs', name: 'search' },
    ];
    const items = forms.map((form, index) => ({ ...form, type: 'function_call', call_id: `${index}` }));
    const [message] = parsed(items, undefined, forms);
    const names = message?.role === 'assistant' ? message.toolCalls?.map(({ name }) => name) : [];
    expect(names).to.deep.equal(forms.map((form) => new ToolNames(forms).nameOf(form)));
    expect(new Set(names)).to.have.property('size', 2);
  });

  it('wraps the text of a freeform tool that was called as a function', () => {
    const [message] = parsed([called('a', 'patch', '*** Begin')], undefined, [
      { type: 'custom', name: 'patch' },
    ]);
    expect(message).to.deep.include({ toolCalls: [toolCall('a', 'patch', '{"input":"*** Begin"}')] });
  });

  it('takes messages of very many parts', () => {
    const content = Array.from({ length: 200_000 }, () => ({ type: 'output_text', text: 'a' }));
    const [message] = parsed([{ role: 'assistant', content }]);
    expect(message?.content).to.have.length(2 * content.length - 1);
  });

  it('puts instructions first, where there are any', () => {
    expect(parsed('hi', 'Be brief.')).to.deep.equal([{ role: 'system', content: 'Be brief.' }, user('hi')]);
    expect(parsed('hi', '')).to.deep.equal([user('hi')]);
  });

  const item = { type: 'reasoning', id: 'rs', summary: [{ type: 'summary_text', text: 'short' }] };
  const content = [{ type: 'reasoning_text', text: 'long' }];
  const thoughts: [string, object, string | undefined][] = [
    ['what was sealed here', { encrypted_content: sealReasoning('Hm, 世界 🙂\n') }, 'Hm, 世界 🙂\n'],
    ['the summary where something foreign was sealed', { encrypted_content: 'gAAAAAB…' }, 'short'],
    ['the summary where nothing was sealed', { encrypted_content: null }, 'short'],
    ['the full text before the summary', { content }, 'long'],
    ['nothing where there is nothing to read', { summary: [], encrypted_content: 'gAAAAAB…' }, undefined],
  ];
  for (const [name, fields, reasoning] of thoughts) {
    it(`reads of reasoning ${name}`, () => {
      const [message] = parsed([{ ...item, ...fields }, called('a')]);
      expect(message && 'reasoning' in message ? message.reasoning : undefined).to.equal(reasoning);
    });
  }

  for (const [name, input, param, words] of refused) {
    it(`refuses ${name}, and names ${param}`, () => {
      const error = thrownBy(() => parsed(input, 'instructions'));
      expect(error).to.be.instanceOf(BadRequestError).and.to.have.property('param', param);
      expect(error.message).to.match(words);
    });
  }
});
