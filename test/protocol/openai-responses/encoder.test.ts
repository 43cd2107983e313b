import { expect } from 'chai';
import fc from 'fast-check';
import type {
  ResponseCustomToolCallItem,
  ResponseOutputText,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import { finish, text, thought, usage } from '../../completion/events.js';
import { CALL, call, encoder, ID, MESSAGE, outputOf, REASONING, streamed, TOOLS } from './encoded.js';
import { checkStream, eventsOf } from './shapes.js';

describe('ResponseEncoder, streaming', () => {
  it('writes a text as OpenAI does, from response.created to response.completed', () => {
    const shown = streamed([text('It is'), text(' 4.'), usage(), finish()]);
    const at = { item_id: `msg_${ID}0`, output_index: 0, content_index: 0 };
    const part: ResponseOutputText = { type: 'output_text', annotations: [], logprobs: [], text: '' };
    const middle: ResponseStreamEvent[] = [
      {
        type: 'response.output_item.added',
        sequence_number: 2,
        output_index: 0,
        item: { ...MESSAGE(''), status: 'in_progress', content: [] },
      },
      { type: 'response.content_part.added', sequence_number: 3, ...at, part },
      { type: 'response.output_text.delta', sequence_number: 4, ...at, delta: 'It is', logprobs: [] },
      { type: 'response.output_text.delta', sequence_number: 5, ...at, delta: ' 4.', logprobs: [] },
      { type: 'response.output_text.done', sequence_number: 6, ...at, text: 'It is 4.', logprobs: [] },
      { type: 'response.content_part.done', sequence_number: 7, ...at, part: { ...part, text: 'It is 4.' } },
      { type: 'response.output_item.done', sequence_number: 8, output_index: 0, item: MESSAGE('It is 4.') },
    ];
    expect(shown.slice(2, -1)).to.deep.equal(middle);
    const last = shown.at(-1);
    expect(last?.type).to.equal('response.completed');
    expect(last && 'response' in last && last.response.usage).to.deep.equal({
      input_tokens: 14,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: 9,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 23,
    });
  });

  it('streams thinking once: the copy beside the summary comes with the complete item only', () => {
    const shown = streamed([thought('Two '), thought('twos.'), text('4'), finish()]);
    const deltas = shown.filter((event) => 'delta' in event && /Tw|twos/.test(String(event.delta)));
    expect(deltas.map(({ type }) => type)).to.deep.equal([
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.delta',
    ]);
  });

  it('writes thinking as the summary of a reasoning item before the message', () => {
    const shown = streamed([thought('Two '), thought('twos.'), text('4'), finish()]);
    const at = { item_id: `rs_${ID}0`, output_index: 0, summary_index: 0 };
    const part = { type: 'summary_text', text: '' } as const;
    const first: ResponseStreamEvent[] = [
      {
        type: 'response.output_item.added',
        sequence_number: 2,
        output_index: 0,
        item: { id: `rs_${ID}0`, type: 'reasoning', summary: [] },
      },
      { type: 'response.reasoning_summary_part.added', sequence_number: 3, ...at, part },
      { type: 'response.reasoning_summary_text.delta', sequence_number: 4, ...at, delta: 'Two ' },
      { type: 'response.reasoning_summary_text.delta', sequence_number: 5, ...at, delta: 'twos.' },
      { type: 'response.reasoning_summary_text.done', sequence_number: 6, ...at, text: 'Two twos.' },
      {
        type: 'response.reasoning_summary_part.done',
        sequence_number: 7,
        ...at,
        part: { ...part, text: 'Two twos.' },
      },
      {
        type: 'response.output_item.done',
        sequence_number: 8,
        output_index: 0,
        item: REASONING('Two twos.'),
      },
    ];
    expect(shown.slice(2, 9)).to.deep.equal(first);
    expect(outputOf(shown)).to.deep.equal([REASONING('Two twos.'), MESSAGE('4', 1)]);
  });

  it('writes calls as items of their own, with the arguments in the upstream’s pieces', () => {
    const events = [
      ...call(0, 'look', '{"at"', ':1}'),
      ...call(1, 'look', '{}'),
      usage(),
      finish('tool_calls'),
    ];
    const shown = streamed(events);
    const at = { item_id: `fc_${ID}0`, output_index: 0 };
    const first: ResponseStreamEvent[] = [
      {
        type: 'response.output_item.added',
        sequence_number: 2,
        output_index: 0,
        item: { ...CALL(''), status: 'in_progress' },
      },
      { type: 'response.function_call_arguments.delta', sequence_number: 3, ...at, delta: '{"at"' },
      { type: 'response.function_call_arguments.delta', sequence_number: 4, ...at, delta: ':1}' },
      {
        type: 'response.function_call_arguments.done',
        sequence_number: 5,
        ...at,
        name: 'look',
        arguments: '{"at":1}',
      },
      { type: 'response.output_item.done', sequence_number: 6, output_index: 0, item: CALL('{"at":1}') },
    ];
    expect(shown.slice(2, 7)).to.deep.equal(first);
    expect(outputOf(shown)).to.deep.equal([CALL('{"at":1}'), CALL('{}', 1, 1)]);
  });

  const formed = { tools: TOOLS };

  it('writes a call of a tool in a namespace with name and namespace, as declared', () => {
    const shown = streamed([...call(0, 'mcp__docs__search', '{"q":1}'), finish('tool_calls')], formed);
    const item = { ...CALL('{"q":1}'), name: 'search', namespace: 'mcp__docs' };
    const added = shown.find(({ type }) => type === 'response.output_item.added');
    expect(added).to.deep.include({ item: { ...item, status: 'in_progress', arguments: '' } });
    const done = shown.find(({ type }) => type === 'response.function_call_arguments.done');
    expect(done).to.include({ name: 'search', arguments: '{"q":1}' });
    expect(outputOf(shown)).to.deep.equal([item]);
  });

  it('streams a call of a freeform tool as its text', () => {
    const pieces = ['{"in', 'put":', '"*** Be', 'gin\\', 'n\\u4e16', '界 \\ud83d', '\\ude42', '"', '}'];
    const shown = streamed([...call(0, 'apply_patch', ...pieces), finish('tool_calls')], formed);
    const input = '*** Begin\n世界 🙂';
    const item: ResponseCustomToolCallItem = {
      id: `ctc_${ID}0`,
      type: 'custom_tool_call',
      status: 'completed',
      input,
      call_id: 'call_0',
      name: 'apply_patch',
    };
    const at = { item_id: item.id, output_index: 0 };
    const deltas = ['*** Be', 'gin', '\n世', '界 ', '🙂'];
    const middle: ResponseStreamEvent[] = [
      {
        type: 'response.output_item.added',
        sequence_number: 2,
        output_index: 0,
        item: { ...item, status: 'in_progress', input: '' } as ResponseCustomToolCallItem,
      },
      ...deltas.map(
        (delta, index): ResponseStreamEvent => ({
          type: 'response.custom_tool_call_input.delta',
          sequence_number: 3 + index,
          ...at,
          delta,
        }),
      ),
      { type: 'response.custom_tool_call_input.done', sequence_number: 8, ...at, input },
      { type: 'response.output_item.done', sequence_number: 9, output_index: 0, item },
    ];
    expect(shown.slice(2, -1)).to.deep.equal(middle);
    expect(outputOf(shown)).to.deep.equal([item]);
  });

  it('writes the text of a freeform tool at its end if the arguments are not JSON', () => {
    const shown = streamed([...call(0, 'apply_patch', '*** Begin', ' Patch'), finish('tool_calls')], formed);
    const deltas = shown.flatMap((event) =>
      event.type === 'response.custom_tool_call_input.delta' ? [event.delta] : [],
    );
    expect(deltas).to.deep.equal(['*** Begin Patch']);
    expect(outputOf(shown)).to.have.nested.property('[0].input', '*** Begin Patch');
  });

  it('names the namespace of a freeform tool', () => {
    const shown = streamed([...call(0, 'mcp__docs__q', '{"input":"a"}'), finish('tool_calls')], formed);
    expect(outputOf(shown)[0]).to.include({
      type: 'custom_tool_call',
      name: 'q',
      namespace: 'mcp__docs',
      input: 'a',
    });
  });

  it('leaves out a call that the token limit cut off', () => {
    for (const name of ['look', 'apply_patch']) {
      const cut = call(0, name, '{"input":"rm -r').slice(0, -1);
      const shown = streamed([text('So:'), ...cut, finish('length')], formed);
      expect(shown.at(-1)?.type).to.equal('response.incomplete');
      expect(outputOf(shown)).to.deep.equal([MESSAGE('So:')]);
    }
  });

  it('writes one text per array, and begins once', () => {
    const one = encoder();
    expect(eventsOf(one.encode([])).map(({ type }) => type)).to.deep.equal([
      'response.created',
      'response.in_progress',
    ]);
    expect(one.encode([])).to.equal('');
    expect(one.encode([usage()])).to.equal('');
    expect(one.encode([text('')])).to.equal('');
  });

  it('opens a new item when thinking resumes after text', () => {
    const shown = streamed([thought('a'), text('b'), thought('c'), text('d'), finish()]);
    expect(outputOf(shown)).to.deep.equal([
      REASONING('a'),
      MESSAGE('b', 1),
      REASONING('c', 2),
      MESSAGE('d', 3),
    ]);
  });

  it('has an empty message if the model said nothing, and none if it was cut off while thinking', () => {
    expect(outputOf(streamed([finish()]))).to.deep.equal([MESSAGE('')]);
    expect(outputOf(streamed([thought('hm'), finish()]))).to.deep.equal([REASONING('hm'), MESSAGE('', 1)]);
    expect(outputOf(streamed([thought('hm'), finish('length')]))).to.deep.equal([REASONING('hm')]);
  });

  const cuts = { length: 'max_output_tokens', content_filter: 'content_filter' } as const;
  for (const [reason, told] of Object.entries(cuts)) {
    it(`ends with response.incomplete for ${reason}, and the open message is incomplete`, () => {
      const shown = streamed([text('half'), finish(reason as keyof typeof cuts)]);
      const last = shown.at(-1);
      expect(last?.type).to.equal('response.incomplete');
      const response = last && 'response' in last ? last.response : undefined;
      expect(response?.incomplete_details).to.deep.equal({ reason: told });
      expect(response?.output).to.deep.equal([{ ...MESSAGE('half'), status: 'incomplete' }]);
    });
  }

  const hostile = [
    'event: error\ndata: {"error":{}}\n\n',
    '"}\r\n\r\n',
    '\u2028\u0000',
    '\ud83d alone',
    '你好🙂',
  ];
  for (const evil of hostile) {
    it(`writes ${JSON.stringify(evil)} as plain text`, () => {
      const shown = streamed([thought(evil), text(evil), ...call(0, evil, evil), finish()], {
        instructions: evil,
        metadata: { [evil]: evil },
        include: ['reasoning.encrypted_content'],
      });
      expect(outputOf(shown)).to.have.length(3);
    });
  }

  it('passes any text through unchanged, however the events are split into arrays', () => {
    const piece = fc.tuple(fc.boolean(), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(fc.array(fc.array(piece, { maxLength: 5 }), { maxLength: 5 }), (arrays) => {
        const one = encoder();
        const stream = arrays.map((pieces) =>
          one.encode(pieces.map(([spoken, words]) => (spoken ? text(words) : thought(words)))),
        );
        const shown = eventsOf(stream.join('') + one.encode([finish()]));
        checkStream(shown);
        const deltas = (type: string) =>
          shown.map((event) => (event.type === type && 'delta' in event ? event.delta : '')).join('');
        const given = (wanted: boolean) =>
          arrays
            .flat()
            .map(([spoken, words]) => (spoken === wanted ? words : ''))
            .join('');
        expect(deltas('response.output_text.delta')).to.equal(given(true));
        expect(deltas('response.reasoning_summary_text.delta')).to.equal(given(false));
      }),
      { numRuns: 30 },
    );
  });
});
