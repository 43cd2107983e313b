import { expect } from 'chai';
import {
  MODELS,
  modelsOf,
  readsTextOnly,
  streamsToolArguments,
  VISION_MODELS,
} from '../../src/upstream/models.js';

describe('the table of models', () => {
  it('has the upstream ids of the protocol notes', () => {
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

  it('tells which models of the official API read text only, by its ids, and nothing of unknown ones', () => {
    expect(VISION_MODELS).to.include.members([
      'GLM-5.4',
      'GLM-5.3-Flash',
      'GLM-5V-Turbo',
      'GLM-4.6V',
      'GLM-4.5V',
    ]);
    expect(VISION_MODELS).to.not.include.members(['GLM-5.3']);
    for (const id of ['glm-4.5', 'glm-4.6', 'glm-5']) expect(readsTextOnly(id), id).to.equal(true);
    for (const id of ['glm-4.5v', 'glm-4.6v', 'glm-9v']) expect(readsTextOnly(id), id).to.equal(false);
  });

  it('tells which models stream the arguments of calls: GLM-4.6 and later', () => {
    const ids = modelsOf('api').map(({ id }) => id);
    expect(ids.filter(streamsToolArguments)).to.include.members(['glm-4.6', 'glm-4.7', 'glm-5', 'glm-5.3']);
    expect(streamsToolArguments('glm-4.5')).to.equal(false);
    expect(streamsToolArguments('unknown')).to.equal(false);
  });

  it('has no name twice, whatever the case, and a date for each', () => {
    const names = MODELS.map(({ name }) => name.toLowerCase());
    expect(new Set(names).size).to.equal(names.length);
    for (const { created } of [...modelsOf('web'), ...modelsOf('api')])
      expect(created).to.be.above(1_700_000_000);
  });
});
