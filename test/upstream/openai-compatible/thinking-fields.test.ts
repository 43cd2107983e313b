import { expect } from 'chai';
import { EFFORTS, type Effort } from '../../../src/completion/model-info.js';
import type { CompletionRequest, Message } from '../../../src/completion/request.js';
import { modelsOf } from '../../../src/upstream/models.js';
import {
  selfHostedThinkingFields,
  zaiThinkingFields,
} from '../../../src/upstream/openai-compatible/thinking-fields.js';
import { request } from '../support.js';

/** As they go over the wire. */
function zai(id: string, more: Partial<CompletionRequest> = {}): object {
  const model = modelsOf('api').find((row) => row.id === id) ?? { id, name: id };
  return JSON.parse(JSON.stringify(zaiThinkingFields(request('Hi', { model, ...more }))));
}

function selfHosted(more: Partial<CompletionRequest> = {}): object {
  return JSON.parse(JSON.stringify(selfHostedThinkingFields(request('Hi', more))));
}

const on = (effort?: Effort) => ({ thinking: true, effort });
const off = (effort?: Effort) => ({ thinking: false, effort });
const enabled = { thinking: { type: 'enabled' } };
const at = (level: Effort) => ({ ...enabled, reasoning_effort: level });

const THOUGHT: Message = {
  role: 'assistant',
  content: '',
  reasoning: 'Hm.',
  toolCalls: [{ id: 'call_1', name: 'get_time', arguments: '{}' }],
};
const RESULT: Message = { role: 'tool', callId: 'call_1', content: '12:00' };

describe('Thinking on Z.ai’s API', () => {
  it('is switched on and off up to GLM-5.1, whatever level was named', () => {
    for (const id of ['glm-4.5', 'glm-4.6v', 'glm-4.7', 'glm-5', 'glm-5.1', 'glm-5-turbo']) {
      expect(zai(id, on()), id).to.deep.equal(enabled);
      expect(zai(id, on('max')), id).to.deep.equal(enabled);
      expect(zai(id, off()), id).to.deep.equal({ thinking: { type: 'disabled' } });
    }
  });

  it('has the levels none, high and max on GLM-5.2', () => {
    const levels: Record<Effort, object> = {
      none: { reasoning_effort: 'none' },
      minimal: { reasoning_effort: 'none' },
      low: at('high'),
      medium: at('high'),
      high: at('high'),
      xhigh: at('max'),
      max: at('max'),
    };
    for (const effort of EFFORTS) expect(zai('glm-5.2', on(effort)), effort).to.deep.equal(levels[effort]);
    expect(zai('glm-5.2', off())).to.deep.equal({ reasoning_effort: 'none' });
    expect(zai('glm-5.2', off('high'))).to.deep.equal({ reasoning_effort: 'none' });
    expect(zai('glm-5.2', on())).to.deep.equal(enabled);
  });

  it('is never disabled from GLM-5.3 on: off is the cheapest level', () => {
    const levels: Record<Effort, object> = {
      none: at('low'),
      minimal: at('low'),
      low: at('low'),
      medium: at('high'),
      high: at('high'),
      xhigh: at('max'),
      max: at('max'),
    };
    for (const id of ['glm-5.3', 'glm-5.3-flash', 'glm-5.4', 'glm-6']) {
      for (const effort of EFFORTS)
        expect(zai(id, on(effort)), `${id} ${effort}`).to.deep.equal(levels[effort]);
      expect(zai(id, off()), id).to.deep.equal(at('low'));
      expect(zai(id, off('none')), id).to.deep.equal(at('low'));
      expect(zai(id, off('high')), id).to.deep.equal(at('high'));
      expect(zai(id, on()), id).to.deep.equal(enabled);
    }
  });

  it('is not mentioned to a model that never thinks', () => {
    expect(zai('glm-4-32b-0414-128k', on('high'))).to.deep.equal({});
    expect(zai('glm-4-32b-0414-128k', { ...off(), clearThinking: false })).to.deep.equal({});
  });

  it('keeps or clears the reasoning of earlier turns as the client says', () => {
    for (const clearThinking of [true, false]) {
      const clear = { clear_thinking: clearThinking };
      expect(zai('glm-4.7', { ...on(), clearThinking })).to.deep.equal({
        thinking: { type: 'enabled', ...clear },
      });
      expect(zai('glm-4.7', { ...off(), clearThinking })).to.deep.equal({
        thinking: { type: 'disabled', ...clear },
      });
      expect(zai('glm-5.3', { ...off(), clearThinking })).to.deep.equal({
        thinking: { type: 'enabled', ...clear },
        reasoning_effort: 'low',
      });
      expect(zai('glm-5.2', { ...off(), clearThinking })).to.deep.equal({
        thinking: { type: 'enabled', ...clear },
        reasoning_effort: 'none',
      });
    }
  });

  it('keeps the reasoning that came back with tool calls, unless the client says otherwise', () => {
    const asked = request('Hi').messages;
    const kept = { thinking: { type: 'enabled', clear_thinking: false } };
    expect(zai('glm-4.7', { ...on(), messages: [...asked, THOUGHT, RESULT] })).to.deep.equal(kept);
    const split: Message[] = [
      { role: 'assistant', content: 'A', reasoning: 'Hm.' },
      { ...THOUGHT, reasoning: undefined },
    ];
    expect(zai('glm-4.7', { ...on(), messages: [...asked, ...split, RESULT] })).to.deep.equal(kept);
    const cleared = { ...on(), messages: [...asked, THOUGHT, RESULT], clearThinking: true };
    expect(zai('glm-4.7', cleared)).to.deep.equal({ thinking: { type: 'enabled', clear_thinking: true } });
  });

  it('says nothing of earlier reasoning where there is none, or no call', () => {
    const asked = request('Hi').messages;
    for (const answer of [
      { role: 'assistant', content: 'A', reasoning: 'Hm.' },
      { ...THOUGHT, reasoning: undefined },
      { ...THOUGHT, reasoning: '' },
    ] as Message[]) {
      expect(zai('glm-4.7', { ...on(), messages: [...asked, answer] })).to.deep.equal(enabled);
    }
  });
});

describe('Thinking on a self-hosted GLM', () => {
  it('is the switch of the chat template', () => {
    expect(selfHosted(on())).to.deep.equal({ chat_template_kwargs: { enable_thinking: true } });
    expect(selfHosted(off())).to.deep.equal({ chat_template_kwargs: { enable_thinking: false } });
  });

  it('has the level that the client named beside it, unless thinking is off', () => {
    for (const effort of ['minimal', 'low', 'high', 'max'] as const) {
      expect(selfHosted(on(effort))).to.deep.equal({
        chat_template_kwargs: { enable_thinking: true },
        reasoning_effort: effort,
      });
    }
    expect(selfHosted(off('none'))).to.deep.equal({ chat_template_kwargs: { enable_thinking: false } });
  });

  it('clears earlier reasoning only as the client says', () => {
    const messages = [...request('Hi').messages, THOUGHT, RESULT];
    expect(selfHosted({ ...on(), messages, clearThinking: false })).to.deep.equal({
      chat_template_kwargs: { enable_thinking: true, clear_thinking: false },
    });
    expect(selfHosted({ ...on(), messages })).to.deep.equal({
      chat_template_kwargs: { enable_thinking: true },
    });
  });
});
