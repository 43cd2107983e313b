import { mock } from 'node:test';
import { expect } from 'chai';
import type { UpstreamModel } from '../../src/completion/model-info.js';
import { loadConfig } from '../../src/config/config.js';
import { type CatalogOptions, ModelCatalog } from '../../src/upstream/model-catalog.js';
import { modelsOf, officialModels } from '../../src/upstream/models.js';
import type { Upstream } from '../../src/upstream/upstream.js';
import { ApiError, NotFoundError, UpstreamError } from '../../src/vocabulary/errors.js';
import { forbidUnhandledRejections, isSettled, rejectionOf } from './support.js';

const DEFAULT_ALIASES = loadConfig({}).modelAliases;

function options(more: Partial<CatalogOptions> = {}): CatalogOptions {
  return { modelName: 'GLM-4.5', upstreamModel: undefined, modelAliases: DEFAULT_ALIASES, ...more };
}

function catalog(more: Partial<CatalogOptions> = {}, kind: 'web' | 'api' = 'web'): ModelCatalog {
  return new ModelCatalog(zai(kind), options(more));
}

/** An upstream with a table; the official API lists `listed`. */
function zai(kind: 'web' | 'api', listed: () => Promise<UpstreamModel[]> = async () => []) {
  const table = modelsOf(kind);
  const unlistedModels: Upstream['unlistedModels'] = kind === 'web' ? 'none' : 'glm';
  const models = async () => (kind === 'web' ? table : officialModels(await listed()));
  return { unlistedModels, knownModels: table, models };
}

const model = (name: string): UpstreamModel => ({ name, id: name, created: 7, ownedBy: 'vllm' });

/** An upstream that tells its models itself; `answers` are taken one after the other. */
function selfHosted(...answers: (UpstreamModel[] | ApiError)[]) {
  let asked = 0;
  const upstream = {
    unlistedModels: 'any' as const,
    models: async () => {
      const answer = answers[Math.min(asked++, answers.length - 1)] ?? [];
      if (answer instanceof ApiError) throw answer;
      return answer;
    },
  };
  return { upstream, asked: () => asked };
}

async function resolved(models: ModelCatalog, name: string): Promise<[name: string, id: string]> {
  const found = await models.resolve(name);
  return [found.name, found.id];
}

describe('ModelCatalog', () => {
  forbidUnhandledRejections();

  describe('on Z.ai', () => {
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
      [
        'glm-4.5-pro',
        { modelName: 'GLM-4.5-Pro', upstreamModel: 'GLM-4.6' },
        'GLM-4.5-Pro',
        'GLM-4-6-API-V1',
      ],
      ['GLM-4.5-Pro', { modelName: 'GLM-4.5-Pro', upstreamModel: 'glm-next' }, 'GLM-4.5-Pro', 'glm-next'],
      ['GLM-4.5', { modelName: 'GLM-4.5-Pro' }, 'GLM-4.5', '0727-360B-API'],
      ['GLM-4.5', { upstreamModel: 'GLM-4.7' }, 'GLM-4.5', 'glm-4.7'],
      // An alias may lead to a listed name, in any case, or to any upstream id.
      [
        'fast',
        { modelAliases: [{ pattern: 'fast', target: 'glm-4.5-air' }] },
        'GLM-4.5-Air',
        '0727-106B-API',
      ],
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
      expect(await resolved(catalog({ modelName: 'GLM-6' }, 'api'), 'glm-6')).to.deep.equal([
        'GLM-6',
        'glm-6',
      ]);
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

  describe('on the official API', () => {
    const listed = (...ids: string[]) => ids.map((id) => ({ ...model(id), ownedBy: 'z-ai' }));

    it('lists the union of the table and of what the API lists, each once', async () => {
      const upstream = zai('api', async () => listed('GLM-5', 'glm-7', 'glm-7', 'charglm-4'));
      const models = new ModelCatalog(upstream, options());
      const names = (await models.list()).map(({ name }) => name);
      expect(names).to.have.length(modelsOf('api').length + 2);
      expect(names.slice(-2)).to.deep.equal(['glm-7', 'charglm-4']);
      expect(await resolved(models, 'zai/GLM-7')).to.deep.equal(['glm-7', 'glm-7']);
      expect(await resolved(models, 'charglm-4')).to.deep.equal(['charglm-4', 'charglm-4']);
      expect((await models.resolve('GLM-5')).info?.contextTokens).to.equal(204_800);
    });

    it('has the table alone where the list cannot be had', async () => {
      const models = new ModelCatalog(
        zai('api', async () => Promise.reject(new UpstreamError('down'))),
        options(),
      );
      expect(await models.list()).to.have.length(modelsOf('api').length);
    });

    it('knows a model of the table without waiting for the list', async () => {
      const models = new ModelCatalog(
        zai('api', () => new Promise(() => undefined)),
        options(),
      );
      for (const name of ['GLM-4.5', 'zai/glm-5.3', 'GLM-5.2[1m]'])
        expect((await models.resolve(name)).info, name).to.have.property('thinking');
    });

    it('waits once, and not for long, for a list that does not come', async () => {
      const models = new ModelCatalog(
        zai('api', () => new Promise(() => undefined)),
        options(),
      );
      mock.timers.enable({ apis: ['setTimeout'] });
      try {
        const both = Promise.all([models.list(), models.resolve('gpt-4o')]);
        mock.timers.tick(1_999);
        expect(await isSettled(both)).to.equal(false);
        mock.timers.tick(1);
        const [list, { name }] = await both;
        expect(list).to.have.length(modelsOf('api').length);
        expect(name).to.equal('GLM-4.5');
        await models.list(); // although no time passes
      } finally {
        mock.timers.reset();
      }
    });

    it('gives background calls the cheapest text model that the API lists', async () => {
      const upstream = zai('api', async () => listed('glm-5.3', 'glm-4.6v-flash', 'glm-4.5-air', 'glm-4.6'));
      const models = new ModelCatalog(upstream, options());
      for (const name of ['claude-haiku-4-5-20251001', 'claude-3-5-haiku-latest', 'claude-haiku-4-5[1m]'])
        expect(await resolved(models, name), name).to.deep.equal(['GLM-4.5-Air', 'glm-4.5-air']);
      for (const name of ['claude-sonnet-4-5', 'claude-opus-4-1', 'gpt-5-mini'])
        expect(await resolved(models, name), name).to.deep.equal(['GLM-4.5', 'glm-4.5']);
    });

    it('takes the cheapest of the table where the list cannot be had', async () => {
      const models = new ModelCatalog(
        zai('api', async () => Promise.reject(new UpstreamError('down'))),
        options(),
      );
      expect((await models.resolve('claude-haiku-4-5')).name).to.equal('GLM-4.7-Flash');
    });

    it('lets MODEL_ALIASES give any name the cheapest model, and background calls another', async () => {
      const upstream = zai('api', async () => listed('glm-5.3', 'glm-4.5-air'));
      const { modelAliases } = loadConfig({ MODEL_ALIASES: '*-mini=cheapest,claude-*=GLM-5.3' });
      const models = new ModelCatalog(upstream, options({ modelAliases }));
      expect((await models.resolve('gpt-5-mini')).name).to.equal('GLM-4.5-Air');
      expect((await models.resolve('claude-haiku-4-5')).name).to.equal('GLM-5.3');
    });
  });

  it('gives background calls the default model where no price is known', async () => {
    expect((await catalog({ modelName: 'GLM-4.7' }).resolve('claude-haiku-4-5')).name).to.equal('GLM-4.7');
    const { upstream } = selfHosted([model('zai-org/GLM-4.6')]);
    const found = await new ModelCatalog(upstream, options()).resolve('claude-haiku-4-5');
    expect([found.name, found.id]).to.deep.equal(['GLM-4.5', 'zai-org/GLM-4.6']);
  });

  describe('on a self-hosted GLM', () => {
    it('lists what that reports, after the default model, which stands for the first of it', async () => {
      const { upstream } = selfHosted([model('zai-org/GLM-4.6'), model('other')]);
      const list = await new ModelCatalog(upstream, options()).list();
      expect(list.map(({ name, id }) => [name, id])).to.deep.equal([
        ['GLM-4.5', 'zai-org/GLM-4.6'],
        ['zai-org/GLM-4.6', 'zai-org/GLM-4.6'],
        ['other', 'other'],
      ]);
    });

    it('finds a listed name exactly first, then in any case, then by spelling', async () => {
      const { upstream } = selfHosted([model('glm-4.6'), model('zai-org/GLM-4.6'), model('GLM-4.6')]);
      const models = new ModelCatalog(upstream, options());
      for (const name of ['glm-4.6', 'zai-org/GLM-4.6', 'GLM-4.6'])
        expect(await resolved(models, name)).to.deep.equal([name, name]);
      expect(await resolved(models, 'ZAI-org/glm-4.6')).to.deep.equal(['zai-org/GLM-4.6', 'zai-org/GLM-4.6']);
      expect(await resolved(models, 'z-ai/glm-4.6[1m]')).to.deep.equal(['glm-4.6', 'glm-4.6']);
    });

    it('lets the default model stand for a listed one of another spelling', async () => {
      const { upstream } = selfHosted([model('other'), model('zai-org/GLM-4.5')]);
      expect(await resolved(new ModelCatalog(upstream, options()), 'GLM-4.5')).to.deep.equal([
        'GLM-4.5',
        'zai-org/GLM-4.5',
      ]);
    });

    it('lets unlisted names through as they are, but maps foreign ones', async () => {
      const { upstream } = selfHosted([model('zai-org/GLM-4.6')]);
      const models = new ModelCatalog(upstream, options());
      expect(await resolved(models, 'My-LoRA')).to.deep.equal(['My-LoRA', 'My-LoRA']);
      expect(await resolved(models, 'gpt-4o')).to.deep.equal(['GLM-4.5', 'zai-org/GLM-4.6']);
    });

    it('lets a listed name be what it is, though an alias matches it', async () => {
      const { upstream } = selfHosted([model('gpt-oss-120b')]);
      expect(await resolved(new ModelCatalog(upstream, options()), 'gpt-oss-120b')).to.deep.equal([
        'gpt-oss-120b',
        'gpt-oss-120b',
      ]);
    });

    it('asks once for many requests, and not again for a while', async () => {
      const { upstream, asked } = selfHosted([model('a')]);
      const models = new ModelCatalog(upstream, options());
      await Promise.all(Array.from({ length: 10 }, () => models.resolve('a')));
      await models.list();
      expect(asked()).to.equal(1);
    });

    it('tells that the list cannot be had, but resolves names without it', async () => {
      const { upstream } = selfHosted(new UpstreamError('down'));
      const models = new ModelCatalog(upstream, options());
      expect((await rejectionOf(models.list())).message).to.equal('down');
      expect(await resolved(models, 'any')).to.deep.equal(['any', 'any']);
      expect(await resolved(models, 'GLM-4.5')).to.deep.equal(['GLM-4.5', 'GLM-4.5']);
    });

    it('asks again after a failure', async () => {
      const { upstream } = selfHosted(new UpstreamError('down'), [model('a')]);
      const models = new ModelCatalog(upstream, options());
      await rejectionOf(models.list());
      expect((await models.list()).map(({ name }) => name)).to.include('a');
    });

    describe('after a minute', () => {
      const realNow = Date.now;
      let now = 0;
      beforeEach(() => {
        now = realNow();
        Date.now = () => now;
      });
      afterEach(() => {
        Date.now = realNow;
      });

      it('renews the list in the background', async () => {
        const { upstream } = selfHosted([model('old')], [model('new')]);
        const models = new ModelCatalog(upstream, options());
        await models.list();
        now += 61_000;
        expect((await models.list()).at(-1)?.name).to.equal('old');
        await new Promise(setImmediate);
        expect((await models.list()).at(-1)?.name).to.equal('new');
      });

      it('keeps the old list where the new one cannot be had', async () => {
        const { upstream } = selfHosted([model('old')], new UpstreamError('down'));
        const models = new ModelCatalog(upstream, options());
        await models.list();
        now += 61_000;
        await models.list();
        await new Promise(setImmediate);
        expect((await models.list()).at(-1)?.name).to.equal('old');
      });
    });
  });
});
