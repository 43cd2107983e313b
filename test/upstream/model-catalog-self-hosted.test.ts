import { expect } from 'chai';
import { ModelCatalog } from '../../src/upstream/model-catalog.js';
import { UpstreamError } from '../../src/vocabulary/errors.js';
import { catalog, model, options, resolved, selfHosted } from './catalogs.js';
import { rejectionOf } from './support.js';

describe('ModelCatalog on a self-hosted GLM', () => {
  it('gives background calls the default model where no price is known', async () => {
    expect((await catalog({ modelName: 'GLM-4.7' }).resolve('claude-haiku-4-5')).name).to.equal('GLM-4.7');
    const { upstream } = selfHosted([model('zai-org/GLM-4.6')]);
    const found = await new ModelCatalog(upstream, options()).resolve('claude-haiku-4-5');
    expect([found.name, found.id]).to.deep.equal(['GLM-4.5', 'zai-org/GLM-4.6']);
  });

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
