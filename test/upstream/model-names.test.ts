import { expect } from 'chai';
import { isGlmName, NameIndex, normalizeSpelling } from '../../src/upstream/model-names.js';

describe('Names of models', () => {
  it('have one spelling without the maker, the long context’s suffix and capitals', () => {
    for (const name of [
      'GLM-5.2',
      'glm-5.2',
      'zai/glm-5.2',
      'z-ai/GLM-5.2',
      'ZAI-ORG/GLM-5.2',
      'glm-5.2[1m]',
    ])
      expect(normalizeSpelling(name), name).to.equal('glm-5.2');
  });

  it('stay what they are otherwise', () => {
    for (const name of [
      'qwen/glm-5.2',
      'zai-glm-5.2',
      'glm-5.2-1m',
      'glm-5.2[2m]',
      '[1m]x',
      'a/zai/glm-5.2',
      '',
    ])
      expect(normalizeSpelling(name), name).to.equal(name);
  });

  it('may be of GLM though no list has them', () => {
    for (const name of ['glm-6', 'GLM-4-Plus', 'zai-org/GLM-9:free', 'glm-z1-air[1m]'])
      expect(isGlmName(name), name).to.equal(true);
    for (const name of [
      'glm',
      'glm-',
      'chatglm-6',
      'glm-6/x',
      'glm-6 x',
      'glm-6\n',
      `glm-${'x'.repeat(101)}`,
    ])
      expect(isGlmName(name), name).to.equal(false);
  });

  it('are found exactly before any other spelling, the first of equal ones', () => {
    const names = new NameIndex([
      { name: 'zai-org/GLM-5', at: 0 },
      { name: 'GLM-5', at: 1 },
      { name: 'glm-5', at: 2 },
      { name: 'glm-5', at: 3 },
    ]);
    expect(names.find('glm-5')?.at).to.equal(2);
    expect(names.find('Glm-5')?.at).to.equal(1);
    expect(names.find('zai/GLM-5')?.at).to.equal(0);
    expect(names.find('glm-5.1')).to.equal(undefined);
  });
});
