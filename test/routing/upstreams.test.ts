import { expect } from 'chai';
import { loadConfig } from '../../src/config/config.js';
import { Upstreams } from '../../src/routing/upstreams.js';

const asker = { owner: undefined, mayUse: () => true, conversation: () => 'a conversation' };
const glm = { name: 'GLM-5.3', id: 'glm-5.3' };

function load(...entries: string[]) {
  const text = `upstreams:\n${entries.map((entry) => `  - ${entry}\n`).join('')}`;
  return loadConfig({ UPSTREAMS_FILE: 'x', API_KEYS: 'ann:sk-a' }, { readText: () => text });
}

const api = (name: string, token: string, more = '') =>
  `{name: ${name}, url: "https://api.z.ai/api/paas/v4", token: ${token}${more}}`;
const gpu = (more = '') => `{name: gpu, url: "http://gpu:8000/v1"${more}}`;

describe('The upstreams', () => {
  it('of the single-upstream variables are one, without a name for clients', () => {
    const plan = new Upstreams(loadConfig({ ZAI_TOKEN: 'id.secret' })).plan(glm, asker);
    expect(plan).to.include({ pool: 'glm-5.3', isTold: false });
    expect(plan.routes.map(({ entry, model }) => [entry, model])).to.deep.equal([['default', glm]]);
  });

  it('keep the client of an entry that stays, and get another for another token', () => {
    const upstreams = new Upstreams(load(api('a', 'one.secret')));
    const client = () => upstreams.plan(glm, asker).routes[0]?.upstream;
    const first = client();
    upstreams.replace(load(api('renamed', 'one.secret', ', slots: 3')));
    expect(client()).to.equal(first);
    upstreams.replace(load(api('renamed', 'two.secret')));
    expect(client()).not.to.equal(first);
    expect([...upstreams.tokens]).to.deep.equal(['one.secret', 'two.secret']);
  });

  it('ask only entries that list a model, by that name', () => {
    const upstreams = new Upstreams(load(api('a', 'one.secret'), gpu(', models: {small: GLM-5.3}')));
    const entries = (name: string, id: string) =>
      upstreams.plan({ name, id }, asker).routes.map(({ entry, model }) => `${entry} ${model.id}`);
    expect(entries('GLM-5.3', 'glm-5.3')).to.deep.equal(['a glm-5.3']);
    expect(entries('small', 'GLM-5.3')).to.deep.equal(['gpu GLM-5.3']);
  });

  it('ask whoever may know a model that none lists', () => {
    const upstreams = new Upstreams(
      load(
        api('a', 'one.secret'),
        gpu(),
        gpu(', owner: ann').replace('gpu,', 'own,').replace('gpu:', 'own:'),
      ),
    );
    const entries = (name: string, owner?: string) =>
      upstreams.plan({ name, id: name }, { ...asker, owner }).routes.map(({ entry }) => entry);
    expect(entries('GLM-9')).to.have.members(['a', 'gpu']);
    expect(entries('llama')).to.deep.equal(['gpu']);
    expect(entries('llama', 'ann')).to.deep.equal(['own', 'gpu']);
  });

  it('refuse a model that only the upstream of another serves', () => {
    const upstreams = new Upstreams(load(api('a', 'one.secret'), gpu(', models: {small: x}, owner: ann')));
    expect(() => upstreams.plan({ name: 'small', id: 'x' }, asker))
      .to.throw('No upstream of this gateway serves "small" for your key')
      .with.property('code', 'model_not_available');
  });

  it('ask an upstream of all for a model that, until its list is read, only the upstream of another lists', () => {
    const upstreams = new Upstreams(
      load(api('plan', 'one.secret', ', models: {GLM-9: glm-9}, owner: ann'), api('team', 'two.secret')),
    );
    const entries = (owner?: string) =>
      upstreams.plan({ name: 'GLM-9', id: 'glm-9' }, { ...asker, owner }).routes.map(({ entry }) => entry);
    expect(entries()).to.deep.equal(['team']);
    expect(entries('ann')).to.deep.equal(['plan']);
  });
});
