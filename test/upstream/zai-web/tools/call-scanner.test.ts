import { expect } from 'chai';
import fc from 'fast-check';
import type { CompletionEvent } from '../../../../src/completion/event.js';
import type { Tool } from '../../../../src/completion/request.js';
import { CallScanner } from '../../../../src/upstream/zai-web/tools/call-scanner.js';
import { CALL_CLOSE as CLOSE, formatCall } from '../../../../src/upstream/zai-web/tools/format.js';
import { cut, finish, merged, text, thought, usage } from '../../../completion/events.js';

const WEATHER: Tool = {
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } } },
};
const WRITE: Tool = { name: 'write', parameters: { type: 'object' } };
const ODD: Tool = { name: 'odd ">name' };
const TOOLS = [WEATHER, WRITE, ODD];

const OSLO = formatCall('get_weather', '{"city": "Oslo"}');
const ROME = formatCall('get_weather', '{"city": "Rome"}');

interface Read {
  text: string;
  calls: [name: string, written: string][];
  ids: string[];
}

function scan(pieces: readonly string[], tools: readonly Tool[] = TOOLS): CompletionEvent[] {
  let ids = 0;
  const scanner = new CallScanner(tools, () => {
    ids += 1;
    return `call_${ids}`;
  });
  return [...pieces.map(text), finish()].flatMap((event) => scanner.apply([event]));
}

/** The events in short; fails where they break the rules of the neutral middle. */
function summary(events: readonly CompletionEvent[]): Read {
  const read: Read = { text: '', calls: [], ids: [] };
  for (const [at, event] of events.entries()) {
    if (event.type === 'text-delta') read.text += event.text;
    if (event.type !== 'tool-call-start') continue;
    expect(event.index).to.equal(read.calls.length);
    const [delta, end] = events.slice(at + 1, at + 3);
    expect(delta).to.include({ type: 'tool-call-delta', index: event.index });
    expect(end).to.deep.equal({ type: 'tool-call-end', index: event.index });
    read.calls.push([event.name, delta && 'text' in delta ? delta.text : '']);
    read.ids.push(event.id);
  }
  expect(new Set(read.ids).size).to.equal(read.calls.length);
  expect(events.at(-1)).to.deep.equal(finish());
  return read;
}

/** What an answer is read as; the same wherever it is cut into two, and in pieces of any one size. */
function read(answer: string, tools = TOOLS): Omit<Read, 'ids'> {
  const { text: words, calls } = summary(scan([answer], tools));
  const whole = { text: words, calls };
  const cuts = Array.from({ length: answer.length }, (_, at) => [answer.slice(0, at), answer.slice(at)]);
  const sizes = [1, 7].map((size) => cut(answer, Array(answer.length).fill(size)));
  for (const pieces of [...cuts, ...sizes]) {
    const { text: cutText, calls: cutCalls } = summary(scan(pieces, tools));
    expect({ text: cutText, calls: cutCalls }, JSON.stringify(pieces)).to.deep.equal(whole);
  }
  return whole;
}

const oslo: Read['calls'][number] = ['get_weather', '{"city": "Oslo"}'];
const rome: Read['calls'][number] = ['get_weather', '{"city": "Rome"}'];

describe('CallScanner', () => {
  describe('finds, wherever the answer is cut,', () => {
    const cases: [about: string, answer: string, calls: Read['calls'], words: string][] = [
      ['a call alone, and no text', OSLO, [oslo], ''],
      ['a call with white space around it', `\n\n${OSLO}\n`, [oslo], ''],
      ['text before a call', `Let me look.\n\n${OSLO}`, [oslo], 'Let me look.'],
      ['text after a call', `${OSLO}\n\nThat was it. `, [oslo], 'That was it. '],
      ['text before and after', `A.\n\n${OSLO}\n\nB.\n`, [oslo], 'A.\n\nB.\n'],
      ['a call in the middle of a line', `Now ${OSLO} done`, [oslo], 'Now done'],
      ['several calls', `${OSLO}\n${ROME}`, [oslo, rome], ''],
      ['several calls with text between', `${OSLO}\nand\n${ROME}`, [oslo, rome], 'and'],
      ['a call in a code fence', `Look:\n\`\`\`json\n${OSLO}\n\`\`\`\n`, [oslo], 'Look:'],
      ['calls in one fence', `\`\`\`\n${OSLO}\n${ROME}\n\`\`\`\nEnd`, [oslo, rome], 'End'],
      ['calls in a fence each', `\`\`\`\n${OSLO}\n\`\`\`\n\n\`\`\`\n${ROME}\n\`\`\``, [oslo, rome], ''],
      ['a call before somebody else’s fence', `${OSLO}\n\`\`\`py\nx\n\`\`\``, [oslo], '```py\nx\n```'],
      [
        'a fenced call before somebody else’s fence',
        `\`\`\`\n${OSLO}\n\`\`\`\n\`\`\`py\nx\n\`\`\``,
        [oslo],
        '```py\nx\n```',
      ],
      ['a call after somebody else’s fence', `\`\`\`py\nx = 1\n\`\`\`\n${OSLO}`, [oslo], '```py\nx = 1\n```'],
      ['arguments in a fence', formatCall('get_weather', '```json\n{"city": "Oslo"}\n```'), [oslo], ''],
      ['a call without arguments', formatCall('write', ''), [['write', '{}']], ''],
      ['arguments on one line', formatCall('write', '{}').replaceAll('\n', ''), [['write', '{}']], ''],
      ['a name that looks like the end of one', formatCall('odd ">name', '{}'), [['odd ">name', '{}']], ''],
      [
        'numbers as they were written',
        formatCall('write', '{"n": 12345678901234567890}'),
        [['write', '{"n": 12345678901234567890}']],
        '',
      ],
      ['a call whose end is missing', `Go: ${OSLO.replace(/\n<.*$/, '')}`, [oslo], 'Go:'],
      ['a call whose end is cut', OSLO.slice(0, -3), [oslo], ''],
      [
        'a call after an opening without arguments',
        `<tool_request name="write">word\n${OSLO}`,
        [oslo],
        '<tool_request name="write">word',
      ],
      ['a call after six backticks', `a\`\`\`\`\`\`json\n${OSLO}`, [oslo], 'a``````json'],
      ['a call in a longer fence', `\`\`\`\`\`\`md\n\`\`\`\n${OSLO}`, [oslo], '``````md\n```'],
      ['four backticks after a fenced call', `\`\`\`\n${OSLO}\n\`\`\`\`x`, [oslo], '````x'],
      [
        'a call whose end is missing before another',
        `${OSLO.replace(/\n<.*$/, '')}\n${ROME}`,
        [oslo, rome],
        '',
      ],
    ];
    for (const [about, answer, calls, words] of cases) {
      it(about, () => expect(read(answer)).to.deep.equal({ text: words, calls }));
    }

    it('arguments that hold the markers themselves', () => {
      const written = JSON.stringify({ content: `${OSLO}\n</tool_request> "</tool_request>" \\` });
      expect(read(`${formatCall('write', written)}\n${OSLO}`).calls).to.deep.equal([
        ['write', written],
        oslo,
      ]);
    });
  });

  describe('repairs', () => {
    const cases: [about: string, written: string, json: string][] = [
      ['a brace too few', '{"city": "Oslo"', '{"city": "Oslo"}'],
      ['a brace too many', '{"city": "Oslo"}}', '{"city": "Oslo"}'],
      ['a comma too many', '{"city": "Oslo",}', '{"city": "Oslo"}'],
      ['single quotes', "{'city': 'Oslo'}", '{"city": "Oslo"}'],
      ['line ends in a string', '{"city": "Os\nlo"}', '{"city": "Os\\nlo"}'],
      ['quotes in a string', '{"city": "the "Oslo" of"}', '{"city": "the \\"Oslo\\" of"}'],
      ['a string that nothing ends', '{"city": "Oslo}', '{"city": "Oslo"}'],
    ];
    for (const [about, written, json] of cases) {
      it(about, () => {
        const { text: words, calls } = read(formatCall('get_weather', written));
        expect(words).to.equal('');
        expect(calls.map(([name, repaired]) => [name, JSON.parse(repaired)])).to.deep.equal([
          ['get_weather', JSON.parse(json)],
        ]);
      });
    }

    it('a call, and still finds the next one', () => {
      const { calls } = read(`${formatCall('get_weather', '{"city": "Oslo}')}\n${ROME}\nDone`);
      expect(calls.map(([name]) => name)).to.deep.equal(['get_weather', 'get_weather']);
      expect(calls[1]).to.deep.equal(rome);
      expect(read(`${formatCall('get_weather', '{"city": "Oslo}')} if a <`).text).to.equal('if a <');
    });
  });

  describe('gives as the text it is', () => {
    const cases: [about: string, answer: string][] = [
      ['a call of a tool that was not declared', formatCall('delete_all', '{}')],
      ['a call without a name', formatCall('', '{}')],
      ['a name that only begins like a declared one', formatCall('get_weather_now', '{}')],
      ['another case of the name', formatCall('Get_Weather', '{}')],
      ['hopeless JSON', formatCall('write', '{"a": @@@ ]]}{')],
      ['an empty fence instead of JSON', formatCall('write', '```json')],
      ['prose instead of JSON', formatCall('write', 'what you like')],
      ['an opening with much white space behind it', `<tool_request name="write">${' '.repeat(300)}{}`],
      ['an array', formatCall('write', '[1]')],
      [
        'a repair that would bring forth undeclared arguments',
        formatCall('get_weather', '{"city": "He said "ok", "no": maybe"}'),
      ],
      ['a string that ends early', formatCall('write', '{"content": "print("}")", "b": 2}')],
      ['a call that was cut in its arguments', OSLO.slice(0, OSLO.indexOf('lo"'))],
      ['a call that was cut before its last brace', OSLO.slice(0, OSLO.indexOf('}'))],
      ['a call that was cut in its end, a brace too few', OSLO.slice(0, -3).replace('}', '')],
      ['a call that was cut in its name', OSLO.slice(0, 24)],
      ['a call without its end, with text behind it', '<tool_request name="write">{"a": 1} and so on'],
      ['an opening that is only spoken of', 'Write `<tool_request name="get_weather">` and so on.'],
      ['the same twice', 'First <tool_request name="write">, then <tool_request name="write">.'],
      ['an end without a beginning', 'x </tool_request> y'],
      ['markers in angle brackets', '<<tool_request <tool_request name= </tool_request'],
      ['an open fence', 'So:\n```json\n'],
    ];
    for (const [about, answer] of cases) {
      it(about, () => expect(read(answer)).to.deep.equal({ text: answer, calls: [] }));
    }

    it('everything where arguments are too long to be repaired', () => {
      const answer = formatCall('write', `{'content': '${'x'.repeat(40_000)}'}`);
      expect(summary(scan([answer]))).to.deep.include({ text: answer, calls: [] });
    });

    it('the broken call, and reads the good one after it', () => {
      const broken = formatCall('write', '{"a": @@@ ]]}{');
      expect(read(`${broken}\n${OSLO}`)).to.deep.equal({ text: broken, calls: [oslo] });
    });
  });

  it('makes the same call only once, however it is written', () => {
    const again = formatCall('get_weather', '{"city":"Oslo"}');
    expect(read(`${OSLO}\n${again}\n${ROME}\n${OSLO}`).calls).to.deep.equal([oslo, rome]);
  });

  it('gives text at once, up to what may be the beginning of a call', () => {
    const scanner = new CallScanner(TOOLS, () => 'call');
    const given = (piece: string) => scanner.apply([text(piece)]);
    expect(given('Let me')).to.deep.equal([text('Let me')]);
    expect(given(' see. if (a < b) <to')).to.deep.equal([text(' see. if (a < b)')]);
    expect(given('p>')).to.deep.equal([text(' <top>')]);
    expect(given('\n\n<tool_request')).to.deep.equal([]);
    expect(given('s> are')).to.deep.equal([text('\n\n<tool_requests> are')]);
    expect(given('\n<tool_request name="get_weather">\n{"city"')).to.deep.equal([]);
    expect(given(': "Oslo"}\n</tool_request')).to.deep.equal([]);
    expect(given('>').map(({ type }) => type)).to.deep.equal([
      'tool-call-start',
      'tool-call-delta',
      'tool-call-end',
    ]);
  });

  it('sees the end of a call behind complete arguments, whatever stands between', () => {
    const scanner = new CallScanner(TOOLS, () => 'call');
    expect(scanner.apply([text(formatCall('write', '{"a": 1} "x'))])).to.have.length.above(0);
  });

  it('gives what it held back before the usage that comes with the end', () => {
    const scanner = new CallScanner(TOOLS, () => 'call');
    const events = [usage(), text('a'), text(' <'), usage(), finish()];
    expect(scanner.apply(events)).to.deep.equal([usage(), text('a'), text(' <'), usage(), finish()]);
  });

  it('never takes thinking for a call, not even one half of it', () => {
    const scanner = new CallScanner(TOOLS, () => 'call');
    const [begin, rest] = [OSLO.slice(0, 5), OSLO.slice(5)];
    const events = [thought(OSLO), text(begin), thought('hm', '> hm'), text(rest), usage(), finish()];
    expect(merged(events.flatMap((event) => scanner.apply([event])))).to.deep.equal(merged(events));
  });

  it('lets thinking pass while a call is written', () => {
    const scanner = new CallScanner(TOOLS, () => 'call');
    const events = [text(OSLO.slice(0, 40)), thought('hm'), text(OSLO.slice(40)), finish('length')];
    const shown = events.flatMap((event) => scanner.apply([event]));
    expect(shown.map(({ type }) => type)).to.deep.equal([
      'reasoning-delta',
      'tool-call-start',
      'tool-call-delta',
      'tool-call-end',
      'finish',
    ]);
    expect(shown.at(-1)).to.deep.equal(finish('length'));
  });

  it('takes time in proportion to the answer, however it is made to look like calls', () => {
    const nasty = [
      '<tool_request name="write">{"',
      '<tool_request name="write">\n```json\n',
      '<tool_request name="write">{"a": "</tool_request>',
      '{"a":\n',
      '\n```json\n',
      '<tool_request name="w',
      ' ',
    ];
    for (const piece of nasty) {
      const pieces = Array(5_000).fill(piece);
      expect(summary(scan([OSLO, ...pieces, 'x'])).calls[0]).to.deep.equal(oslo);
      expect(summary(scan(['<tool_request name="write">{"a": "', ...pieces])).ids).to.have.length.below(2);
    }
  });

  describe('for any answer', () => {
    const scraps = fc.constantFrom(
      '<',
      '<tool_request',
      '<tool_request name="',
      '<tool_request name="write">',
      '">',
      'get_weather',
      CLOSE,
      OSLO,
      ROME,
      '{',
      '}',
      '{"a": 1}',
      '"',
      '\\',
      '```',
      '```json\n',
      '`',
      '\n',
      ' ',
      'word',
      '奥🙂',
      "'",
      ',',
    );
    const answers = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(scraps, { maxLength: 14 }).map((all) => all.join('')),
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 60 });

    it('reads the same, wherever it was cut', () => {
      fc.assert(
        fc.property(answers, sizes, (answer, cuts) => {
          expect(merged(scan(cut(answer, cuts)))).to.deep.equal(merged(scan([answer])));
        }),
        { numRuns: 2_000 },
      );
    });

    it('gives it unchanged where no tool is called', () => {
      const others: Tool[] = [{ name: 'nowhere' }];
      fc.assert(
        fc.property(answers, sizes, (answer, cuts) => {
          const { text: words, calls } = summary(scan(cut(answer, cuts), others));
          expect({ words, calls }).to.deep.equal({ words: answer, calls: [] });
        }),
        { numRuns: 1_000 },
      );
    });

    it('finds all calls with any arguments, and the words around them', () => {
      const calls = fc.uniqueArray(
        fc.tuple(
          fc.constantFrom('write', 'odd ">name'),
          fc.dictionary(
            fc.string(),
            fc.json().map((json) => JSON.parse(json)),
          ),
        ),
        { minLength: 1, maxLength: 4, selector: (call) => JSON.stringify(call) },
      );
      const words = fc.constantFrom('', 'One.', '二 🙂', '<b>', 'a\n\nb');
      fc.assert(
        fc.property(calls, fc.array(words, { minLength: 5, maxLength: 5 }), sizes, (made, around, cuts) => {
          const texts = made.map(([name, fields]) => formatCall(name, JSON.stringify(fields)));
          const answer = [around[0], ...texts.flatMap((one, at) => [one, around[at + 1] ?? ''])].join('\n');
          const found = summary(scan(cut(answer, cuts)));
          expect(found.calls.map(([name, written]) => [name, JSON.parse(written)])).to.deep.equal(
            made.map(([name, fields]) => [name, JSON.parse(JSON.stringify(fields))]),
          );
          const spoken = around.slice(0, made.length + 1).join('');
          expect(found.text.replace(/\s/g, '')).to.equal(spoken.replace(/\s/g, ''));
        }),
        { numRuns: 500 },
      );
    });

    it('loses nothing: every word is in the text or in a call’s arguments', () => {
      fc.assert(
        fc.property(fc.array(scraps, { maxLength: 14 }), (all) => {
          const numbered = all.map((scrap, at) => (scrap === 'word' ? `.word${at}.` : scrap));
          const found = summary(scan([numbered.join('')]));
          const kept = found.text + found.calls.map(([, written]) => written).join('');
          for (const word of numbered.filter((scrap) => scrap.startsWith('.word')))
            expect(kept).to.contain(word);
        }),
        { numRuns: 1_000 },
      );
    });
  });
});
