import { expect } from 'chai';
import fc from 'fast-check';
import type { CompletionEvent } from '../../src/completion/event.js';
import { type ThinkingMode, ThinkingOutput } from '../../src/completion/thinking-output.js';
import { call, finish, merged, text, thought, usage } from './events.js';

const MODES: ThinkingMode[] = ['reasoning_content', 'think', 'strip', 'raw', 'hide'];

function run(mode: ThinkingMode, ...arrays: CompletionEvent[][]): CompletionEvent[] {
  const output = new ThinkingOutput(mode);
  return merged(arrays.flatMap((events) => output.apply(events)));
}

/** One round of thinking without the upstream's markup, as an OpenAI-compatible upstream gives it. */
const PLAIN = [thought('Two plus'), thought(' two?'), text('The answer'), text(' is 4.'), usage(), finish()];
/** The same with markup: the wrapper's pieces come with empty text, as `raw` alone. */
const MARKED = [
  thought('Two plus', '<details>\n> Two plus'),
  thought(' two?', ' two?'),
  thought('', '\n</details>\n'),
  text('The answer'),
  text(' is 4.'),
  usage(),
  finish(),
];
const ANSWER = 'The answer is 4.';

describe('ThinkingOutput', () => {
  const rounds: [mode: ThinkingMode, plain: CompletionEvent[], marked: CompletionEvent[]][] = [
    ['reasoning_content', [thought('Two plus two?'), text(ANSWER)], [thought('Two plus two?'), text(ANSWER)]],
    [
      'think',
      [text(`<think>\nTwo plus two?\n</think>\n\n${ANSWER}`)],
      [text(`<think>\nTwo plus two?\n</think>\n\n${ANSWER}`)],
    ],
    ['strip', [text(`Two plus two?\n\n${ANSWER}`)], [text(`Two plus two?\n\n${ANSWER}`)]],
    [
      'raw',
      [text(`<think>\nTwo plus two?\n</think>\n\n${ANSWER}`)],
      [text(`<details>\n> Two plus two?\n</details>\n${ANSWER}`)],
    ],
    ['hide', [text(ANSWER)], [text(ANSWER)]],
  ];
  for (const [mode, plain, marked] of rounds) {
    it(`shows plain reasoning as ${mode}`, () => {
      expect(run(mode, PLAIN)).to.deep.equal([...plain, usage(), finish()]);
    });

    it(`shows reasoning with the upstream's markup as ${mode}`, () => {
      expect(run(mode, MARKED)).to.deep.equal([...marked, usage(), finish()]);
    });
  }

  const several = [thought('one'), text('A'), thought('two'), thought('three'), text('B'), finish()];
  const shownOfSeveral: [mode: ThinkingMode, shown: CompletionEvent[]][] = [
    ['reasoning_content', [thought('one'), text('A'), thought('twothree'), text('B')]],
    ['think', [text('<think>\none\n</think>\n\nA<think>\ntwothree\n</think>\n\nB')]],
    ['strip', [text('one\n\nAtwothree\n\nB')]],
    ['raw', [text('<think>\none\n</think>\n\nA<think>\ntwothree\n</think>\n\nB')]],
    ['hide', [text('AB')]],
  ];
  for (const [mode, shown] of shownOfSeveral) {
    it(`shows several rounds of reasoning as ${mode}`, () => {
      expect(run(mode, several)).to.deep.equal([...shown, finish()]);
    });
  }

  it('closes the tag before a call', () => {
    const calls = call(0, 'a');
    expect(run('think', [thought('hm')], [...calls, finish('tool_calls')])).to.deep.equal([
      text('<think>\nhm\n</think>\n\n'),
      ...calls,
      finish('tool_calls'),
    ]);
    for (const mode of ['reasoning_content', 'hide'] as const) {
      const shown = mode === 'hide' ? [] : [thought('hm')];
      expect(run(mode, [thought('hm'), ...calls, finish()])).to.deep.equal([...shown, ...calls, finish()]);
    }
  });

  it('closes the tag when the answer ends without text', () => {
    expect(run('think', [thought('hm'), usage(), finish('length')])).to.deep.equal([
      text('<think>\nhm'),
      usage(),
      text('\n</think>\n\n'),
      finish('length'),
    ]);
  });

  it('opens no tag for reasoning without text', () => {
    expect(run('think', [thought('', '<details>'), text('A'), finish()])).to.deep.equal([
      text('A'),
      finish(),
    ]);
    expect(run('reasoning_content', [thought('', '<details>'), text('A')])).to.deep.equal([text('A')]);
  });

  it('shows a piece without markup among pieces with it as it is', () => {
    expect(run('raw', [thought('a', '> a'), thought('b'), text('c'), finish()])).to.deep.equal([
      text('> abc'),
      finish(),
    ]);
  });

  it('passes on what it does not change, without copying', () => {
    const events = [text('A'), usage(), finish()];
    for (const mode of MODES) expect(new ThinkingOutput(mode).apply(events), mode).to.equal(events);
  });

  for (const mode of MODES) {
    it(`shows the same as ${mode} however the events are cut and grouped`, () => {
      const piece = fc.string({ minLength: 1, maxLength: 6 });
      const event = fc.oneof(
        piece.map((one) => thought(one)),
        piece.map((one) => thought(one, `> ${one}`)),
        piece.map(text),
      );
      fc.assert(
        fc.property(fc.array(event, { maxLength: 12 }), fc.array(fc.nat(4)), (events, sizes) => {
          const whole = [...events, usage(), finish()];
          const rest = whole.flatMap(halves);
          const arrays = sizes.map((size) => rest.splice(0, size));
          expect(run(mode, ...arrays, rest)).to.deep.equal(run(mode, whole));
        }),
      );
    });
  }
});

/** An event as two that mean the same. */
function halves(event: CompletionEvent): CompletionEvent[] {
  if (event.type !== 'text-delta' && event.type !== 'reasoning-delta') return [event];
  const middle = Math.ceil(event.text.length / 2);
  const [one, two] = [event.text.slice(0, middle), event.text.slice(middle)];
  if (two === '') return [event];
  if (event.type === 'text-delta') return [text(one), text(two)];
  // All of the markup comes with the first half, so the second has markup of no length.
  return event.raw === undefined ? [thought(one), thought(two)] : [thought(one, event.raw), thought(two, '')];
}
