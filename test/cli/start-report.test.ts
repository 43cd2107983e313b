import { expect } from 'chai';
import { startReport, startWarnings, termsWarning } from '../../src/cli/start-report.js';
import { loadConfig } from '../../src/config/config.js';
import { productOf } from '../../src/upstream/openai-compatible/product.js';

const CODING = 'https://api.z.ai/api/coding/paas/v4';

describe('productOf', () => {
  const cases: [url: string, name: string | undefined, isCodingPlan: boolean][] = [
    ['https://api.z.ai/api/paas/v4', 'Z.ai, pay-as-you-go', false],
    [CODING, 'Z.ai, personal coding plan', true],
    ['https://open.bigmodel.cn/api/paas/v4/', 'BigModel (mainland), pay-as-you-go', false],
    [
      'https://open.bigmodel.cn/api/coding/paas/v4/chat/completions',
      'BigModel (mainland), personal coding plan',
      true,
    ],
    ['http://proxy.lan:8080/api/coding/paas/v4', 'Z.ai, personal coding plan', true],
    ['http://localhost:8000/v1', undefined, false],
    ['https://chat.z.ai/api/chat/completions', undefined, false],
    ['http://localhost/api/paas/v40', undefined, false],
  ];
  for (const [url, name, isCodingPlan] of cases) {
    it(`tells ${name ?? 'nothing'} of ${url}`, () => {
      expect(productOf(url)).to.deep.equal(name === undefined ? undefined : { name, isCodingPlan });
    });
  }
});

describe('What a start says of the upstream’s terms', () => {
  const warning = (env: Record<string, string>) => termsWarning(loadConfig({ ZAI_TOKEN: 'a.b', ...env }));

  it('is a warning where several keys share a personal coding plan', () => {
    const shared = warning({ UPSTREAM_URL: CODING, API_KEYS: 'ann:sk-a,bob:sk-b' });
    expect(shared).to.contain('2 keys').and.contain('pay-as-you-go').and.contain('self-hosted GLM');
    expect(warning({ UPSTREAM_URL: CODING, API_KEYS: 'ann:sk-a', DEFAULT_KEY: 'sk-d' })).to.contain('2 keys');
  });

  it('is nothing for one person, and nothing on other bases', () => {
    expect(warning({ UPSTREAM_URL: CODING, API_KEYS: 'ann:sk-a' })).to.equal(undefined);
    expect(warning({ UPSTREAM_URL: CODING, DEFAULT_KEY: 'sk-d' })).to.equal(undefined);
    expect(warning({ API_KEYS: 'ann:sk-a,bob:sk-b' })).to.equal(undefined);
  });

  it('names the product that is asked', () => {
    const report = startReport(
      loadConfig({ UPSTREAM_URL: CODING, ZAI_TOKEN: 'a.b' }),
      'http://localhost:9090',
    );
    expect(report.join('\n')).to.contain(`upstream: ${CODING} (Z.ai, personal coding plan)`);
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

describe('What a start says of the web chat', () => {
  const warned = (env: Record<string, string>) =>
    startWarnings(loadConfig({ HOST: '127.0.0.1', ...env })).filter((line) => line.includes('mostly closed'));

  it('is a warning for guests and for accounts of it', () => {
    expect(warned({})).to.have.length(1);
    expect(warned({})[0]).to.contain('as a guest, since ZAI_TOKEN is not set');
    expect(warned({ ZAI_TOKEN: 'a.b.canary' })[0])
      .to.contain('with an account')
      .and.not.contain('canary');
  });

  it('is nothing for any other upstream, a simulated web chat included', () => {
    expect(warned({ ZAI_TOKEN: 'id.secret' })).to.deep.equal([]);
    for (const url of ['http://localhost:8000/v1', 'http://simulator:9191/api/chat/completions'])
      expect(warned({ UPSTREAM_URL: url })).to.deep.equal([]);
  });
});
