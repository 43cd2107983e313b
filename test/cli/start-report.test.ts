import { expect } from 'chai';
import { startReport } from '../../src/cli/start-report.js';
import { loadConfig } from '../../src/config/config.js';

const CODING = 'https://api.z.ai/api/coding/paas/v4';

describe('What a start prints', () => {
  it('names the product that is asked', () => {
    const report = startReport(
      loadConfig({ UPSTREAM_URL: CODING, ZAI_TOKEN: 'a.b' }),
      'http://localhost:9090',
    );
    expect(report.join('\n')).to.contain(`upstream: ${CODING} (Z.ai, personal coding plan)`);
  });

  it('names each upstream of a file, whose it is, and no token', () => {
    const text = `upstreams:
  - {name: gpu, url: "http://gpu:8000/v1", slots: 4}
  - {name: ann, url: "${CODING}", token: canary.secret, owner: ann}`;
    const env = { UPSTREAMS_FILE: 'upstreams.yaml', API_KEYS: 'ann:sk-a' };
    const report = startReport(loadConfig(env, { readText: () => text }), 'http://x').join('\n');
    expect(report).to.contain('upstream gpu: http://gpu:8000/v1 (openai); token: none, slots: 4\n');
    expect(report).to.contain(
      `upstream ann: ${CODING} (Z.ai, personal coding plan); token: an official API key, slots: auto, for ann only`,
    );
    expect(report).not.to.contain('canary');
  });

  it('says where traces go, without credentials, and nothing without them', () => {
    const report = (env: object) =>
      startReport(loadConfig(env as Record<string, string>), 'http://x').join('\n');
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:canary@collector:4318' };
    expect(report(env)).to.match(/^traces: to http:\/\/collector:4318\/v1\/traces$/m);
    const part = { ...env, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' };
    expect(report(part)).to.match(/\/v1\/traces, 25 % of those that begin here$/m);
    expect(report(part)).not.to.contain('canary');
    expect(report({})).not.to.contain('traces');
  });

  it('names managed keys where there are any', () => {
    const report = (hasTeam: boolean) => startReport(loadConfig({}), 'http://x', hasTeam).join('\n');
    expect(report(true)).to.contain('keys: public (DEFAULT_KEY), managed ones;');
    expect(report(false)).to.contain('keys: public (DEFAULT_KEY);');
  });

  it('names the proxy in between, without its credentials', () => {
    const report = (env: object) =>
      startReport(loadConfig({ ...env, UPSTREAM_URL: CODING }), 'http://x').join('\n');
    const through = report({ HTTPS_PROXY: 'http://user:canary@proxy.example:3128' });
    expect(through).to.contain('plan), through the proxy http://proxy.example:3128 (HTTPS_PROXY)');
    expect(through).to.not.contain('canary');
    expect(report({ HTTPS_PROXY: 'http://proxy.example:3128', NO_PROXY: '.z.ai' })).to.not.contain('proxy');
  });
});
