import { expect } from 'chai';
import type { Completion } from 'openai/resources';
import type { FinishReason } from '../../../src/completion/event.js';
import { CompletionEncoder } from '../../../src/protocol/openai-completions/encoder.js';
import { UpstreamError } from '../../../src/vocabulary/errors.js';
import { collected, finish, text, thought, usage } from '../../completion/events.js';
import { dataOf } from '../../support/gateway.js';

const NAMED = { uuid: '1', created: 1_759_400_000, model: 'GLM-4.5', requestId: 'req-1' };
const HEAD = {
  id: 'cmpl-1',
  object: 'text_completion',
  created: 1_759_400_000,
  model: 'GLM-4.5',
} as const;

const encoder = (echoed = '', includeUsage = false) => new CompletionEncoder(NAMED, { echoed, includeUsage });

function chunk(words: string, reason: Completion['choices'][number]['finish_reason'] | null = null) {
  return { ...HEAD, choices: [{ index: 0, text: words, logprobs: null, finish_reason: reason }] };
}

describe('CompletionEncoder', () => {
  it('writes a text as OpenAI does, without the thinking', () => {
    const stream = encoder().encode([thought('Hm.'), text('upon'), text(' a time'), usage(), finish()]);
    expect(dataOf(stream)).to.deep.equal([chunk('upon'), chunk(' a time'), chunk('', 'stop'), '[DONE]']);
  });

  it('begins with the prompt, once, if echo is set', () => {
    const one = encoder('Once ');
    expect(dataOf(one.encode([]))).to.deep.equal([chunk('Once ')]);
    expect(dataOf(one.encode([text('upon')]))).to.deep.equal([chunk('upon')]);
  });

  it('writes nothing for reads without text', () => {
    expect(encoder().encode([])).to.equal('');
    expect(encoder().encode([thought('Hm.'), usage()])).to.equal('');
  });

  it('with include_usage ends with one chunk of usage without choices, and has `usage: null` on the others', () => {
    const shown = dataOf(encoder('', true).encode([text('a'), usage(), finish('length')]));
    expect(shown.slice(0, 2)).to.deep.equal([
      { ...chunk('a'), usage: null },
      { ...chunk('', 'length'), usage: null },
    ]);
    expect(shown[2]).to.deep.include({ ...HEAD, choices: [] });
    expect(shown[2].usage).to.include({ prompt_tokens: 14, completion_tokens: 9, total_tokens: 23 });
    expect(shown[3]).to.equal('[DONE]');
  });

  it('writes a failure in OpenAI’s format, without a finish reason', () => {
    const one = encoder();
    const told = one.encode([text('half')]) + one.fail(new UpstreamError('It broke.\n'));
    const [, failed, done] = dataOf(told);
    expect(failed.error).to.deep.equal({
      message: 'It broke. (request id req-1)',
      type: 'upstream_error',
      param: null,
      code: 'upstream_error',
    });
    expect(done).to.equal('[DONE]');
    expect(told).not.to.match(/"finish_reason":"/);
  });

  it('writes a whole answer that fits the published type', async () => {
    const answer = collected([thought('Hm.'), text('upon'), usage(), finish('length')]);
    const { usage: counts, ...whole } = encoder('Once ').whole(answer) as Completion;
    const expected: Completion = {
      ...HEAD,
      choices: [{ index: 0, text: 'Once upon', logprobs: null, finish_reason: 'length' }],
    };
    expect(whole).to.deep.equal(expected);
    expect(counts).to.include({ prompt_tokens: 14, completion_tokens: 9, total_tokens: 23 });
  });

  it('has only the finish reasons of text completions', async () => {
    const reasons: [FinishReason, string][] = [
      ['stop', 'stop'],
      ['content_filter', 'content_filter'],
      ['tool_calls', 'stop'],
    ];
    for (const [reason, told] of reasons) {
      expect(dataOf(encoder().encode([finish(reason)]))[0].choices[0].finish_reason).to.equal(told);
    }
  });
});
