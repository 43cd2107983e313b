import { expect } from 'chai';
import { type CatalogOptions, ModelCatalog } from '../../src/upstream/model-catalog.js';
import { modelsOf } from '../../src/upstream/models.js';
import { NotFoundError } from '../../src/vocabulary/errors.js';
import { catalog, DEFAULT_ALIASES, model, options, resolved, selfHosted } from './catalogs.js';
import { rejectionOf } from './support.js';

describe('ModelCatalog on Z.ai', () => {
  const cases: [asked: string, more: Partial<CatalogOptions>, name: string, id: string][] = [
    ['GLM-4.5', {}, 'GLM-4.5', '0727-360B-API'],
    ['glm-4.5', {}, 'GLM-4.5', '0727-360B-API'],
    ['gLm-4.6', {}, 'GLM-4.6', 'GLM-4-6-API-V1'],
    ['gpt-4o', {}, 'GLM-4.5', '0727-360B-API'],
    ['GPT-5-Codex', {}, 'GLM-4.5', '0727-360B-API'],
    ['claude-sonnet-4-5', {}, 'GLM-4.5', '0727-360B-API'],
    ['o3-mini', {}, 'GLM-4.5', '0727-360B-API'],
    // A name outside the table is shown as it is and stands for UPSTREAM_MODEL, GLM-4.5 without it.
    ['GLM-4.5-Pro', { modelName: 'GLM-4.5-Pro' }, 'GLM-4.5-Pro', '0727-360B-API'],
    ['glm-4.5-pro', { modelName: 'GLM-4.5-Pro', upstreamModel: 'GLM-4.6' }, 'GLM-4.5-Pro', 'GLM-4-6-API-V1'],
    ['GLM-4.5-Pro', { modelName: 'GLM-4.5-Pro', upstreamModel: 'glm-next' }, 'GLM-4.5-Pro', 'glm-next'],
    ['GLM-4.5', { modelName: 'GLM-4.5-Pro' }, 'GLM-4.5', '0727-360B-API'],
    ['GLM-4.5', { upstreamModel: 'GLM-4.7' }, 'GLM-4.5', 'glm-4.7'],
    // An alias may lead to a listed name, in any case, or to any upstream id.
    ['fast', { modelAliases: [{ pattern: 'fast', target: 'glm-4.5-air' }] }, 'GLM-4.5-Air', '0727-106B-API'],
    ['fast', { modelAliases: [{ pattern: 'fast', target: '0808-secret' }] }, '0808-secret', '0808-secret'],
    ['a.b', { modelAliases: [{ pattern: 'a.b', target: 'GLM-5' }] }, 'GLM-5', 'glm-5'],
    ['new-gpt-x', { modelAliases: [{ pattern: '*gpt*', target: 'GLM-5' }] }, 'GLM-5', 'glm-5'],
    // The first alias that matches counts, and a listed name needs none.
    [
      'gpt-5-mini',
      {
        modelAliases: [
          { pattern: '*-mini', target: 'GLM-4.5-Air' },
          { pattern: 'gpt-*', target: 'GLM-5' },
        ],
      },
      'GLM-4.5-Air',
      '0727-106B-API',
    ],
    ['GLM-4.6', { modelAliases: [{ pattern: '*', target: 'GLM-5' }] }, 'GLM-4.6', 'GLM-4-6-API-V1'],
  ];
  for (const [asked, more, name, id] of cases) {
    it(`takes ${asked} for ${name} (${id}) with ${JSON.stringify(more)}`, async () => {
      expect(await resolved(catalog(more), asked)).to.deep.equal([name, id]);
    });
  }

  const spellings = [
    'GLM-5.2',
    'glm-5.2',
    'zai/glm-5.2',
    'z-ai/glm-5.2',
    'zai-org/GLM-5.2',
    'Z-AI/Glm-5.2',
    'GLM-5.2[1m]',
    'zai-org/GLM-5.2[1M]',
  ];
  for (const name of spellings) {
    it(`knows GLM-5.2 as ${name}`, async () => {
      expect(await resolved(catalog({}, 'api'), name)).to.deep.equal(['GLM-5.2', 'glm-5.2']);
    });
  }

  it('reads the suffix of the long context on aliases, too', async () => {
    expect(await resolved(catalog(), 'claude-sonnet-4-5[1m]')).to.deep.equal(['GLM-4.5', '0727-360B-API']);
    const modelAliases = [
      { pattern: 'claude-*[1m]', target: 'GLM-5' },
      { pattern: 'claude-*', target: 'GLM-4.7' },
    ];
    expect((await catalog({ modelAliases }).resolve('claude-x[1m]')).name).to.equal('GLM-5');
    expect((await catalog({ modelAliases }).resolve('claude-x')).name).to.equal('GLM-4.7');
  });

  it('reads foreign names as routers write them, with their maker', async () => {
    for (const name of ['anthropic/claude-3-haiku', 'openai/gpt-4o', 'Anthropic/claude-opus-4-5[1m]'])
      expect(await resolved(catalog(), name), name).to.deep.equal(['GLM-4.5', '0727-360B-API']);
    const error = await rejectionOf(catalog().resolve('mistral/gpt-4o'));
    expect(error.code).to.equal('model_not_found');
    const { upstream } = selfHosted([model('openai/gpt-oss-120b')]);
    expect((await new ModelCatalog(upstream, options()).resolve('openai/gpt-oss-120b')).id).to.equal(
      'openai/gpt-oss-120b',
    );
  });

  it('lets the default model be named in any spelling, as what it stands for', async () => {
    const more = { upstreamModel: 'zai-org/GLM-4.7[1m]' };
    for (const name of ['GLM-4.5', 'glm-4.5'])
      expect(await resolved(catalog(more, 'api'), name), name).to.deep.equal(['GLM-4.5', 'glm-4.7']);
    expect(await resolved(catalog({ modelName: 'zai/GLM-5.3' }, 'api'), 'gpt-4o')).to.deep.equal([
      'GLM-4.5',
      'glm-4.5',
    ]);
  });

  it('tells the limits, modalities and thinking of a model with it', async () => {
    const { info } = await catalog({}, 'api').resolve('glm-5.3');
    expect(info).to.deep.include({ contextTokens: 1_048_576, thinking: 'always', input: ['text'] });
  });

  it('lets the official API judge every other name of GLM, in lower case', async () => {
    for (const name of ['GLM-6', 'glm-6', 'zai-org/GLM-6', 'glm-6[1m]'])
      expect(await resolved(catalog({}, 'api'), name), name).to.deep.equal(['glm-6', 'glm-6']);
    expect(await resolved(catalog({}, 'api'), 'GLM-4-Plus')).to.deep.equal(['glm-4-plus', 'glm-4-plus']);
    expect(await resolved(catalog({ modelName: 'GLM-6' }, 'api'), 'glm-6')).to.deep.equal(['GLM-6', 'glm-6']);
  });

  it('does not list a name that it lets through', async () => {
    expect(await catalog({}, 'api').find('glm-6')).to.equal(undefined);
    expect(await catalog({}, 'api').find('gpt-4o')).to.include({ name: 'GLM-4.5', id: 'glm-4.5' });
    expect(await catalog({}, 'api').find('zai/glm-5')).to.include({ name: 'GLM-5' });
  });

  for (const name of [
    'gpt',
    'glm',
    'glm-',
    'llama-3',
    'glm-4.5\n',
    'glm-6 ',
    'xglm-6',
    `glm-${'6'.repeat(101)}`,
  ]) {
    it(`does not ask the official API for ${JSON.stringify(name)}`, async () => {
      const error = await rejectionOf(catalog({}, 'api').resolve(name));
      expect(error).to.include({ status: 404, code: 'model_not_found', param: 'model' });
    });
  }

  it('knows the public name of what the upstream calls a model', () => {
    expect(catalog({}, 'api').nameOf('glm-5.3')).to.equal('GLM-5.3');
    expect(catalog({}, 'api').nameOf('GLM-5.3')).to.equal('GLM-5.3');
    expect(catalog().nameOf('0727-360B-API')).to.equal('GLM-4.5');
    expect(catalog({ modelName: 'Ours', upstreamModel: 'glm-5.3' }, 'api').nameOf('glm-5.3')).to.equal(
      'GLM-5.3',
    );
    expect(catalog({}, 'api').nameOf('something-else')).to.equal('something-else');
  });

  it('takes the same name for another id on the official API', async () => {
    expect(await resolved(catalog({}, 'api'), 'GLM-4.6')).to.deep.equal(['GLM-4.6', 'glm-4.6']);
  });

  for (const name of ['gpt', 'llama-3', 'GLM-4', 'axb', '', 'glm-4.5\n']) {
    it(`does not know ${JSON.stringify(name)} and names what there is`, async () => {
      const models = catalog({ modelAliases: [...DEFAULT_ALIASES, { pattern: 'a.b', target: 'GLM-5' }] });
      const error = await rejectionOf(models.resolve(name));
      expect(error).to.be.instanceOf(NotFoundError);
      expect(error).to.include({ status: 404, code: 'model_not_found', param: 'model' });
      expect(error.message).to.contain('GLM-4.5, ').and.contain('GLM-4.5-Air');
    });
  }

  it('lists every model once, the default one first', async () => {
    const names = (await catalog({ modelName: 'glm-4.6' }).list()).map(({ name }) => name);
    expect(names[0]).to.equal('glm-4.6');
    expect(names.filter((name) => name.toLowerCase() === 'glm-4.6')).to.have.length(1);
    expect(names).to.have.length(modelsOf('web').length);
  });

  it('lists a default model from outside the table as it is', async () => {
    const [first, ...others] = await catalog({ modelName: 'GLM-4.5-Pro' }).list();
    expect(first).to.deep.include({ name: 'GLM-4.5-Pro', id: '0727-360B-API' });
    expect(others).to.have.length(modelsOf('web').length);
  });
});
