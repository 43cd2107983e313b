import { expect } from 'chai';
import { ApiError, NotFoundError, UpstreamError } from '../../src/errors.js';
import { type CatalogOptions, ModelCatalog } from '../../src/upstream/model-catalog.js';
import { modelsOf } from '../../src/upstream/models.js';
import type { UpstreamModel } from '../../src/upstream/upstream.js';
import { forbidUnhandledRejections, rejectionOf } from './support.js';

const DEFAULT_ALIASES = ['gpt-*', 'chatgpt-*', 'o1*', 'o3*', 'o4*', 'claude-*'].map((pattern) => ({
  pattern,
  target: 'GLM-4.5',
}));

function options(more: Partial<CatalogOptions> = {}): CatalogOptions {
  return { modelName: 'GLM-4.5', upstreamModel: undefined, modelAliases: DEFAULT_ALIASES, ...more };
}

function catalog(more: Partial<CatalogOptions> = {}, kind: 'web' | 'api' = 'web'): ModelCatalog {
  const upstream = { acceptsUnlistedModels: false, models: async () => modelsOf(kind) };
  return new ModelCatalog(upstream, options(more));
}

const model = (name: string): UpstreamModel => ({ name, id: name, created: 7, ownedBy: 'vllm' });

/** An upstream that tells its models itself; `answers` are taken one after the other. */
function selfHosted(...answers: (UpstreamModel[] | ApiError)[]) {
  let asked = 0;
  const upstream = {
    acceptsUnlistedModels: true,
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

    it('takes the same name for another id on the official API', async () => {
      expect(await resolved(catalog({}, 'api'), 'GLM-4.6')).to.deep.equal(['GLM-4.6', 'glm-4.6']);
    });

    for (const name of ['gpt', 'llama-3', 'GLM-4', 'axb', '', 'glm-4.5\n']) {
      it(`does not know ${JSON.stringify(name)} and names what there is`, async () => {
        const models = catalog({ modelAliases: [...DEFAULT_ALIASES, { pattern: 'a.b', target: 'GLM-5' }] });
        const error = await rejectionOf(models.resolve(name));
        expect(error).to.be.instanceOf(NotFoundError);
        expect(error).to.include({ status: 404, code: 'model_not_found', param: 'model' });
        expect(error.message).to.contain('GLM-4.5, ').and.contain('GLM-4.5-Air').and.contain('MODEL_ALIASES');
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
