import { expect } from 'chai';
import { loadConfig } from '../../../src/config/config.js';
import { describeProxy, proxyFor } from '../../../src/upstream/transport/proxy.js';

const BOTH = { https: 'http://secure.example:1', http: 'http://plain.example:2', exceptions: [] };

describe('proxyFor', () => {
  it('goes by the scheme of the upstream', () => {
    expect(proxyFor('https://api.z.ai/api/paas/v4', BOTH)?.host).to.equal('secure.example:1');
    expect(proxyFor('http://gpu.corp:8000/v1', BOTH)?.host).to.equal('plain.example:2');
    expect(proxyFor('https://api.z.ai', { ...BOTH, https: undefined })).to.equal(undefined);
  });

  it('is none for an upstream on this machine', () => {
    for (const host of [
      'localhost',
      'LOCALHOST.',
      'gpu.localhost',
      '127.0.0.1',
      '127.1.2.3',
      '[::1]',
      '0.0.0.0',
      '[::ffff:127.0.0.1]',
    ]) {
      expect(proxyFor(`http://${host}:8000/v1`, BOTH), host).to.equal(undefined);
    }
  });

  const exceptions: [exception: string, without: string[], through: string[]][] = [
    ['*', ['https://api.z.ai', 'http://10.1.2.3'], []],
    [
      'z.ai',
      ['https://z.ai', 'https://api.z.ai', 'https://API.Z.AI.'],
      ['https://buzz.ai', 'https://z.ai.example'],
    ],
    ['.z.ai', ['https://api.z.ai'], ['https://buzz.ai']],
    ['*.z.ai', ['https://api.z.ai'], ['https://buzz.ai']],
    ['z.ai:443', ['https://api.z.ai'], ['https://api.z.ai:8443', 'http://api.z.ai']],
    ['gpu:8000', ['http://gpu:8000/v1'], ['http://gpu:8001/v1', 'http://gpu/v1']],
    ['10.1.2.3', ['http://10.1.2.3:8000'], ['http://10.1.2.30', 'http://x.10.1.2.3.example']],
    ['10.0.0.0/8', ['http://10.1.2.3'], ['http://11.1.2.3', 'http://10.example']],
    ['[2001:db8::1]:80', ['http://[2001:db8::1]'], ['http://[2001:db8::1]:81', 'http://[2001:db8::2]']],
    ['2001:db8::/32', ['http://[2001:db8::1]'], ['http://[2001:db9::1]']],
    ['10.0.0.0/99', [], ['http://10.0.0.0']],
    ['', [], ['https://api.z.ai']],
  ];
  for (const [exception, without, through] of exceptions) {
    it(`is as NO_PROXY=${exception} says`, () => {
      const settings = { ...BOTH, exceptions: ['other.example', exception] };
      for (const url of without) expect(proxyFor(url, settings), url).to.equal(undefined);
      for (const url of through) expect(proxyFor(url, settings), url).to.not.equal(undefined);
    });
  }
});

describe('describeProxy', () => {
  it('tells the address and the variable, never the credentials', () => {
    const env = { HTTPS_PROXY: 'http://user:canary@proxy.example:3128', http_proxy: 'other:1' };
    const described = (more: object) => {
      const config = loadConfig({ ...env, ...more });
      return describeProxy(config.upstreams[0]?.url ?? '', config);
    };
    expect(described({ UPSTREAM_URL: 'https://api.z.ai/api/paas/v4' })).to.equal(
      'http://proxy.example:3128 (HTTPS_PROXY)',
    );
    expect(described({ UPSTREAM_URL: 'http://gpu/v1' })).to.equal('http://other:1 (HTTP_PROXY)');
    expect(described({ UPSTREAM_URL: 'http://localhost/v1' })).to.equal(undefined);
    expect(described({ NO_PROXY: 'z.ai' })).to.equal(undefined);
  });
});
