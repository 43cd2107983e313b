import { expect } from 'chai';
import { loadConfig } from '../../src/config/config.js';
import { countPlanSharers, termsWarning } from '../../src/config/terms.js';
import { startWarnings } from '../../src/doctor/warnings.js';

const CODING = 'https://api.z.ai/api/coding/paas/v4';

describe('The warning about the upstream’s terms', () => {
  const warning = (env: Record<string, string>, members = 0) =>
    termsWarning(countPlanSharers(loadConfig({ ZAI_TOKEN: 'a.b', ...env }), members));

  it('is given when several keys share a personal coding plan', () => {
    const shared = warning({ UPSTREAM_URL: CODING, API_KEYS: 'ann:sk-a,bob:sk-b' });
    expect(shared).to.contain('2 keys').and.contain('pay-as-you-go').and.contain('self-hosted GLM');
    expect(warning({ UPSTREAM_URL: CODING, API_KEYS: 'ann:sk-a', DEFAULT_KEY: 'sk-d' })).to.contain('2 keys');
  });

  it('counts members that have managed keys', () => {
    expect(warning({ UPSTREAM_URL: CODING, API_KEYS: 'ann:sk-a' }, 1)).to.contain('2 keys');
    expect(warning({ UPSTREAM_URL: CODING }, 3)).to.contain('3 keys');
    expect(warning({ UPSTREAM_URL: CODING }, 1), 'sk-your-key ends with the first').to.equal(undefined);
    expect(warning({ API_KEYS: 'ann:sk-a' }, 3)).to.equal(undefined);
  });

  it('is not given for a single key or other bases', () => {
    expect(warning({ UPSTREAM_URL: CODING, API_KEYS: 'ann:sk-a' })).to.equal(undefined);
    expect(warning({ UPSTREAM_URL: CODING, DEFAULT_KEY: 'sk-d' })).to.equal(undefined);
    expect(warning({ API_KEYS: 'ann:sk-a,bob:sk-b' })).to.equal(undefined);
  });
});

describe('The warning about an owner', () => {
  it('is given where the owner is no key of the environment, since a member may be meant', () => {
    const text = 'upstreams: [{name: gpu, url: "http://gpu/v1", owner: eve}]';
    const warned = (keys: string) =>
      startWarnings(
        loadConfig({ UPSTREAMS_FILE: 'x', HOST: '127.0.0.1', API_KEYS: keys }, { readText: () => text }),
      );
    expect(warned('ann:sk-a')).to.have.lengthOf(1);
    expect(warned('ann:sk-a')[0]).to.contain('gpu serves its owner eve only').and.contain('id of a member');
    expect(warned('eve:sk-e')).to.deep.equal([]);
  });
});

describe('The warning about the web chat', () => {
  const warned = (env: Record<string, string>) =>
    startWarnings(loadConfig({ HOST: '127.0.0.1', ...env })).filter((line) => line.includes('mostly closed'));

  it('is given for guests and accounts', () => {
    expect(warned({})).to.have.length(1);
    expect(warned({})[0]).to.contain('as a guest, since ZAI_TOKEN is not set');
    expect(warned({ ZAI_TOKEN: 'a.b.canary' })[0])
      .to.contain('with an account')
      .and.not.contain('canary');
  });

  it('tells when ZAI_TOKEN looks like an API key that was not copied completely', () => {
    expect(warned({ ZAI_TOKEN: 'canary' })[0])
      .to.contain('neither an official API key (id.secret) nor a web token (JWT)')
      .and.not.contain('canary');
  });

  it('tells when an official API key is meant for the web chat', () => {
    expect(
      warned({ ZAI_TOKEN: 'id.secret', UPSTREAM_URL: 'https://chat.z.ai/api/chat/completions' })[0],
    ).to.contain('leave UPSTREAM_URL unset');
  });

  it('is not given for other upstreams, a simulated web chat included', () => {
    expect(warned({ ZAI_TOKEN: 'id.secret' })).to.deep.equal([]);
    for (const url of ['http://localhost:8000/v1', 'http://simulator:9191/api/chat/completions'])
      expect(warned({ UPSTREAM_URL: url })).to.deep.equal([]);
  });
});
