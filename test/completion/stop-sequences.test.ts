import { expect } from 'chai';
import fc from 'fast-check';
import type { CompletionEvent } from '../../src/completion/event.js';
import { StopSequences } from '../../src/completion/stop-sequences.js';
import { call, cut, finish, joined, text, thought, usage } from './events.js';

function run(stops: string[], ...arrays: CompletionEvent[][]): CompletionEvent[] {
  const sequences = new StopSequences(stops);
  return arrays.flatMap((events) => sequences.apply(events));
}

/** What is left of a whole text, found the slow way: the stop text that is complete first, the longest of several. */
function expected(whole: string, stops: string[]): string {
  for (let end = 1; end <= whole.length; end += 1) {
    const complete = stops.filter((stop) => stop !== '' && whole.slice(0, end).endsWith(stop));
    if (complete.length > 0) return whole.slice(0, end - Math.max(...complete.map((stop) => stop.length)));
  }
  return whole;
}

describe('StopSequences', () => {
  it('changes nothing without stop texts, not even the array', () => {
    const events = [text('a'), finish()];
    expect(new StopSequences([]).apply(events)).to.equal(events);
  });

  const cases: [what: string, stops: string[], pieces: string[], shown: string, met: string | undefined][] = [
    ['leaves the stop text and what follows out', ['END'], ['one END two'], 'one ', 'END'],
    ['finds a stop text across deltas', ['END'], ['one E', 'N', 'D two'], 'one ', 'END'],
    ['shows nothing when the stop text comes first', ['END'], ['E', 'ND one'], '', 'END'],
    ['gives what only looked like a stop text', ['END'], ['one EN', 'OUGH'], 'one ENOUGH', undefined],
    ['gives at the end what was held back', ['END'], ['one EN'], 'one EN', undefined],
    ['finds a stop text that begins within its own beginning', ['aab'], ['aa', 'ab!'], 'a', 'aab'],
    ['stops at the earliest of several', ['three', 'two'], ['one two three'], 'one ', 'two'],
    ['stops at the one that is complete first', ['abcd', 'bc'], ['xabcd'], 'xa', 'bc'],
    ['leaves out the longest of those complete at once', ['bc', 'abc'], ['xabc'], 'x', 'abc'],
    ['honours a single character', ['\n'], ['line', ' one\nline two'], 'line one', '\n'],
    ['honours stop texts of other scripts', ['结束'], ['你好结', '束了'], '你好', '结束'],
    ['honours an emoji of two units', ['🛑'], ['a🛑b'], 'a', '🛑'],
  ];
  for (const [what, stops, pieces, shown, met] of cases) {
    it(what, () => {
      const sequences = new StopSequences(stops);
      const events = [...pieces.map(text), finish('length')].flatMap((event) => sequences.apply([event]));
      expect(joined(events, 'text-delta')).to.equal(shown);
      expect(sequences.stopped).to.equal(met !== undefined);
      expect(events.at(-1)).to.deep.equal(met === undefined ? finish('length') : finish('stop', met));
    });
  }

  it('ends with `finish` at once, and gives nothing after it', () => {
    const sequences = new StopSequences(['END']);
    expect(sequences.apply([text('one END'), text(' two'), thought('hm'), usage()])).to.deep.equal([
      text('one '),
      finish('stop', 'END'),
    ]);
    expect(sequences.apply([text('three'), finish()])).to.deep.equal([]);
  });

  it('reports which stop text ended the answer', () => {
    expect(run(['two', 'three'], [text('one thr'), text('ee two')]).at(-1)).to.deep.equal(
      finish('stop', 'three'),
    );
  });

  it('holds back no more than could become a stop text', () => {
    expect(new StopSequences(['END']).apply([text('one E')])).to.deep.equal([text('one ')]);
    expect(new StopSequences(['END']).apply([text('one')])).to.deep.equal([text('one')]);
  });

  it('looks into the answer only, not into the thinking', () => {
    expect(run(['END'], [thought('the END'), text('one')])).to.deep.equal([thought('the END'), text('one')]);
  });

  it('keeps answer and thinking in their order', () => {
    expect(run(['END'], [text('oneE'), thought('hm'), text('ND'), finish()])).to.deep.equal([
      text('one'),
      text('E'),
      thought('hm'),
      text('ND'),
      finish(),
    ]);
  });

  it('leaves calls alone, and what was held back before them stands before them', () => {
    const calls = call(0, 'a', '{"text":"END"}');
    expect(run(['END'], [text('one E'), ...calls], [finish('tool_calls')])).to.deep.equal([
      text('one '),
      text('E'),
      ...calls,
      finish('tool_calls'),
    ]);
    expect(run(['END'], [text('one END'), ...calls, finish('tool_calls')])).to.deep.equal([
      text('one '),
      finish('stop', 'END'),
    ]);
  });

  it('finds a stop text that usage stands within', () => {
    expect(run(['END'], [text('one EN'), usage(), text('D')])).to.deep.equal([
      text('one '),
      usage(),
      finish('stop', 'END'),
    ]);
  });

  it('returns the same however the text is cut', () => {
    const few = fc.constantFrom('a', 'b', 'c', '好', '🙂');
    const word = (most: number) => fc.string({ unit: few, maxLength: most });
    fc.assert(
      fc.property(
        word(30),
        fc.array(word(5).filter(Boolean), { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(4)),
        fc.array(fc.nat(3)),
        (whole, stops, sizes, groups) => {
          const events = [...cut(whole, sizes).map(text), finish()];
          const sequences = new StopSequences(stops);
          const arrays = groups.map((size) => events.splice(0, size));
          const shown = [...arrays, events].flatMap((array) => sequences.apply(array));
          expect(joined(shown, 'text-delta')).to.equal(expected(whole, stops));
          expect(shown.filter(({ type }) => type === 'finish')).to.have.length(1);
          expect(shown.at(-1)?.type).to.equal('finish');
          expect(sequences.stopped).to.equal(stops.some((stop) => whole.includes(stop)));
        },
      ),
      { numRuns: 500 },
    );
  });
});
