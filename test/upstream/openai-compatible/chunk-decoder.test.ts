import { expect } from 'chai';
import { ChunkDecoder } from '../../../src/upstream/openai-compatible/chunk-decoder.js';
import { CUT_SIZES, cut, decoded, outcomeOf, sse } from '../support.js';
import { answer, CALLS, finish, pieces, run, text, VLLM, ZAI } from './chunk-runs.js';

describe('ChunkDecoder', () => {
  it('tells once which model answers, in the upstream’s words, and passes over chunks that name none', async () => {
    const served: string[] = [];
    const chunks = [text('a'), { ...text('b'), model: '' }, { ...text('c'), model: 'glm-5.3' }];
    const decoder = new ChunkDecoder(() => 'call_new', { observe: (model) => served.push(model) });
    const payloads = [...chunks, { ...finish('stop'), model: 'glm-5.2' }].map((chunk) =>
      JSON.stringify(chunk),
    );
    expect(await outcomeOf(decoded(decoder, [sse(payloads)]))).to.include({ text: 'abc', finish: 'stop' });
    expect(served).to.deep.equal(['glm-5.3']);
  });

  it('gives the pages that a web search found, each once, at the end', async () => {
    const one = { title: 'One', link: 'https://one.example', content: 'Long.', refer: 'ref_1' };
    const untitled = { link: 'https://two.example' };
    const outcome = await answer(
      { ...text('a'), web_search: [one, { title: 'No link' }, null] },
      { ...text('b'), web_search: [one, untitled] },
      finish('stop'),
      '[DONE]',
    );
    expect(outcome).to.deep.include({
      text: 'ab',
      finish: 'stop',
      sources: [
        { url: 'https://one.example', title: 'One' },
        { url: 'https://two.example', title: 'https://two.example' },
      ],
    });
  });

  for (const [form, chunks] of Object.entries({ 'Z.ai': ZAI, vLLM: VLLM })) {
    const body = sse([...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]']);
    for (const size of CUT_SIZES) {
      it(`reads the form of ${form}, cut every ${size} bytes`, async () => {
        expect(await run(cut(body, size))).to.deep.equal({
          reasoning: '想\n 🙂',
          text: '\nYes',
          finish: 'stop',
          error: undefined,
          calls: [],
          usage: {
            promptTokens: 8,
            completionTokens: 5,
            totalTokens: 13,
            cachedTokens: 2,
            reasoningTokens: 3,
          },
        });
      });
    }
  }

  for (const [form, chunks] of Object.entries(CALLS)) {
    const body = sse(
      [...chunks, finish('tool_calls')].map((chunk) => JSON.stringify(chunk)).concat('[DONE]'),
    );
    for (const size of CUT_SIZES) {
      it(`reads ${form}, cut every ${size} bytes`, async () => {
        const { calls, text: shown, finish: end, error } = await run(cut(body, size));
        expect({ shown, end, error }).to.deep.equal({ shown: 'Both.', end: 'tool_calls', error: undefined });
        expect(calls.filter(({ type }) => type === 'tool-call-start')).to.deep.equal([
          { type: 'tool-call-start', index: 0, id: 'call_a', name: 'get_weather' },
          { type: 'tool-call-start', index: 1, id: 'call_b', name: 'get_time' },
        ]);
        const written = (wanted: number) =>
          calls
            .map((call) => (call.type === 'tool-call-delta' && call.index === wanted ? call.text : ''))
            .join('');
        expect([written(0), written(1)]).to.deep.equal(['{"city":"奥斯陆 🙂"}', '{}']);
        expect(calls.at(-1)).to.deep.equal({ type: 'tool-call-end', index: 1 });
      });
    }
  }

  it('never ends a call that was cut, nor the answer', async () => {
    const [, begun = {}, half = {}] = CALLS['streamed arguments'];
    for (const after of [
      [],
      [{ error: { message: 'out of memory', code: 500 } }],
      [finish('network_error'), '[DONE]'],
    ]) {
      const { calls, finish: end, error } = await answer(begun, half, ...after);
      expect(calls.map(({ type }) => type)).to.deep.equal(['tool-call-start', 'tool-call-delta']);
      expect(end).to.equal(undefined);
      expect(error).to.include({ status: 502 });
    }
  });

  it('gives a call whose arguments have no end none, whatever the finish reason', async () => {
    const [, begun = {}, half = {}] = CALLS['streamed arguments'];
    for (const reason of ['length', 'tool_calls', 'stop'] as const) {
      const { calls, finish: end, error } = await answer(begun, half, finish(reason), '[DONE]');
      expect(calls.map(({ type }) => type)).to.deep.equal(['tool-call-start', 'tool-call-delta']);
      expect({ end, error }).to.deep.equal({ end: reason, error: undefined });
    }
  });

  it('fails an answer whose call has no name, after the text before it', async () => {
    const nameless = pieces({
      index: 0,
      id: 'call_a',
      type: 'function',
      function: { name: '', arguments: '{}' },
    });
    const {
      calls,
      text: shown,
      finish: end,
      error,
    } = await answer(text('a'), nameless, finish('tool_calls'), '[DONE]');
    expect({ calls, shown, end }).to.deep.equal({ calls: [], shown: 'a', end: undefined });
    expect(error).to.include({ status: 502, code: 'upstream_bad_tool_call' });
  });

  it('ignores frames that say nothing, and white space around a payload', async () => {
    const {
      text: shown,
      finish: end,
      error,
    } = await answer(
      '',
      '   ',
      '{}',
      'null',
      '{"choices":null}',
      '{"type":"ping"}',
      { choices: [{ index: 0, delta: {} }] },
      { choices: [{ index: 0, delta: null }] },
      ` \t${JSON.stringify(text('a'))} `,
      'keep-alive',
      finish('stop'),
      ' [DONE] ',
    );
    expect({ shown, end, error }).to.deep.equal({ shown: 'a', end: 'stop', error: undefined });
  });

  it('survives members of unexpected types', async () => {
    const { text: shown, finish: end } = await answer(
      { choices: {} },
      { choices: [null] },
      { choices: [{ delta: 'x' }] },
      { choices: [{ delta: { content: 7, reasoning_content: [] }, finish_reason: 1 }], usage: 'some' },
      text('a'),
      finish('stop'),
      '[DONE]',
    );
    expect({ shown, end }).to.deep.equal({ shown: 'a', end: 'stop' });
  });
});
