import { expect } from 'chai';
import type { ModelInfo } from '../../../src/completion/model-info.js';
import { buildModel } from '../../../src/protocol/openai-chat/model-body.js';
import { modelsOf } from '../../../src/upstream/models.js';

/** As JSON on the wire. */
function body(name: string, id = name, enableThinking = false) {
  const model = modelsOf('api').find((row) => row.name === name);
  if (model === undefined) throw new Error(`no row for ${name}`);
  return JSON.parse(JSON.stringify(buildModel(id, model, enableThinking)));
}

function unknown(info?: ModelInfo) {
  const model = { name: 'x/y', id: 'x/y', created: 0, ownedBy: 'vllm', info };
  return JSON.parse(JSON.stringify(buildModel('x/y', model, false)));
}

describe('A model for OpenAI’s clients', () => {
  it('has limits, modalities, levels and price in the fields that clients read', () => {
    expect(body('GLM-5.3')).to.deep.equal({
      id: 'GLM-5.3',
      object: 'model',
      created: Date.UTC(2026, 7) / 1000,
      owned_by: 'z.ai',
      name: 'GLM-5.3',
      root: 'GLM-5.3',
      parent: null,
      context_length: 1_048_576,
      context_window: 1_048_576,
      max_model_len: 1_048_576,
      max_input_tokens: 1_048_576,
      max_output_tokens: 131_072,
      max_completion_tokens: 131_072,
      top_provider: { context_length: 1_048_576, max_completion_tokens: 131_072 },
      architecture: { modality: 'text->text', input_modalities: ['text'], output_modalities: ['text'] },
      pricing: { prompt: '0.0000014', completion: '0.0000044', input_cache_read: '0.00000026' },
      reasoning: {
        mandatory: true,
        default_enabled: true,
        supported_efforts: ['max', 'high', 'low'],
        default_effort: 'low',
      },
      supported_parameters: [
        'max_tokens',
        'response_format',
        'stop',
        'structured_outputs',
        'temperature',
        'tool_choice',
        'tools',
        'top_p',
        'reasoning',
        'reasoning_effort',
      ],
    });
  });

  it('has the name that the client used, and its own name beside it', () => {
    expect(body('GLM-4.5', 'gpt-4o-mini')).to.include({
      id: 'gpt-4o-mini',
      name: 'GLM-4.5',
      root: 'GLM-4.5',
    });
  });

  it('says how it thinks by default', () => {
    expect(body('GLM-4.6').reasoning).to.deep.equal({
      mandatory: false,
      default_enabled: false,
      supported_efforts: null,
    });
    expect(body('GLM-4.6', 'GLM-4.6', true).reasoning).to.include({ default_enabled: true });
    expect(body('GLM-5.2').reasoning).to.deep.equal({
      mandatory: false,
      default_enabled: false,
      supported_efforts: ['max', 'high', 'none'],
      default_effort: 'none',
    });
    expect(body('GLM-5.3', 'GLM-5.3', true).reasoning).to.include({ default_effort: 'max' });
    expect(body('GLM-4-32B-0414-128K')).to.not.have.property('reasoning');
    expect(body('GLM-4-32B-0414-128K').supported_parameters).to.not.include('reasoning_effort');
  });

  it('says which inputs it takes, and that it is free', () => {
    expect(body('GLM-4.6V-Flash').architecture.input_modalities).to.deep.equal(['text', 'image', 'video']);
    expect(body('GLM-4.6V-Flash').architecture.modality).to.equal('text+image+video->text');
    expect(body('GLM-4.6V-Flash').pricing).to.deep.equal({
      prompt: '0',
      completion: '0',
      input_cache_read: '0',
    });
    expect(body('GLM-5.4')).to.not.have.property('pricing');
  });

  it('leaves out unknown values', () => {
    const bare = {
      id: 'x/y',
      object: 'model',
      created: 0,
      owned_by: 'vllm',
      name: 'x/y',
      root: 'x/y',
      parent: null,
    };
    const { supported_parameters: parameters, ...rest } = unknown();
    expect(rest).to.deep.equal(bare);
    expect(parameters).to.include.members(['tools', 'reasoning_effort']);
    expect(unknown({ contextTokens: 8_192 })).to.deep.include({
      max_model_len: 8_192,
      top_provider: { context_length: 8_192, max_completion_tokens: null },
    });
    expect(unknown({ contextTokens: 8_192 })).to.not.have.any.keys(
      'max_output_tokens',
      'architecture',
      'reasoning',
    );
    expect(unknown({ maxOutputTokens: 100 }))
      .to.include({ max_output_tokens: 100 })
      .and.not.have.property('context_length');
  });
});
