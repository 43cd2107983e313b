import { expect } from 'chai';
import { MODELS, modelsOf, officialModels, VISION_MODELS } from '../../src/upstream/models.js';

describe('the table of models', () => {
  it('has the ids that the upstreams use', () => {
    const ids = Object.fromEntries(modelsOf('web').map(({ name, id }) => [name, id]));
    expect(ids).to.include({
      'GLM-4.5': '0727-360B-API',
      'GLM-4.5-Air': '0727-106B-API',
      'GLM-4.5V': 'glm-4.5v',
      'GLM-4.6': 'GLM-4-6-API-V1',
      'GLM-4.6V': 'glm-4.6v',
      'GLM-4.7': 'glm-4.7',
      'GLM-5': 'glm-5',
      'Z1-Rumination': 'deep-research',
    });
  });

  it('offers on the official API what that has, by lower-case ids', () => {
    const models = modelsOf('api');
    expect(models.map(({ name }) => name)).to.include.members(['GLM-4.5-Flash', 'GLM-4.6', 'GLM-5']);
    expect(models.map(({ name }) => name)).to.not.include('Z1-Rumination');
    for (const { name, id } of models) expect(id).to.equal(name.toLowerCase());
  });

  it('has the limits, modalities, levels and prices that Z.ai publishes', () => {
    const info = Object.fromEntries(modelsOf('api').map((model) => [model.id, model.info]));
    expect(info['glm-5.3']).to.deep.equal({
      contextTokens: 1_048_576,
      maxOutputTokens: 131_072,
      input: ['text'],
      thinking: 'always',
      efforts: ['low', 'high', 'max'],
      toolStream: true,
      price: { input: 1.4, cached: 0.26, output: 4.4 },
    });
    expect(info['glm-5.2']).to.deep.include({ thinking: 'effort', efforts: ['none', 'high', 'max'] });
    expect(info['glm-4.6']).to.deep.include({ thinking: 'switch', efforts: [], contextTokens: 204_800 });
    expect(info['glm-4.5v']).to.deep.include({ maxOutputTokens: 16_384, input: ['text', 'image', 'video'] });
    expect(info['glm-4.7-flash']?.price).to.deep.equal({ input: 0, cached: 0, output: 0 });
    expect(info['glm-5.4']).to.not.have.property('price');
  });

  it('names the models of the official API that read images', () => {
    expect(VISION_MODELS).to.include.members(['GLM-5.4', 'GLM-5.3-Flash', 'GLM-4.6V', 'GLM-4.5V']);
    expect(VISION_MODELS).to.not.include.members(['GLM-5.3']);
  });

  it('has no name twice, whatever the case, and a date for each', () => {
    const names = MODELS.map(({ name }) => name.toLowerCase());
    expect(new Set(names).size).to.equal(names.length);
    for (const { created } of [...modelsOf('web'), ...modelsOf('api')])
      expect(created).to.be.above(1_700_000_000);
  });

  it('is joined with what the official API lists, in whatever spelling', () => {
    const listed = ['GLM-5.3', 'glm-9', 'glm-9'].map((id) => ({ name: id, id, created: 7, ownedBy: 'z-ai' }));
    const models = officialModels(listed);
    expect(models).to.have.length(modelsOf('api').length + 1);
    expect(models.at(-1)).to.deep.equal(listed[1]);
    expect(models.filter(({ isListed }) => isListed).map(({ name }) => name)).to.deep.equal(['GLM-5.3']);
  });

  it('tells nothing of what is listed where the list is empty', () => {
    expect(officialModels([]).every(({ isListed }) => isListed)).to.equal(true);
  });

  it('has no prices on the web chat, which sells nothing', () => {
    for (const { info } of modelsOf('web')) expect(info?.price).to.equal(undefined);
  });
});
