import { expect } from 'chai';
import { cut, sse } from '../support.js';
import { answer, finish, run, text } from './chunk-runs.js';

describe('ChunkDecoder: content', () => {
  const both = { text: 'Yes 🙂', reasoning: '想\n' };
  const deltas: Record<string, object> = {
    'in parts (Mistral)': {
      content: [
        { type: 'thinking', thinking: [{ type: 'text', text: '想\n' }] },
        { type: 'text', text: 'Yes' },
        { type: 'text', text: ' 🙂' },
      ],
    },
    'in parts whose thinking is a text': {
      content: [
        { type: 'reasoning', reasoning: '想\n' },
        { type: 'output_text', text: 'Yes 🙂' },
      ],
    },
    'in one part': { reasoning_content: '想\n', content: { type: 'text', text: 'Yes 🙂' } },
    'in texts alone': { reasoning: '想\n', content: ['Yes', ' 🙂'] },
    'with thinking (Ollama)': { thinking: '想\n', content: 'Yes 🙂' },
    'with details of the reasoning (OpenRouter)': {
      reasoning: '想\n',
      reasoning_details: [{ type: 'reasoning.text', text: '想\n' }],
      content: 'Yes 🙂',
    },
    'with nothing but details of the reasoning': {
      reasoning_details: [
        { type: 'reasoning.summary', summary: '想\n' },
        { type: 'reasoning.encrypted', data: 'x' },
      ],
      content: 'Yes 🙂',
    },
  };
  for (const [form, delta] of Object.entries(deltas)) {
    it(`comes ${form}`, async () => {
      const { text: shown, reasoning } = await answer({ choices: [{ delta }] }, finish('stop'), '[DONE]');
      expect({ text: shown, reasoning }).to.deep.equal(both);
    });
  }

  it('comes in a message instead of a delta', async () => {
    const message = (content: string) => ({ choices: [{ message: { content } }] });
    expect((await answer(message('Yes'), message(' 🙂'), finish('stop'))).text).to.equal('Yes 🙂');
  });

  it('is not taken again from a message that repeats the deltas', async () => {
    const last = { choices: [{ message: { role: 'assistant', content: 'ab' }, finish_reason: 'stop' }] };
    expect((await answer(text('a'), text('b'), last)).text).to.equal('ab');
  });

  it('comes as a whole completion, labelled as a stream or not', async () => {
    const whole = {
      object: 'chat.completion',
      choices: [
        {
          message: {
            reasoning_content: '想\n',
            content: 'Yes 🙂',
            tool_calls: [{ id: 'call_a', type: 'function', function: { name: 'rest', arguments: '{}' } }],
          },
          finish_reason: 'tool_calls',
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
    };
    const pretty = Buffer.from(JSON.stringify(whole, null, 2));
    for (const reads of [[sse([JSON.stringify(whole)])], [pretty], cut(pretty, 7)]) {
      const { text: shown, reasoning, finish: end, usage, calls } = await run(reads);
      expect({ text: shown, reasoning }).to.deep.equal(both);
      expect({ end, tokens: usage?.totalTokens }).to.deep.equal({ end: 'tool_calls', tokens: 7 });
      expect(calls.map(({ type }) => type)).to.deep.equal([
        'tool-call-start',
        'tool-call-delta',
        'tool-call-end',
      ]);
    }
  });

  it('may call by the member of old', async () => {
    const { calls } = await answer(
      { choices: [{ delta: { function_call: { name: 'rest', arguments: '{"a"' } } }] },
      { choices: [{ delta: { function_call: { arguments: ':1}' } } }] },
      finish('function_call'),
    );
    expect(calls.map((call) => ('text' in call ? call.text : call.type)).join(' ')).to.match(
      /^tool-call-start \{"a" :1\} tool-call-end$/,
    );
  });
});

describe('ChunkDecoder: frames that a server glued together', () => {
  const chunk = (content: string, id = 'this') =>
    JSON.stringify({ id, object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content } }] });
  /** As Z.ai does: the beginning of a frame, then the next with its `data:`. */
  const glue = (cutFrame: string, next: string) => `${cutFrame}data: ${next}`;
  const beginnings: Record<string, string> = {
    'in its object': '{"id":"this","object":"chat.c',
    'in its role': '{"id":"this","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"a',
    'in a key': '{"id":"this","object":"chat.completion.chunk","ch',
    'in somebody else’s text': '{"id":"other","choices":[{"index":0,"delta":{"content":"sec',
  };
  for (const [where, beginning] of Object.entries(beginnings)) {
    it(`are taken apart, the first cut ${where}: no word of this answer is lost`, async () => {
      const {
        text: shown,
        finish: end,
        error,
      } = await answer(
        chunk('One'),
        glue(beginning, chunk(' two')),
        chunk(' three'),
        finish('stop'),
        '[DONE]',
      );
      expect({ shown, end, error }).to.deep.equal({
        shown: 'One two three',
        end: 'stop',
        error: undefined,
      });
    });

    it(`are a failure worth another try before the first event, the first cut ${where}`, async () => {
      const role = { id: 'this', choices: [{ index: 0, delta: { role: 'assistant' } }] };
      const { text: shown, error } = await answer(
        role,
        glue(beginning, chunk('One')),
        finish('stop'),
        '[DONE]',
      );
      expect(shown).to.equal('');
      expect(error).to.include({ retriable: true, code: 'upstream_truncated' });
    });
  }

  it('are taken apart where the first lacks nothing but its end', async () => {
    const { text: shown, finish: end } = await answer(
      chunk('One'),
      glue(chunk(' two').slice(0, -3), chunk(' three')),
      glue(chunk(' four'), '[DONE]'),
    );
    expect({ shown, end }).to.deep.equal({ shown: 'One two three four', end: 'stop' });
  });

  it('are taken apart where only the empty line or the line’s end between them lacks', async () => {
    const { text: shown } = await answer(
      chunk('One'),
      `${chunk(' two')}\ndata: ${chunk(' three')}`,
      `${chunk(' four')}${chunk(' five')}`,
      finish('stop'),
    );
    expect(shown).to.equal('One two three four five');
  });

  it('are taken apart in little time, whatever they hold', async () => {
    for (const junk of [
      ' '.repeat(2_000_000),
      '['.repeat(200_000),
      '{"a":'.repeat(200_000),
      ',\t'.repeat(1_000_000),
    ]) {
      const startedAt = performance.now();
      await answer(chunk('One'), `${junk}data: ${chunk(' two')}`, finish('stop'), '[DONE]');
      expect(performance.now() - startedAt).to.be.below(2_000);
    }
  });

  it('of which the first was cut in this answer’s own text are told to lack a part', async () => {
    const half = chunk(' tw').slice(0, -8);
    const { text: shown, error } = await answer(
      chunk('One'),
      glue(half, chunk(' three')),
      finish('stop'),
      '[DONE]',
    );
    expect(shown).to.equal('One three');
    expect(error).to.include({ code: 'upstream_truncated' });
  });
});
