import { expect } from 'chai';
import type { CompletionRequest } from '../../../src/completion/request.js';
import { openaiRequestBody } from '../../../src/upstream/openai-compatible/request-body.js';
import { request } from '../support.js';

/** The body as it goes over the wire. */
function body(flavour: 'zai' | 'self-hosted', more: Partial<CompletionRequest> = {}): object {
  return JSON.parse(JSON.stringify(openaiRequestBody(request('Hi', more), flavour)));
}

const same = {
  model: 'GLM-4-6-API-V1',
  messages: [{ role: 'user', content: 'Hi' }],
  stream: true,
  stream_options: { include_usage: true },
};

describe('openaiRequestBody', () => {
  it('says no more than was asked', () => {
    expect(body('zai')).to.deep.equal({ ...same, thinking: { type: 'disabled' } });
    expect(body('self-hosted')).to.deep.equal({ ...same, chat_template_kwargs: { enable_thinking: false } });
  });

  const sampling = {
    temperature: 1.7,
    topP: 0,
    topK: 5,
    minP: 0.1,
    maxTokens: 100,
    seed: 3,
    presencePenalty: 0.5,
    frequencyPenalty: 0.4,
    repetitionPenalty: 1.1,
    logitBias: { '7': 1 },
  };

  it('clamps for Z.ai and leaves out what it does not know', () => {
    expect(body('zai', { sampling })).to.deep.equal({
      ...same,
      thinking: { type: 'disabled' },
      temperature: 1,
      top_p: 0.01,
      max_tokens: 100,
    });
  });

  it('passes everything on to a self-hosted GLM', () => {
    expect(body('self-hosted', { sampling })).to.deep.equal({
      ...same,
      chat_template_kwargs: { enable_thinking: false },
      temperature: 1.7,
      top_p: 0,
      top_k: 5,
      min_p: 0.1,
      max_tokens: 100,
      seed: 3,
      presence_penalty: 0.5,
      frequency_penalty: 0.4,
      repetition_penalty: 1.1,
      logit_bias: { '7': 1 },
    });
  });

  const fields: [string, Partial<CompletionRequest>, zai: object, selfHosted: object][] = [
    [
      'thinking',
      { thinking: true },
      { thinking: { type: 'enabled' } },
      { chat_template_kwargs: { enable_thinking: true } },
    ],
    ['one stop text', { stop: ['END'] }, { stop: ['END'] }, { stop: ['END'] }],
    ['two stop texts', { stop: ['A', 'B'] }, { stop: undefined }, { stop: ['A', 'B'] }],
    [
      'a JSON answer',
      { responseFormat: 'json_object' },
      { response_format: { type: 'json_object' } },
      { response_format: { type: 'json_object' } },
    ],
    ['a user', { user: 'user-123' }, { user_id: 'user-123' }, { user: 'user-123' }],
    ['a user of few letters', { user: 'me' }, { user_id: undefined }, { user: 'me' }],
    ['a user of many letters', { user: 'x'.repeat(129) }, { user_id: undefined }, { user: 'x'.repeat(129) }],
  ];
  for (const [name, more, zai, selfHosted] of fields) {
    it(`says ${name} as each of them wants it`, () => {
      for (const [flavour, expected] of [
        ['zai', zai],
        ['self-hosted', selfHosted],
      ] as const) {
        const sent = body(flavour, more) as Record<string, unknown>;
        for (const [key, value] of Object.entries(expected)) expect(sent[key]).to.deep.equal(value);
      }
    });
  }

  it('leaves out messages that say nothing, but for the user’s', () => {
    const messages = [
      { role: 'system', content: '' },
      { role: 'user', content: '' },
      { role: 'assistant', content: '' },
      { role: 'assistant', content: 'Hm?' },
    ] as const;
    expect(body('zai', { messages })).to.have.deep.property('messages', [messages[1], messages[3]]);
  });
});
