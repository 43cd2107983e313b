import { expect } from 'chai';
import type { CompletionEvent, FinishReason } from '../../src/completion/event.js';
import { ToolCalls } from '../../src/completion/tool-calls.js';
import { call, callDelta, callStart, finish, text, thought, usage } from './events.js';

function run(parallel: boolean, events: CompletionEvent[], size = events.length): CompletionEvent[] {
  const calls = new ToolCalls(parallel);
  const reads = Array.from({ length: Math.ceil(events.length / size) }, (_, i) =>
    events.slice(i * size, (i + 1) * size),
  );
  return reads.flatMap((read) => calls.apply(read));
}

const TWO = [
  thought('hm'),
  text('Both.'),
  ...call(0, 'a', '{"x":1}'),
  usage(),
  ...call(1, 'b'),
  ...call(2, 'a'),
  usage(),
  finish('tool_calls'),
];

describe('ToolCalls', () => {
  it('passes on several calls', () => {
    for (const size of [1, 3, TWO.length]) expect(run(true, TWO, size)).to.deep.equal(TWO);
  });

  it('passes on only the first call if the client wants one, and everything else', () => {
    const expected = [
      thought('hm'),
      text('Both.'),
      ...call(0, 'a', '{"x":1}'),
      usage(),
      usage(),
      finish('tool_calls'),
    ];
    for (const size of [1, 2, 3, TWO.length])
      expect(run(false, TWO, size), `${size}`).to.deep.equal(expected);
  });

  const reasons: [told: FinishReason, calls: number, shown: FinishReason][] = [
    ['stop', 0, 'stop'],
    ['stop', 1, 'tool_calls'],
    ['tool_calls', 1, 'tool_calls'],
    ['tool_calls', 0, 'stop'],
    ['length', 1, 'length'],
    ['content_filter', 1, 'content_filter'],
  ];
  for (const [told, count, shown] of reasons) {
    it(`tells ${shown} for ${told} after ${count} calls`, () => {
      const events = [...(count ? call(0, 'a') : [text('a')]), finish(told)];
      for (const size of [1, events.length])
        expect(run(true, events, size).at(-1)).to.deep.equal(finish(shown));
    });
  }

  const half = [callStart(0, 'a'), callDelta(0, '{"x')];
  for (const [told, shown] of [
    ['stop', 'length'],
    ['tool_calls', 'length'],
    ['length', 'length'],
    ['content_filter', 'content_filter'],
  ] as const) {
    it(`tells ${shown} for ${told} after half a call`, () => {
      const events = [...half, finish(told)];
      for (const size of [1, 2, 3]) expect(run(true, events, size).at(-1)).to.deep.equal(finish(shown));
    });
  }

  it('tells of no half call that the client does not see', () => {
    const events = [...call(0, 'a'), callStart(1, 'b'), callDelta(1, '{"x'), finish('tool_calls')];
    expect(run(false, events)).to.deep.equal([...call(0, 'a'), finish('tool_calls')]);
    expect(run(true, events).at(-1)).to.deep.equal(finish('length'));
  });

  it('does not copy a read without calls and end', () => {
    const events = [thought('hm'), text('a'), usage()];
    expect(new ToolCalls(false).apply(events)).to.equal(events);
  });
});
