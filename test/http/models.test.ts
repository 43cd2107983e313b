import Anthropic from '@anthropic-ai/sdk';
import { expect } from 'chai';
import OpenAI from 'openai';
import { errorOf, jsonOf, KEY, useGateway } from '../support/gateway.js';

describe('The list of models', () => {
  const rig = useGateway({ form: 'zai', simulator: { listedModels: ['glm-5.3', 'glm-7'] } });
  const get = async (path: string) => jsonOf(await fetch(`${rig.url}${path}`));
  const anthropic = () => new Anthropic({ baseURL: rig.url, apiKey: KEY, maxRetries: 0 });

  it('joins what the official API lists with the table, the default model first', async () => {
    const { data } = await get('/v1/models');
    const names = data.map(({ id }: { id: string }) => id);
    expect(names[0]).to.equal('GLM-4.5');
    expect(names).to.include.members(['GLM-5.4', 'GLM-5.3', 'GLM-4.5-Flash', 'glm-7']);
    expect(new Set(names).size).to.equal(names.length);
    expect(data.find(({ id }: { id: string }) => id === 'GLM-5.3')).to.include({ context_length: 1_048_576 });
    expect(data.find(({ id }: { id: string }) => id === 'glm-7')).to.not.have.property('context_length');
  });

  it('has the same entry for each model that is retrieved alone', async () => {
    const { data } = await get('/v1/models');
    for (const model of data) expect(await get(`/v1/models/${model.id}`)).to.deep.equal(model);
  });

  it('resolves aliases and spellings, and keeps the requested name as the id', async () => {
    for (const [asked, root] of [
      ['gpt-4o-mini', 'GLM-4.5'],
      ['glm-5.3', 'GLM-5.3'],
      ['zai-org/GLM-5.3', 'GLM-5.3'],
      ['z-ai/glm-5.3', 'GLM-5.3'],
      ['claude-sonnet-4-5[1m]', 'GLM-4.5'],
      ['claude-haiku-4-5', 'GLM-5.3'],
    ] as const) {
      const model = await rig.sdk().models.retrieve(asked);
      expect(model, asked).to.include({ id: asked, root });
    }
  });

  it('does the same for Anthropic’s SDK', async () => {
    const model = await anthropic().models.retrieve('claude-sonnet-4-5');
    expect(model).to.include({ id: 'claude-sonnet-4-5', display_name: 'GLM-4.5', max_input_tokens: 131_072 });
    const listed = [];
    for await (const one of anthropic().models.list()) listed.push(one);
    expect(listed.find(({ id }) => id === 'GLM-5.3')?.capabilities?.effort.max.supported).to.equal(true);
    expect(listed.find(({ id }) => id === 'glm-7')).to.include({ capabilities: null, max_tokens: null });
  });

  it('does not resolve a name that only the upstream can judge', async () => {
    for (const name of ['glm-9', 'llama-3', 'x/y']) {
      const response = await fetch(`${rig.url}/v1/models/${name}`);
      expect(response.status, name).to.equal(404);
      expect(await errorOf(response)).to.include({ code: 'model_not_found', param: 'model' });
    }
    expect(
      await rig
        .sdk()
        .models.retrieve('glm-9')
        .catch((error) => error),
    ).to.be.instanceOf(OpenAI.NotFoundError);
  });
});

describe('The list of a self-hosted upstream', () => {
  const rig = useGateway({ form: 'self-hosted' });

  it('has only the server’s models, with the server’s context window', async () => {
    const { data } = await jsonOf(await fetch(`${rig.url}/v1/models`));
    expect(data.map(({ id }: { id: string }) => id)).to.deep.equal(['GLM-4.5', 'zai-org/GLM-4.6']);
    expect(data[1]).to.include({ max_model_len: 131_072, owned_by: 'vllm', root: 'zai-org/GLM-4.6' });
    expect(await rig.sdk().models.retrieve('glm-4.6')).to.include({ id: 'glm-4.6', root: 'zai-org/GLM-4.6' });
  });
});

describe('The list of the web chat', () => {
  const rig = useGateway({ form: 'web' });

  it('has the models of the table, without prices or images', async () => {
    const { data } = await jsonOf(await fetch(`${rig.url}/v1/models`));
    expect(data.map(({ id }: { id: string }) => id)).to.include.members([
      'GLM-4.5',
      'GLM-5',
      'Z1-Rumination',
    ]);
    for (const model of data) {
      expect(model).to.not.have.property('pricing');
      expect(model.architecture.input_modalities).to.deep.equal(['text']);
    }
    expect(rig.simulator.requests.filter(({ path }) => path.endsWith('/models'))).to.deep.equal([]);
  });
});
