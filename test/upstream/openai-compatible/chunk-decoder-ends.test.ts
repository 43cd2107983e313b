import { expect } from 'chai';
import { answer, finish, run, text } from './chunk-runs.js';

describe('ChunkDecoder: the finish reason', () => {
  const meanings: Record<string, string[]> = {
    stop: ['stop', 'STOP', 'eos', 'eos_token', 'end_turn', 'stop_sequence', 'COMPLETE'],
    length: [
      'length',
      'max_tokens',
      'MAX_TOKENS',
      'model_length',
      'model_context_window_exceeded',
      'repetition',
    ],
    content_filter: ['sensitive', 'content_filter', 'content_filter: RECITATION', 'SAFETY', 'refusal'],
    tool_calls: ['tool_calls', 'function_call', 'tool_use'],
  };
  for (const [meant, words] of Object.entries(meanings)) {
    for (const said of words) {
      it(`${said} means ${meant}`, async () => {
        expect((await answer(text('a'), finish(said), '[DONE]')).finish).to.equal(meant);
      });
    }
  }

  for (const said of [
    'network_error',
    'abort',
    'error',
    'cancelled',
    'timeout',
    'engine_crashed', // a word that nobody has described
  ]) {
    it(`${said} is a failure that is told by this word, after the text`, async () => {
      const { text: shown, finish: end, error } = await answer(text('a'), finish(said), '[DONE]');
      expect({ shown, end }).to.deep.equal({ shown: 'a', end: undefined });
      expect(error).to.include({ code: 'upstream_truncated', outcome: 'upstream_truncated', status: 502 });
      expect(error?.message).to.contain(`“${said}”`);
    });
  }

  it('that fails before any text is worth another try', async () => {
    expect((await answer(finish('abort'), '[DONE]')).error).to.include({ retriable: true });
  });

  it('insufficient_system_resource is an overload', async () => {
    const { error } = await answer(finish('insufficient_system_resource'));
    expect(error).to.include({ status: 503, code: 'overloaded', retriable: true });
  });

  it('of SGLang may be an object, with the class of the failure', async () => {
    const ends = (reason: object) =>
      answer(text('a'), { choices: [{ delta: {}, finish_reason: reason }] }, '[DONE]');
    expect((await ends({ type: 'stop', matched: 151_329 })).finish).to.equal('stop');
    expect((await ends({ type: 'length', length: 16 })).finish).to.equal('length');
    expect((await ends({ type: 'abort' })).error).to.include({ code: 'upstream_truncated' });
    const tooLong = {
      type: 'abort',
      message: 'The input is longer than the context length',
      status_code: 400,
    };
    expect((await ends(tooLong)).error).to.include({ code: 'context_length_exceeded', status: 400 });
  });

  it('stop hides no failure that a router tells beside it', async () => {
    const ends = (native: string) =>
      answer(text('a'), {
        choices: [{ delta: {}, finish_reason: 'stop', native_finish_reason: native }],
      });
    expect((await ends('network_error')).error?.code).to.equal('upstream_truncated');
    expect((await ends('error')).error?.code).to.equal('upstream_truncated');
    for (const fine of ['stop', 'end_turn', 'completed', 'STOP', 'whatever']) {
      expect((await ends(fine)).finish, fine).to.equal('stop');
    }
  });

  it('null, as a word or none, and an empty one end nothing', async () => {
    const { text: shown, finish: end } = await answer(
      ...['null', '', null].map((reason) => ({
        choices: [{ delta: { content: 'a' }, finish_reason: reason }],
      })),
      finish('stop'),
    );
    expect({ shown, end }).to.deep.equal({ shown: 'aaa', end: 'stop' });
  });
});

describe('ChunkDecoder: the end', () => {
  it('is the finish reason where no [DONE] follows', async () => {
    expect((await answer(text('a'), finish('length'))).finish).to.equal('length');
  });

  it('is [DONE] where there was no finish reason', async () => {
    expect((await answer(text('a'), '[DONE]')).finish).to.equal('stop');
  });

  it('missing is upstream_truncated, after the text', async () => {
    const { text: shown, error } = await answer(text('a'));
    expect(shown).to.equal('a');
    expect(error?.code).to.equal('upstream_truncated');
  });

  it('is not waited for where the first chunk could not be read: that is worth another try', async () => {
    const { error } = await answer('{"choices":[{"del', text('a'), finish('stop'), '[DONE]');
    expect(error).to.include({ code: 'upstream_truncated', retriable: true });
  });

  it('is not believed when a chunk could not be read', async () => {
    expect((await answer(text('a'), '{"choices":[{"del', finish('stop'), '[DONE]')).error?.code).to.equal(
      'upstream_truncated',
    );
  });

  it('of a body without a single event is upstream_empty', async () => {
    expect((await run([])).error?.code).to.equal('upstream_empty');
    expect((await answer('[DONE]')).error?.code).to.equal('upstream_empty');
    expect((await answer('{}', { choices: [] }, '', 'ping', '[DONE]')).error).to.include({
      code: 'upstream_empty',
    });
  });

  it('is not spoilt by what follows the finish reason; usage is taken', async () => {
    const {
      finish: end,
      usage,
      error,
    } = await answer(
      text('a'),
      finish('stop'),
      '{"choices":[{"del',
      { error: { message: 'connection reset', code: 500 } },
      'junk',
      finish('error'),
      { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
    );
    expect({ end, error, tokens: usage?.totalTokens }).to.deep.equal({
      end: 'stop',
      error: undefined,
      tokens: 3,
    });
  });

  it('told with every chunk ends nothing before the last', async () => {
    const chunk = (content: string) => ({ choices: [{ delta: { content }, finish_reason: 'stop' }] });
    expect((await answer(chunk('a'), chunk('b'), chunk('c'), '[DONE]')).text).to.equal('abc');
  });

  it('ends the answer: nothing after [DONE] is shown', async () => {
    expect((await answer(text('a'), '[DONE]', text('b'))).text).to.equal('a');
  });
});
