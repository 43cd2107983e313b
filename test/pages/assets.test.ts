/** The files that pages are made of, and nothing else. */
import { expect } from 'chai';
import supertest from 'supertest';
import { composedApp } from '../support/app.js';

describe('Assets', () => {
  const app = composedApp();
  const get = (path: string) => supertest(app).get(path);

  for (const [file, type] of [
    ['base.css', 'text/css; charset=utf-8'],
    ['copy.js', 'text/javascript; charset=utf-8'],
    ['favicon.svg', 'image/svg+xml'],
    ['marked.js', 'text/javascript; charset=utf-8'],
    ['dompurify.js', 'text/javascript; charset=utf-8'],
  ] as const) {
    it(`serves ${file} with its type, to be asked for again`, async () => {
      const response = await get(`/assets/${file}`);
      expect(response.status).to.equal(200);
      expect(response.headers).to.include({
        'content-type': type,
        'cache-control': 'public, no-cache',
        'x-content-type-options': 'nosniff',
      });
      const again = await get(`/assets/${file}`).set('if-none-match', response.headers.etag ?? '');
      expect(again.status).to.equal(304);
    });
  }

  it('are zipped for whoever takes that, and told apart by caches', async () => {
    const sent = async (encoding: string) => {
      const { headers } = await supertest(app).get('/assets/base.css').set('accept-encoding', encoding);
      expect(headers.vary).to.contain('Accept-Encoding');
      return headers['content-encoding'];
    };
    expect(await sent('gzip, br')).to.equal('gzip');
    for (const refusing of ['identity', 'gzip;q=0', 'br']) expect(await sent(refusing)).to.equal(undefined);
    const [zipped, whole] = await Promise.all(
      ['gzip', 'identity'].map(
        async (encoding) => (await get('/assets/base.css').set('accept-encoding', encoding)).text,
      ),
    );
    expect(zipped).to.equal(whole);
  });

  it('lets what a page names be kept for ever, under that version only', async () => {
    const { text } = await get('/').set('accept', 'text/html');
    const address = /\/assets\/base\.css\?v=\w+/.exec(text)?.[0] ?? '';
    expect((await get(address)).headers['cache-control']).to.equal('public, max-age=31536000, immutable');
    expect((await get('/assets/base.css?v=older')).headers['cache-control']).to.equal('public, no-cache');
  });

  it('has nothing but its files', async () => {
    for (const path of [
      '/assets',
      '/assets/',
      '/assets/none.css',
      '/assets/..%2fhome.ejs',
      '/assets/..%2f..%2fpackage.json',
      '/assets/__proto__',
      '/assets/constructor',
      '/views/home.ejs',
    ]) {
      const response = await get(path);
      expect(response.status, path).to.equal(404);
      expect(response.body.error.code, path).to.equal('unknown_url');
    }
  });
});
