import { mock } from 'node:test';
import { expect } from 'chai';
import { loadConfig } from '../../src/config/config.js';
import { ModelCatalog } from '../../src/upstream/model-catalog.js';
import { modelsOf } from '../../src/upstream/models.js';
import { UpstreamError } from '../../src/vocabulary/errors.js';
import { model, options, resolved, zai } from './catalogs.js';
import { isSettled } from './support.js';

describe('ModelCatalog on the official API', () => {
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
