import { expect } from 'chai';
import { parseModelList } from '../../../src/upstream/openai-compatible/model-list.js';

const infoOf = (fields: object) => parseModelList({ data: [{ id: 'a', ...fields }] })?.[0]?.info;

describe('A list of models', () => {
  it('tells names, dates and owners, and passes over entries without an id', () => {
    const data = [
      { id: 'a', created: 7, owned_by: 'vllm' },
      { name: 'b' },
      null,
      'c',
      { id: '' },
      { id: 'd' },
    ];
    expect(parseModelList({ object: 'list', data })).to.deep.equal([
      { name: 'a', id: 'a', created: 7, ownedBy: 'vllm' },
      { name: 'd', id: 'd', created: 0, ownedBy: 'unknown' },
    ]);
  });

  it('is undefined where there is none', () => {
    for (const body of [undefined, null, 'text', [], { models: [] }, { data: {} }])
      expect(parseModelList(body)).to.equal(undefined);
  });

  const contexts: [server: string, fields: object, tokens: number][] = [
    ['vLLM and SGLang', { max_model_len: 131_072 }, 131_072],
    ['OpenRouter and LM Studio', { context_length: 65_536 }, 65_536],
    ['Groq', { context_window: 32_768 }, 32_768],
    ['Mistral', { max_context_length: 16_384 }, 16_384],
    ['llama.cpp', { meta: { n_ctx_train: 204_800, n_params: 1 } }, 204_800],
    [
      'llama.cpp, which serves less than it was trained for',
      { meta: { n_ctx: 8_192, n_ctx_train: 204_800 } },
      8_192,
    ],
  ];
  for (const [server, fields, contextTokens] of contexts) {
    it(`tells the context window as ${server} writes it`, () => {
      expect(infoOf(fields)).to.deep.equal({ contextTokens });
    });
  }

  it('tells the longest answer and what the model reads', () => {
    expect(
      infoOf({
        context_length: 100_000,
        top_provider: { max_completion_tokens: 16_384 },
        architecture: { input_modalities: ['text', 'image', 'audio', 7] },
      }),
    ).to.deep.equal({ contextTokens: 100_000, maxOutputTokens: 16_384, input: ['text', 'image'] });
    expect(infoOf({ max_completion_tokens: 4_096 })).to.deep.equal({ maxOutputTokens: 4_096 });
    expect(infoOf({ max_output_tokens: 4_097 })).to.deep.equal({ maxOutputTokens: 4_097 });
  });

  it('believes no figure that cannot be one', () => {
    for (const value of [0, -1, '131072', null, Number.MAX_VALUE, {}, true])
      expect(infoOf({ max_model_len: value }), String(value)).to.equal(undefined);
    expect(infoOf({ max_model_len: 0, context_length: 4_096 })).to.deep.equal({ contextTokens: 4_096 });
    for (const input_modalities of ['text', [], ['image'], null])
      expect(infoOf({ architecture: { input_modalities } })).to.equal(undefined);
  });
});
