import { expect } from 'chai';
import { loadConfig } from '../../src/config/config.js';
import { Report } from '../../src/doctor/report.js';
import { checkUpstream } from '../../src/doctor/upstream.js';
import { type Simulator, startSimulator } from '../../src/simulator/server.js';

describe('The doctor’s check of the upstream', () => {
  let simulator: Simulator;
  before(async () => {
    simulator = await startSimulator({ paceMs: 0 });
  });
  after(() => simulator.close());

  async function reportOf(env: Record<string, string>): Promise<string> {
    const lines: string[] = [];
    await checkUpstream(loadConfig(env), new Report((line) => lines.push(line)));
    return lines.join('\n');
  }

  it('reports the product, its terms, the default model and that no proxy is used', async () => {
    const report = await reportOf({
      UPSTREAM_URL: `${simulator.url}/api/coding/paas/v4`,
      HTTP_PROXY: 'http://proxy.example:3128',
    });
    expect(report).to.contain('personal coding plan: for one person and the coding tools that Z.ai lists');
    expect(report).to.contain('the default model GLM-4.5 is asked for as glm-4.5');
    expect(report).to.contain('it is asked through no proxy');
    expect(report).to.match(/models: GLM-4\.5 .*GLM-5\.3/);
  });

  it('reports the proxy without its password', async () => {
    const report = await reportOf({
      UPSTREAM_URL: 'http://upstream.invalid/v1',
      HTTP_PROXY: 'http://user:canary@127.0.0.1:1',
      CONNECT_TIMEOUT: '500',
    });
    expect(report).to.contain('it is asked through http://127.0.0.1:1 (HTTP_PROXY)');
    expect(report).not.to.contain('canary');
  });

  it('shows that the web chat gives guest tokens, or whether it accepts a configured one', async () => {
    const web = { UPSTREAM_URL: `${simulator.url}/api/chat/completions` };
    expect(await reportOf(web)).to.match(/ok {4}it gives guest tokens \(\d+ ms\)/);
    expect(await reportOf({ ...web, ZAI_TOKEN: 'a.b.c' })).to.contain('it answers and accepts ZAI_TOKEN');
  });

  it('names the entry whose token is refused', async () => {
    const strict = await startSimulator({ paceMs: 0, apiKey: 'other.key' });
    const text = `upstreams:\n  - {name: team, url: "${strict.url}/api/paas/v4", token: wrong.key}`;
    const lines: string[] = [];
    const config = loadConfig({ UPSTREAMS_FILE: 'x' }, { readText: () => text });
    await checkUpstream(config, new Report((line) => lines.push(line)));
    await strict.close();
    expect(lines.join('\n')).to.contain('Check the token of the entry team').and.not.contain('ZAI_TOKEN');
  });

  it('checks each entry of a file, with its variable, its models and its owner, and no token', async () => {
    const text = `upstreams:
  - {name: team, url: "${simulator.url}/api/paas/v4", token_variable: ZAI_TOKEN_TEAM}
  - {name: gpu, url: "${simulator.url}/v1", token: canary.secret, models: {small: glm-4.5-air}, owner: ann}`;
    const env = { UPSTREAMS_FILE: 'x', ZAI_TOKEN_TEAM: 'canary2.secret', API_KEYS: 'ann:sk-a' };
    const lines: string[] = [];
    await checkUpstream(loadConfig(env, { readText: () => text }), new Report((line) => lines.push(line)));
    const report = lines.join('\n');
    expect(report).to.contain(`Upstream team: ${simulator.url}/api/paas/v4 (openai)`);
    expect(report).to.contain('it answers and accepts ZAI_TOKEN_TEAM');
    expect(report).to.contain(`Upstream gpu: ${simulator.url}/v1 (openai)`);
    expect(report).to.contain('models: small (glm-4.5-air)').and.contain('it serves ann only');
    expect(report).not.to.contain('canary');
  });

  it('shows that an official key is accepted, and what the server lists itself', async () => {
    const report = await reportOf({ UPSTREAM_URL: `${simulator.url}/api/paas/v4`, ZAI_TOKEN: 'id.secret' });
    expect(report).to.match(/ok {4}it answers and accepts ZAI_TOKEN \(\d+ ms\)/);
    expect(report).to.match(/-- {4}it lists \d+ models itself/);
  });
});
