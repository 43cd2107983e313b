import { expect } from 'chai';
import fc from 'fast-check';
import type { CompletionEvent } from '../../../src/completion/event.js';
import { ToolCallDecoder } from '../../../src/upstream/openai-compatible/tool-call-decoder.js';
import { UpstreamError } from '../../../src/vocabulary/errors.js';
import { call, callDelta, callEnd, callStart, cut, text, thought } from '../../completion/events.js';
import { cpuMsOf } from '../../support/cpu-time.js';

type Piece = object | string | null;

/** One piece of a call as it stands in `delta.tool_calls`. */
const piece = (
  index: number | undefined,
  id: string | undefined,
  name: string | undefined,
  written?: unknown,
) => ({
  ...(index === undefined ? {} : { index }),
  ...(id === undefined ? {} : { id, type: 'function' }),
  function: {
    ...(name === undefined ? {} : { name }),
    ...(written === undefined ? {} : { arguments: written }),
  },
});

/** Each array is one delta. Neighbouring deltas of one call are run together. */
function decode(...deltas: Piece[][]): CompletionEvent[] {
  let made = 0;
  const decoder = new ToolCallDecoder(() => {
    made += 1;
    return `made_${made}`;
  });
  const events: CompletionEvent[] = [];
  for (const delta of deltas) decoder.decode(delta, events);
  decoder.end(events);
  return together(events);
}

function together(events: readonly CompletionEvent[]): CompletionEvent[] {
  const result: CompletionEvent[] = [];
  for (const event of events) {
    const last = result.at(-1);
    if (event.type === 'tool-call-delta' && last?.type === 'tool-call-delta') {
      result[result.length - 1] = callDelta(last.index, last.text + event.text);
    } else result.push(event);
  }
  return result;
}

const WEATHER = '{"city":"Oslo 奥斯陆 🙂"}';
const BOTH = [...call(0, 'get_weather', WEATHER), ...call(1, 'get_time', '{"zone":"CET"}')];

describe('ToolCallDecoder', () => {
  const whole = [
    piece(0, 'call_0', 'get_weather', WEATHER),
    piece(1, 'call_1', 'get_time', '{"zone":"CET"}'),
  ];
  const forms: [what: string, deltas: Piece[][]][] = [
    ['whole, in one delta', [whole]],
    ['whole, in a delta each', whole.map((one) => [one])],
    [
      'begun by their names, then their arguments in pieces',
      [
        [piece(0, 'call_0', 'get_weather', '')],
        [piece(0, undefined, undefined, '{"city":"Os')],
        [piece(0, undefined, undefined, 'lo 奥斯陆 🙂"}')],
        [piece(1, 'call_1', 'get_time')],
        [piece(1, undefined, undefined, '{"zone":'), piece(1, undefined, undefined, '"CET"}')],
      ],
    ],
    [
      'with id and name in every piece',
      [
        [piece(0, 'call_0', 'get_weather', '{"city":')],
        [piece(0, 'call_0', 'get_weather', '"Oslo 奥斯陆 🙂"}')],
        [piece(1, 'call_1', 'get_time', '{"zone":"CET"}')],
      ],
    ],
    [
      'with empty ids and names after the first piece',
      [
        [piece(0, 'call_0', 'get_weather', '{"city":')],
        [piece(0, '', '', '"Oslo 奥斯陆 🙂"}')],
        [piece(1, 'call_1', 'get_time', '{"zone":"CET"}')],
      ],
    ],
    [
      'without numbers',
      [
        [piece(undefined, 'call_0', 'get_weather', '{"city":')],
        [piece(undefined, undefined, undefined, '"Oslo 奥斯陆 🙂"}')],
        [piece(undefined, 'call_1', 'get_time', '{"zone":"CET"}')],
      ],
    ],
    [
      'whole and all with the number 0',
      [[piece(0, 'call_0', 'get_weather', WEATHER)], [piece(0, 'call_1', 'get_time', '{"zone":"CET"}')]],
    ],
    [
      'numbered from 1',
      [[piece(1, 'call_0', 'get_weather', WEATHER)], [piece(2, 'call_1', 'get_time', '{"zone":"CET"}')]],
    ],
    [
      'with arguments that were parsed',
      [
        [piece(0, 'call_0', 'get_weather', { city: 'Oslo 奥斯陆 🙂' })],
        [piece(1, 'call_1', 'get_time', { zone: 'CET' })],
      ],
    ],
    [
      'with arguments before the name',
      [
        [piece(0, 'call_0', undefined, '{"city":"Oslo')],
        [piece(0, undefined, 'get_weather', ' 奥斯陆 🙂"}')],
        [piece(1, 'call_1', 'get_time', '{"zone":"CET"}')],
      ],
    ],
    ['among pieces that are none', [[null, 'x', ...whole]]],
  ];
  for (const [what, deltas] of forms) {
    it(`reads two calls ${what}`, () => {
      expect(decode(...deltas)).to.deep.equal(BOTH);
    });
  }

  it('gives arguments {} to a call that came without any', () => {
    for (const written of [undefined, '', null]) {
      expect(decode([piece(0, 'call_0', 'rest', written)])).to.deep.equal(call(0, 'rest'));
    }
  });

  it('makes an id where there is none, or where it was given before', () => {
    expect(decode([piece(0, undefined, 'a', '{}')])).to.deep.equal([
      callStart(0, 'a', 'made_1'),
      callDelta(0, '{}'),
      callEnd(0),
    ]);
    const twice = decode([piece(0, 'same', 'a', '{}')], [piece(1, 'same', 'b', '{}')]);
    expect(twice.filter(({ type }) => type === 'tool-call-start')).to.deep.equal([
      callStart(0, 'a', 'same'),
      callStart(1, 'b', 'made_1'),
    ]);
  });

  it('never shows a call without a name', () => {
    for (const name of [undefined, '']) {
      expect(() => decode([piece(0, 'call_0', name, '{}')]))
        .to.throw(UpstreamError)
        .with.property('code', 'upstream_bad_tool_call');
    }
  });

  describe('calls that are written by turns', () => {
    const turns: Record<string, Piece[][]> = {
      'piece by piece': [
        [piece(0, 'call_0', 'get_weather', '')],
        [piece(1, 'call_1', 'get_time', '')],
        [piece(0, undefined, undefined, '{"city":')],
        [piece(1, undefined, undefined, '{"zone":')],
        [piece(1, undefined, undefined, '"CET"}')],
        [piece(0, undefined, undefined, '"Oslo 奥斯陆 🙂"}')],
      ],
      'in one delta, named again each time': [
        [piece(0, 'call_0', 'get_weather', '{"city":"Oslo'), piece(1, 'call_1', 'get_time', '{"zone"')],
        [piece(0, 'call_0', 'get_weather', ' 奥斯陆 🙂"}'), piece(1, 'call_1', 'get_time', ':"CET"}')],
      ],
      'with the name of the first behind the second': [
        [piece(0, 'call_0', undefined, '{"city":"Oslo 奥斯陆 🙂"}')],
        [piece(1, 'call_1', 'get_time', '{"zone":"CET"}')],
        [piece(0, undefined, 'get_weather', '')],
      ],
    };
    for (const [form, deltas] of Object.entries(turns)) {
      it(`are told apart by their numbers: ${form}`, () => {
        expect(decode(...deltas)).to.deep.equal(BOTH);
      });
    }

    it('are shown as they come once the one before has all its arguments', () => {
      const decoder = new ToolCallDecoder(() => 'new');
      const events: CompletionEvent[] = [];
      decoder.decode([piece(0, 'call_0', 'a', '{"x":1}')], events);
      decoder.decode([piece(1, 'call_1', 'b', '{"y')], events);
      expect(events).to.deep.equal([...call(0, 'a', '{"x":1}'), callStart(1, 'b'), callDelta(1, '{"y')]);
    });

    it('are held back in bounds', () => {
      const long = piece(1, undefined, undefined, 'x'.repeat(1_000_000));
      const open = [[piece(0, 'call_0', 'a', '{"x"')], [piece(1, 'call_1', 'b', '{"y":"')]];
      expect(() => decode(...open, ...Array.from({ length: 5 }, () => [long])))
        .to.throw(UpstreamError, /4 MiB/)
        .with.property('code', 'upstream_answer_too_large');
    });

    it('take time that grows with their number', () => {
      const many = Array.from({ length: 20_000 }, (_, index) => [piece(index, `call_${index}`, 'a', '{}')]);
      expect(cpuMsOf(() => decode(...many))).to.be.below(1_000);
    });
  });

  describe('arguments with more behind them', () => {
    const first = piece(0, 'call_0', 'a', '{"x":"}"}');
    const more: Record<string, Piece[][]> = {
      'the same object again': [[first], [piece(0, undefined, undefined, '{"x":"}"}')]],
      'an empty object': [[first], [piece(0, undefined, undefined, '{}')]],
      'the same again in one piece': [[piece(0, 'call_0', 'a', '{"x":"}"}{"x":"}"}')]],
      'the same with id and name again': [[first], [first]],
      'a bracket too many, and blanks': [[first], [piece(0, undefined, undefined, '} \n')]],
      'an empty object before them': [
        [piece(0, 'call_0', 'a', '{}')],
        [piece(0, undefined, undefined, '{"x":"}"}')],
      ],
      'null before them': [[piece(0, 'call_0', 'a', 'null')], [piece(0, undefined, undefined, '{"x":"}"}')]],
      'an empty object without a number': [
        [piece(undefined, 'call_0', 'a', '{"x":"}"}')],
        [piece(undefined, undefined, undefined, '{}')],
      ],
    };
    for (const [what, deltas] of Object.entries(more)) {
      it(`are one object: ${what}`, () => {
        expect(decode(...deltas)).to.deep.equal(call(0, 'a', '{"x":"}"}'));
      });
    }

    it('are one object where it is empty: {} twice, cut anywhere', () => {
      for (const pieces of [['{}', '{}'], ['{', '}', '{', '}'], ['{}{}'], ['', '{ }', ' {', '}']]) {
        const [begin = '', ...rest] = pieces;
        const deltas = rest.map((written) => [piece(0, undefined, undefined, written)]);
        const events = decode([piece(0, 'call_0', 'a', begin)], ...deltas);
        expect(
          events.map((event) => ('text' in event ? event.text.replace(/\s/g, '') : event.type)),
        ).to.deep.equal(['tool-call-start', '{}', 'tool-call-end']);
      }
    });

    it('are another call where they have an id and a name of their own', () => {
      const two = [...call(0, 'a', '{"x":1}'), ...call(1, 'b', '{}')];
      expect(decode([piece(0, 'call_0', 'a', '{"x":1}')], [piece(0, 'call_1', 'b', '{}')])).to.deep.equal(
        two,
      );
      // Without ids the complete object tells.
      const named = decode([piece(0, undefined, 'a', '{"x":1}')], [piece(0, undefined, 'b', '{"y":2}')]);
      expect(named.filter(({ type }) => type === 'tool-call-start')).to.have.length(2);
    });
  });

  describe('arguments without an end', () => {
    const half = '{"command":"rm -r';

    it('give the last call no end', () => {
      expect(decode([piece(0, 'call_0', 'a', half)])).to.deep.equal([callStart(0, 'a'), callDelta(0, half)]);
      expect(decode([piece(0, 'call_0', 'a', '{')])).to.deep.equal([callStart(0, 'a'), callDelta(0, '{')]);
      expect(decode([piece(0, 'call_0', 'a', '{"x":1}')], [piece(1, 'call_1', 'b', half)])).to.deep.equal([
        ...call(0, 'a', '{"x":1}'),
        callStart(1, 'b'),
        callDelta(1, half),
      ]);
    });

    it('are an error with another call or text behind them', () => {
      expect(() => decode([piece(0, 'call_0', 'a', half)], [piece(1, 'call_1', 'b', '{}')]))
        .to.throw(UpstreamError, /do not end/)
        .with.property('code', 'upstream_bad_tool_call');
      const decoder = new ToolCallDecoder(() => 'new');
      decoder.decode([piece(0, 'call_0', 'a', half)], []);
      decoder.between(text('after'), []);
      expect(() => decoder.end([])).to.throw(UpstreamError, /do not end/);
    });

    it('are not confused with those that are no JSON but closed: they are the model’s own', () => {
      for (const written of ["{'city': Oslo,}", '{"a":1,}', 'Oslo', '"Oslo"', '[1]']) {
        expect(decode([piece(0, 'call_0', 'a', written)])).to.deep.equal(call(0, 'a', written));
      }
    });
  });

  it('shows text and thinking that came in the middle of a call after it', () => {
    const decoder = new ToolCallDecoder(() => 'new');
    const events: CompletionEvent[] = [];
    decoder.between(text('before'), events);
    decoder.decode([piece(0, 'call_0', 'a', '{"x"')], events);
    decoder.between(text('between'), events);
    decoder.between(thought('hm'), events);
    decoder.decode([piece(0, undefined, undefined, ':1}')], events);
    decoder.end(events);
    decoder.between(text('after'), events);
    expect(together(events)).to.deep.equal([
      text('before'),
      ...call(0, 'a', '{"x":1}'),
      text('between'),
      thought('hm'),
      text('after'),
    ]);
  });

  it('gives pieces of arguments at once', () => {
    const decoder = new ToolCallDecoder(() => 'new');
    const events: CompletionEvent[] = [];
    decoder.decode([piece(0, 'call_0', 'a', '')], events);
    expect(events).to.deep.equal([callStart(0, 'a')]);
    decoder.decode([piece(0, undefined, undefined, '{"x')], events);
    expect(events).to.deep.equal([callStart(0, 'a'), callDelta(0, '{"x')]);
  });

  it('reads the same calls however their arguments are cut', () => {
    const written = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 2 }), {
      maxKeys: 3,
    });
    const cuts = fc.array(fc.nat(12), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(fc.tuple(written, cuts), { maxLength: 4 }), (calls) => {
        const texts = calls.map(([fields]) => JSON.stringify(fields));
        const deltas = calls.flatMap(([, sizes], index) =>
          cut(texts[index] ?? '', sizes).map((part, at) => [
            at === 0 ? piece(index, `call_${index}`, 'a', part) : piece(index, undefined, undefined, part),
          ]),
        );
        expect(decode(...deltas)).to.deep.equal(texts.flatMap((whole, index) => call(index, 'a', whole)));
      }),
    );
  });
});
