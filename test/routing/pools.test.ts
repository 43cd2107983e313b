import { expect } from 'chai';
import type { UpstreamEntry } from '../../src/config/upstream-entry.js';
import { getGroup, Pools } from '../../src/routing/pools.js';

const api: UpstreamEntry = {
  name: 'team',
  url: 'https://api.z.ai/api/paas/v4',
  protocol: 'openai',
  token: 'id.secret',
  slots: 3,
};
const web: UpstreamEntry = {
  name: 'chat',
  url: 'https://chat.z.ai/api/chat/completions',
  protocol: 'zai-web',
  token: undefined,
  slots: 'auto',
};

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
});
