import { expect } from 'chai';
import { parseEndpoint } from '../../../src/upstream/openai-compatible/provider.js';

describe('parseEndpoint', () => {
  const zai = 'https://api.z.ai/api/paas/v4';
  const cases: [url: string, provider: string, completionsUrl: string, modelsUrl: string][] = [
    [zai, 'zai', `${zai}/chat/completions`, `${zai}/models`],
    [`${zai}/`, 'zai', `${zai}/chat/completions`, `${zai}/models`],
    [`${zai}/chat/completions`, 'zai', `${zai}/chat/completions`, `${zai}/models`],
    [`${zai}/chat/completions/`, 'zai', `${zai}/chat/completions`, `${zai}/models`],
    [
      'https://api.z.ai/api/coding/paas/v4',
      'zai',
      'https://api.z.ai/api/coding/paas/v4/chat/completions',
      'https://api.z.ai/api/coding/paas/v4/models',
    ],
    [
      'https://open.bigmodel.cn/api/paas/v4',
      'zai',
      'https://open.bigmodel.cn/api/paas/v4/chat/completions',
      'https://open.bigmodel.cn/api/paas/v4/models',
    ],
    [
      'http://127.0.0.1:9/api/paas/v4',
      'zai',
      'http://127.0.0.1:9/api/paas/v4/chat/completions',
      'http://127.0.0.1:9/api/paas/v4/models',
    ],
    ['http://gpu:8000/v1', 'self-hosted', 'http://gpu:8000/v1/chat/completions', 'http://gpu:8000/v1/models'],
    ['http://gpu:8000', 'self-hosted', 'http://gpu:8000/chat/completions', 'http://gpu:8000/models'],
    [
      'http://gpu:8000/v1/chat/completions?key=a',
      'self-hosted',
      'http://gpu:8000/v1/chat/completions?key=a',
      'http://gpu:8000/v1/models?key=a',
    ],
  ];
  for (const [url, provider, completionsUrl, modelsUrl] of cases) {
    it(`takes ${url} for ${provider}`, () => {
      const { buildUrl, ...endpoint } = parseEndpoint(url);
      expect(endpoint).to.deep.equal({ provider, completionsUrl, modelsUrl });
      expect(buildUrl('/models')).to.equal(modelsUrl);
    });
  }
});
