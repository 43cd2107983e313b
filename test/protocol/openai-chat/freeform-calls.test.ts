/** Calls of freeform tools in chat completions are returned in the form in which the tool was declared. */
import { expect } from 'chai';
import type { ChatCompletion, ChatCompletionMessageParam } from 'openai/resources';
import { ChunkEncoder } from '../../../src/protocol/openai-chat/encoder.js';
import { parseMessages } from '../../../src/protocol/openai-chat/parse-messages.js';
import { parseChatRequest } from '../../../src/protocol/openai-chat/parse-request.js';
import { parseTools } from '../../../src/protocol/tools/parse-tools.js';
import { callDelta, callEnd, callStart, finish, text } from '../../completion/events.js';
import { dataOf, type Json } from '../../support/gateway.js';

const NAMED = { uuid: '1', created: 1_759_400_000, model: 'GLM-4.5', requestId: 'req-1' };
const { toolNames } = parseTools(
  [
    { type: 'custom', custom: { name: 'apply_patch' } },
    { type: 'function', function: { name: 'look' } },
  ],
  undefined,
);
const INPUT = '*** Begin Patch\n"世界 🙂"\n';

function chunksOf(encoder: ChunkEncoder, ...events: Parameters<ChunkEncoder['encode']>[0]): Json[] {
  return dataOf(encoder.encode(events)).filter((data) => data.choices?.[0].delta.tool_calls);
}

const callsOf = (chunks: Json[]) => chunks.map((chunk) => chunk.choices[0].delta.tool_calls[0]);

describe('A call of a freeform tool in chat completions', () => {
  it('streams as text, wherever the arguments are split', () => {
    const written = JSON.stringify({ input: INPUT }).replace('🙂', '\\ud83d\\ude42');
    for (const size of [1, 2, 3, 7, written.length]) {
      const encoder = new ChunkEncoder(NAMED, false, toolNames);
      const pieces = written.match(new RegExp(`.{1,${size}}`, 'gs')) ?? [];
      const events = [
        callStart(0, 'apply_patch'),
        ...pieces.map((piece) => callDelta(0, piece)),
        callEnd(0),
        finish('tool_calls'),
      ];
      const [first, ...rest] = callsOf(chunksOf(encoder, ...events));
      expect(first).to.deep.equal({
        index: 0,
        id: 'call_0',
        type: 'custom',
        custom: { name: 'apply_patch', input: '' },
      });
      for (const piece of rest) {
        expect(piece).to.have.all.keys('index', 'custom');
        expect(piece.custom.input).not.to.match(/^$|\p{Surrogate}/u);
      }
      expect(rest.map(({ custom }) => custom.input).join('')).to.equal(INPUT);
    }
  });

  it('streams at its end if the arguments are not JSON, and leaves a function beside it unchanged', () => {
    const encoder = new ChunkEncoder(NAMED, false, toolNames);
    const calls = callsOf(
      chunksOf(
        encoder,
        text('So:'),
        callStart(0, 'apply_patch'),
        callDelta(0, INPUT),
        callEnd(0),
        callStart(1, 'look'),
        callDelta(1, '{"input":"a"}'),
        callEnd(1),
        finish('tool_calls'),
      ),
    );
    expect(calls.slice(1)).to.deep.equal([
      { index: 0, custom: { input: INPUT } },
      { index: 1, id: 'call_1', type: 'function', function: { name: 'look', arguments: '' } },
      { index: 1, function: { arguments: '{"input":"a"}' } },
    ]);
  });

  it('has OpenAI’s form in a whole answer', () => {
    const body = new ChunkEncoder(NAMED, false, toolNames).whole({
      text: '',
      reasoning: '',
      toolCalls: [
        { id: 'call_1', name: 'apply_patch', arguments: JSON.stringify({ input: INPUT }) },
        { id: 'call_2', name: 'look', arguments: '{}' },
      ],
      usage: undefined,
      reason: 'tool_calls',
    }) as ChatCompletion;
    expect(body.choices[0]?.message.tool_calls).to.deep.equal([
      { id: 'call_1', type: 'custom', custom: { name: 'apply_patch', input: INPUT } },
      { id: 'call_2', type: 'function', function: { name: 'look', arguments: '{}' } },
    ]);
  });

  describe('declared flat, as Cursor does', () => {
    const tools = [{ type: 'custom', name: 'ApplyPatch', format: { type: 'text' } }];
    const names = parseTools(tools, undefined).toolNames;

    it('also has a function, with the text as its arguments', () => {
      const call = { id: 'call_1', name: 'ApplyPatch', arguments: JSON.stringify({ input: INPUT }) };
      const answer = {
        text: '',
        reasoning: '',
        toolCalls: [call],
        usage: undefined,
        reason: 'tool_calls',
      } as const;
      const body = new ChunkEncoder(NAMED, false, names).whole(answer) as ChatCompletion;
      expect(body.choices[0]?.message.tool_calls).to.deep.equal([
        {
          id: 'call_1',
          type: 'custom',
          custom: { name: 'ApplyPatch', input: INPUT },
          function: { name: 'ApplyPatch', arguments: INPUT },
        },
      ]);
      const encoder = new ChunkEncoder(NAMED, false, names);
      const pieces = callsOf(
        chunksOf(
          encoder,
          callStart(0, 'ApplyPatch'),
          callDelta(0, call.arguments),
          callEnd(0),
          finish('tool_calls'),
        ),
      );
      expect(pieces).to.deep.equal([
        {
          index: 0,
          id: 'call_0',
          type: 'custom',
          custom: { name: 'ApplyPatch', input: '' },
          function: { name: 'ApplyPatch', arguments: '' },
        },
        { index: 0, custom: { input: INPUT }, function: { arguments: INPUT } },
      ]);
    });

    it('is accepted in the history as a function’s call with plain text', () => {
      const written = { id: 'call_1', type: 'function', function: { name: 'ApplyPatch', arguments: INPUT } };
      const messages = [
        { role: 'user', content: 'Go.' },
        { role: 'assistant', content: null, tool_calls: [written] },
        { role: 'tool', tool_call_id: 'call_1', content: 'Done!' },
      ];
      const asked = parseChatRequest({ model: 'glm', messages, tools }, false);
      const call = { id: 'call_1', name: 'ApplyPatch', arguments: JSON.stringify({ input: INPUT }) };
      expect(asked.messages[1]).to.deep.include({ toolCalls: [call] });
    });
  });

  it('is accepted in the history', () => {
    const messages: ChatCompletionMessageParam[] = [
      {
        role: 'assistant',
        tool_calls: [{ id: 'call_1', type: 'custom', custom: { name: 'apply_patch', input: INPUT } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'Done!' },
    ];
    const call = { id: 'call_1', name: 'apply_patch', arguments: JSON.stringify({ input: INPUT }) };
    expect(parseMessages(messages)[0]).to.deep.include({ role: 'assistant', toolCalls: [call] });
    const nameless = [
      { role: 'assistant', tool_calls: [{ id: 'a', type: 'custom', custom: { input: 'x' } }] },
    ];
    expect(() => parseMessages(nameless)).to.throw('messages[0].tool_calls[0].custom.name');
  });
});
