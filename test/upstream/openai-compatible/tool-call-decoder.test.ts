import { expect } from 'chai';
import fc from 'fast-check';
import type { CompletionEvent } from '../../../src/completion/event.js';
import { UpstreamError } from '../../../src/errors.js';
import { ToolCallDecoder } from '../../../src/upstream/openai-compatible/tool-call-decoder.js';
import { call, callDelta, callEnd, callStart, text, thought } from '../../completion/events.js';

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

  it('refuses calls that are written by turns, named again or not', () => {
    for (const again of [piece(0, undefined, undefined, '}'), piece(0, 'call_0', 'a', '}')]) {
      const turns = [[piece(0, 'call_0', 'a', '{')], [piece(1, 'call_1', 'b', '{')], [again]];
      expect(() => decode(...turns))
        .to.throw(UpstreamError, /by turns/)
        .with.property('code', 'upstream_bad_tool_call');
    }
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
    const written = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(fc.array(written, { minLength: 1, maxLength: 4 }), { maxLength: 4 }), (calls) => {
        const deltas = calls.flatMap(([first, ...rest], index) => [
          [piece(index, `call_${index}`, 'a', first)],
          ...rest.map((more) => [piece(index, undefined, undefined, more)]),
        ]);
        expect(decode(...deltas)).to.deep.equal(
          calls.flatMap((pieces, index) => call(index, 'a', pieces.join(''))),
        );
      }),
    );
  });
});
