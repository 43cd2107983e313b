import { expect } from 'chai';
import { getGroup, Pools } from '../../src/routing/pools.js';
import { upstreamEntry } from '../support/upstreams.js';

const api = upstreamEntry({ name: 'team', slots: 3 });
const web = upstreamEntry({ name: 'chat', protocol: 'zai-web' });

describe('The pools of slots', () => {
  it('count the slots of an API by model, whatever the spelling', () => {
    const pools = new Pools([api]);
    expect(pools.getPool('zai-org/GLM-5.3')).to.equal('glm-5.3');
    expect(getGroup(api, 'GLM-5.3')).to.equal('team/glm-5.3');
    expect(pools.getGroups('glm-5.3')).to.deep.equal({ 'team/glm-5.3': 3 });
    expect(pools.getGroups('glm-4.5')).to.deep.equal({ 'team/glm-4.5': 3 });
  });

  it('count the slots of the web chat over all of its models', () => {
    const pools = new Pools([web]);
    const ids = ['0727-360B-API', '0727-106B-API', 'deep-research'];
    expect(new Set(ids.map((id) => pools.getPool(id)))).to.have.lengthOf(1);
    expect(pools.getGroups(pools.getPool('0727-360B-API'))).to.deep.equal({ chat: 'auto' });
    expect(getGroup(web, '0727-360B-API')).to.equal('chat');
  });

  it('are found by their groups', () => {
    const joining = upstreamEntry({ name: 'x', models: { 'GLM-5.3': 'glm-5.3', small: 'glm-4.5-air' } });
    for (const entries of [[api], [web], [api, web, joining]]) {
      const pools = new Pools(entries);
      for (const pool of ['glm-5.3', '0727-360B-API', 'glm-4.5-air'].map((id) => pools.getPool(id)))
        for (const group of Object.keys(pools.getGroups(pool)))
          expect(pools.getPoolOf(group), group).to.equal(pool);
    }
  });

  it('join the entries that serve the same model', () => {
    const other = upstreamEntry({ name: 'other', slots: 'unlimited' });
    const pools = new Pools([api, other]);
    expect(pools.getGroups('glm-5.3')).to.deep.equal({ 'team/glm-5.3': 3, 'other/glm-5.3': 'unlimited' });
  });

  it('join the models that one name stands for, and those that stand in for others', () => {
    const own = upstreamEntry({ name: 'own', models: { 'GLM-5.3': 'deployment-1', small: 'glm-4.5-air' } });
    const spare = upstreamEntry({
      name: 'spare',
      models: { small: 'tiny' },
      fallback: { 'GLM-5.3': 'small' },
    });
    const pools = new Pools([api, own, spare]);
    const pool = pools.getPool('glm-5.3');
    for (const id of ['deployment-1', 'small', 'tiny', 'glm-4.5-air'])
      expect(pools.getPool(id)).to.equal(pool);
    expect(pools.getPool('glm-4.5')).to.equal('glm-4.5');
    expect(pools.getGroups(pool)).to.include.keys('team/glm-5.3', 'own/deployment-1', 'spare/tiny');
    expect(pools.getGroups(pool)).not.to.have.any.keys('own/glm-5.3', 'spare/glm-5.3');
    expect(pools.getGroups('glm-4.5')).to.deep.equal({ 'team/glm-4.5': 3 });
  });

  it('are the same whatever the order of the entries', () => {
    const own = upstreamEntry({ name: 'own', models: { 'GLM-5.3': 'deployment-1' } });
    const one = new Pools([api, web, own]);
    const other = new Pools([own, web, api]);
    const groups = (pools: Pools) => Object.keys(pools.getGroups(pools.getPool('glm-4.5'))).sort();
    expect(groups(one)).to.deep.equal(groups(other));
    expect(groups(one)).to.include('chat').and.include('team/glm-4.5');
  });
});
