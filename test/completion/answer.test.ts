import { expect } from 'chai';
import { Answer } from '../../src/completion/answer.js';
import type { CompletionEvent } from '../../src/completion/event.js';
import type { ThinkingMode } from '../../src/completion/thinking-output.js';
import { UpstreamError } from '../../src/vocabulary/errors.js';
import { call, finish, merged, text, thought, USAGE, usage } from './events.js';

const MESSAGES = [
  { role: 'system', content: '12345678' },
  { role: 'user', content: '你好' },
] as const;

function answer(stop: string[] = [], mode: ThinkingMode = 'reasoning_content'): Answer {
  return new Answer({ messages: MESSAGES, stop, tools: [], parallelToolCalls: true }, mode);
}

describe('Answer', () => {
  it('passes on what the upstream reported as usage, and estimates nothing beside it', () => {
    const one = answer();
    expect(one.apply([text('a'), usage(), finish()])).to.deep.equal([text('a'), usage(), finish()]);
    expect(one.usage).to.deep.equal(USAGE);
  });

  it('knows the usage of an earlier read', () => {
    const one = answer();
    one.apply([usage()]);
    expect(one.apply([finish()])).to.deep.equal([finish()]);
    expect(one.usage).to.deep.equal(USAGE);
  });

  it('keeps the last usage of several', () => {
    const one = answer();
    one.apply([usage({ ...USAGE, completionTokens: 1 })]);
    one.apply([usage(), finish()]);
    expect(one.usage).to.deep.equal(USAGE);
  });

  it('estimates usage where none was reported, thinking included, right before `finish`', () => {
    const one = answer();
    expect(one.apply([thought('12345678')])).to.deep.equal([thought('12345678')]);
    expect(one.usage).to.equal(undefined);
    // 14 bytes of messages, 8 + 3 of the answer, at 4 a token.
    const estimate = { promptTokens: 4, completionTokens: 3, totalTokens: 7 };
    const given: CompletionEvent[] = [text('好'), finish('length')];
    expect(one.apply(given)).to.deep.equal([text('好'), usage(estimate), finish('length')]);
    expect(one.usage).to.deep.equal(estimate);
    expect(given, 'the upstream’s own array').to.have.length(2);
  });

  it('estimates what was generated, however it is shown', () => {
    for (const mode of ['reasoning_content', 'think', 'strip', 'raw', 'hide'] as const) {
      const one = answer([], mode);
      one.apply([thought('12345678'), text('好'), finish()]);
      expect(one.usage?.completionTokens, mode).to.equal(3);
    }
  });

  it('puts the usage after the closing tag of the thinking', () => {
    const events = merged(answer([], 'think').apply([thought('hm'), finish()]));
    expect(events.map(({ type }) => type)).to.deep.equal(['text-delta', 'usage', 'finish']);
  });

  it('ends at a stop text, with an estimate, whatever the upstream still sends', () => {
    const one = answer(['END']);
    expect(one.stopped).to.equal(false);
    const shown = one.apply([text('1234EN'), text('D5678'), usage(), finish('length')]);
    expect(shown).to.deep.equal([
      text('1234'),
      usage({ promptTokens: 4, completionTokens: 1, totalTokens: 5 }),
      finish('stop', 'END'),
    ]);
    expect(one.stopped).to.equal(true);
    expect(one.apply([text('more'), usage(), finish()])).to.deep.equal([]);
  });

  it('looks for stop texts in the answer alone, also where the thinking is shown inside it', () => {
    const one = answer(['think'], 'think');
    const shown = merged(one.apply([thought('I think'), text('so'), usage(), finish()]));
    expect(shown).to.deep.equal([text('<think>\nI think\n</think>\n\nso'), usage(), finish()]);
  });

  it('passes calls on between thinking and end, and estimates them with the tools that were offered', () => {
    const tools = [{ name: 'get_time' }];
    const toolCalls = [{ id: 'x', name: 'get_time', arguments: '{"a":1}' }];
    const messages = [
      { role: 'user', content: '1234' },
      { role: 'assistant', content: '', toolCalls },
    ] as const;
    const one = new Answer({ messages, stop: ['END'], tools, parallelToolCalls: true }, 'think');
    const shown = merged(one.apply([thought('hm'), ...call(0, 'get_time', '{"END":1}'), finish('stop')]));
    // 4 + 15 bytes of messages and 21 of tools; 2 of thinking and 9 of arguments.
    const estimate = usage({ promptTokens: 10, completionTokens: 3, totalTokens: 13 });
    expect(shown).to.deep.equal([
      text('<think>\nhm\n</think>\n\n'),
      ...call(0, 'get_time', '{"END":1}'),
      estimate,
      finish('tool_calls'),
    ]);
  });

  it('passes on one call of several if the client wants one', () => {
    const one = new Answer({ messages: MESSAGES, stop: [], tools: [], parallelToolCalls: false }, 'hide');
    const shown = one.apply([thought('hm'), ...call(0, 'a'), ...call(1, 'b'), usage(), finish('tool_calls')]);
    expect(shown).to.deep.equal([...call(0, 'a'), usage(), finish('tool_calls')]);
  });

  it('changes nothing of a read that needs no change', () => {
    const events = [text('a'), text('b')];
    expect(answer().apply(events)).to.equal(events);
  });

  it('ends with an error beyond the size that may be held, thinking and arguments counted in bytes', () => {
    const one = new Answer(
      { messages: MESSAGES, stop: [], tools: [], parallelToolCalls: true },
      'reasoning_content',
      10,
    );
    one.apply([text('你好'), thought('1234')]);
    expect(() => one.apply([text('5')]))
      .to.throw(UpstreamError)
      .with.property('code', 'upstream_answer_too_large');
  });
});
