/** Home, documentation and playground as they leave the server. */
import { expect } from 'chai';
import supertest from 'supertest';
import { en } from '../../src/pages/texts/en.js';
import { zh } from '../../src/pages/texts/zh.js';
import { composedApp } from '../support/app.js';
import { jsonOf, RawClient, useGateway } from '../support/gateway.js';

const PAGES = ['/', '/docs', '/playground'];

describe('Pages', () => {
  const rig = useGateway({ form: 'zai', env: { DEFAULT_KEY: 'sk-chosen' }, gateway: { demo: true } });
  const page = async (path: string) =>
    (await fetch(rig.url + path, { headers: { accept: 'text/html,*/*;q=0.8' } })).text();

  for (const path of PAGES) {
    it(`${path} comes under a policy that allows nothing inline and nothing from elsewhere`, async () => {
      const response = await fetch(rig.url + path, { headers: { accept: 'text/html,*/*;q=0.8' } });
      expect(response.headers.get('content-type')).to.match(/^text\/html/);
      expect(response.headers.get('content-security-policy')).to.equal(
        "default-src 'self';base-uri 'none';form-action 'self';frame-ancestors 'none'",
      );
      expect(response.headers.get('strict-transport-security')).to.equal(null);
      const text = await response.text();
      expect(text).not.to.match(/<script(?! type="module" src="\/assets\/)|<style|\sstyle=|\son\w+="/i);
      const loaded = [...text.matchAll(/<(?:script|link|img)[^>]+(?:src|href)="([^"]*)"/g)];
      expect(
        loaded.map(([, address = '']) => address).filter((address) => !address.startsWith('/assets/')),
      ).to.deep.equal([]);
    });

    it(`${path} says that answers are simulated, and tells no key that somebody chose`, async () => {
      const text = await page(path);
      expect(text).to.contain(en.shell.demo).and.not.to.contain('sk-chosen');
    });

    it(`${path} is there in Chinese`, async () => {
      const text = await page(`${path}?lang=zh`);
      expect(text).to.contain(zh.shell.demo).and.not.to.contain(en.shell.demo);
    });
  }

  it('show the address of this server', async () => {
    expect(await page('/')).to.contain(`curl -N ${rig.url}/v1/chat/completions`);
    expect(await page('/docs')).to.contain(`base_url=&#34;${rig.url}/v1&#34;`);
  });

  it('use the scheme and name that a trusted proxy reports', async () => {
    const headers = {
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'ai.example.com',
      accept: 'application/json',
    };
    const baseUrl = async (TRUST_PROXY: string) => {
      const app = composedApp({ env: { TRUST_PROXY } });
      return (await supertest(app).get('/').set(headers)).body.base_url;
    };
    expect(await baseUrl('1')).to.equal('https://ai.example.com/v1');
    expect(await baseUrl('0')).to.match(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
  });

  it('never show a hostile Host header', async () => {
    for (const path of [...PAGES, '/openapi.json']) {
      const client = await RawClient.connect(rig.port);
      const host = 'Host: <script>alert(1)</script>';
      client.write(`GET ${path} HTTP/1.1`, host, 'Accept: text/html', 'Connection: close', '', '');
      expect(await client.closed(), path)
        .to.match(/^HTTP\/1\.1 200/)
        .and.not.to.contain('alert(1)');
    }
  });

  it('are compressed for clients that accept it, and vary by encoding', async () => {
    for (const path of [...PAGES, '/dashboard', '/dashboard/live', '/nothing']) {
      const get = (encoding: string) =>
        supertest(composedApp({})).get(path).set({ accept: 'text/html', 'accept-encoding': encoding });
      const [zipped, whole] = [await get('gzip, deflate, br'), await get('identity')];
      expect(zipped.headers['content-encoding'], path).to.equal('gzip');
      expect(whole.headers['content-encoding'], path).to.equal(undefined);
      for (const { headers, text } of [zipped, whole]) {
        expect(headers['content-type']).to.equal('text/html; charset=utf-8');
        expect(headers.vary).to.contain('Accept-Encoding');
        expect(text, path).to.match(/<\/(html|section)>\s*$/);
      }
      const head = await supertest(composedApp({}))
        .head(path)
        .set({ accept: 'text/html', 'accept-encoding': 'gzip' });
      expect(head.headers['content-encoding']).to.equal('gzip');
    }
  });

  it('leave out the dashboard if it is switched off', async () => {
    const app = composedApp({ env: { DASHBOARD_ENABLED: 'false' } });
    const { text } = await supertest(app).get('/').set('accept', 'text/html');
    expect(text).to.contain('href="/docs"').and.not.to.contain('/dashboard');
    const gone = await supertest(app).get('/dashboard').set('accept', 'text/html');
    expect(gone.status).to.equal(404);
    expect(gone.text).to.contain('Page not found').and.not.to.contain('href="/dashboard"');
  });

  it('answer unknown addresses with a page in the visitor’s language, and programs with JSON', async () => {
    const app = composedApp({});
    for (const path of ['/nothing', '/dashboard/nothing', '/assets/nothing.css', '/v1']) {
      const page = await supertest(app)
        .get(`${path}?x="><script>`)
        .set({ accept: 'text/html,*/*;q=0.8', 'accept-language': 'zh-CN' });
      expect(page.status, path).to.equal(404);
      expect(page.text).to.contain('没有这个页面').and.not.to.contain('"><script>');
      expect(page.headers['content-security-policy']).to.contain("default-src 'self'");
      expect(page.headers.vary).to.match(/\bAccept\b(?!-)/);
      const { body } = await supertest(app).get(path);
      expect(body.error.code).to.equal('unknown_url');
    }
    for (const asked of [supertest(app).post('/nothing'), supertest(app).get('/v1/nothing')]) {
      const { status, body } = await asked.set('accept', 'text/html');
      expect(status).to.equal(404);
      expect(body.error.code).to.equal('unknown_url');
    }
  });
});

describe('The home page', () => {
  const rig = useGateway({ form: 'zai', gateway: { demo: true } });

  it('is JSON for programs', async () => {
    const about = await jsonOf(await fetch(`${rig.url}/`, { headers: { accept: 'application/json' } }));
    expect(about).to.include({
      name: 'ZtoApi',
      base_url: `${rig.url}/v1`,
      models: `${rig.url}/v1/models`,
      demo: true,
    });
  });

  it('shows the demo’s key if it is the well-known one', async () => {
    const home = async (demo: boolean) =>
      (await supertest(composedApp({ demo })).get('/').set('accept', 'text/html')).text;
    expect(await home(true)).to.contain('Bearer sk-your-key');
    expect(await home(false))
      .to.contain('Bearer YOUR_KEY')
      .and.not.to.contain('sk-your-key');
  });
});

describe('The documentation', () => {
  it('lists the models, or says that they are not available', async () => {
    const docs = async (deps: object) => (await supertest(composedApp(deps)).get('/docs')).text;
    expect(await docs({})).to.contain('<code>x</code>');
    const failing = { list: () => Promise.reject(new Error('the upstream is away')) };
    expect(await docs({ catalog: failing })).to.contain('The list of models is not available');
    const silent = { list: () => new Promise(() => undefined) };
    expect(await docs({ catalog: silent })).to.contain('The list of models is not available');
  });

  it('shows the configured limits', async () => {
    const env = { PUBLIC_RATE_LIMIT: '7', PUBLIC_RATE_LIMIT_TOTAL: '0', DEFAULT_KEY: 'k' };
    const { text } = await supertest(composedApp({ env })).get('/docs');
    expect(text).to.match(/Public key, from one address<\/th><td class="number">7</);
    expect(text).to.match(/all clients together<\/th><td class="number">no limit</);
    expect(text).not.to.contain('Each other key');
  });
});

describe('The navigation', () => {
  const home = async (deps: object) =>
    (await supertest(composedApp(deps)).get('/').set('accept', 'text/html')).text;

  it('has My page where somebody has a key of their own', async () => {
    expect(await home({})).to.not.contain('href="/me"');
    expect(await home({ env: { DEFAULT_KEY: 'sk-chosen' } })).to.not.contain('href="/me"');
    expect(await home({ env: { API_KEYS: 'ann:key-of-ann' } })).to.contain('href="/me"');
    const verifier = { presence: 'present', verify: expect.fail, confirm: expect.fail };
    expect(await home({ verifier })).to.contain('href="/me"');
  });
});
