import { expect } from 'chai';
import type { CompletionRequest } from '../../../src/completion/request.js';
import { buildWebBody } from '../../../src/upstream/zai-web/request-body.js';
import { request } from '../support.js';

// biome-ignore lint/suspicious/noExplicitAny: the body as it goes over the wire
function body(more: Partial<CompletionRequest> = {}): any {
  const ids = { chatId: 'chat-1', messageId: 'message-1', now: new Date('2026-02-03T04:05:06.789Z') };
  return JSON.parse(JSON.stringify(buildWebBody(request('Hi', more), ids)));
}

describe('buildWebBody', () => {
  it('names model, messages and ids, and always asks for a stream', () => {
    expect(body()).to.deep.include({
      stream: true,
      chat_id: 'chat-1',
      id: 'message-1',
      model: 'GLM-4-6-API-V1',
      model_item: { id: 'GLM-4-6-API-V1', name: 'GLM-4.6', owned_by: 'openai' },
      messages: [{ role: 'user', content: 'Hi' }],
      params: {},
    });
  });

  it('switches thinking, and nothing else, by its feature', () => {
    for (const thinking of [true, false]) {
      const { enable_thinking, ...others } = body({ thinking }).features;
      expect(enable_thinking).to.equal(thinking);
      expect(Object.values(others).every((value) => value === false)).to.equal(true);
    }
  });

  it('forwards the sampling that the web chat knows, clamped', () => {
    const sampling = { temperature: 1.5, topP: 0, maxTokens: 12, seed: 3, presencePenalty: 1 };
    expect(body({ sampling }).params).to.deep.equal({ temperature: 1, top_p: 0.01, max_tokens: 12 });
    expect(body({ sampling: { temperature: 0, topP: 0.5 } }).params).to.deep.equal({
      temperature: 0,
      top_p: 0.5,
    });
  });

  it('tells the time in the form of the web chat', () => {
    expect(body().variables['{{CURRENT_DATETIME}}']).to.equal('2026-02-03 04:05:06');
  });
});
