/** Which language a visitor gets, and for how long. */
import { expect } from 'chai';
import supertest from 'supertest';
import { composedApp } from '../support/app.js';

describe('The language of a page', () => {
  const app = composedApp();
  const visit = (path: string, headers: Record<string, string> = {}) =>
    supertest(app)
      .get(path)
      .set({ accept: 'text/html', ...headers });

  for (const [header, language] of [
    ['', 'en'],
    ['de,fr;q=0.8', 'en'],
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
    ['zh-Hant-TW', 'zh'],
    ['en-US,en;q=0.9,zh-CN;q=0.8', 'en'],
    ['en;q=0.5,zh;q=0.9', 'zh'],
    ['zh;q=0,en;q=0.1', 'en'],
    ['*', 'en'],
  ] as const) {
    it(`is ${language} for Accept-Language: ${header || '(none)'}`, async () => {
      const response = await visit('/', { 'accept-language': header });
      expect(response.headers['content-language']).to.equal(language);
      expect(response.text).to.contain(language === 'zh' ? '<html lang="zh-CN">' : '<html lang="en">');
      expect(response.headers.vary).to.contain('Accept-Language').and.to.contain('Cookie');
      expect(response.headers['set-cookie']).to.equal(undefined);
    });
  }

  it('is the chosen one, which a cookie remembers for a year', async () => {
    const chosen = await visit('/docs?lang=zh', { cookie: 'lang=en' });
    expect(chosen.headers['content-language']).to.equal('zh');
    const [cookie = ''] = chosen.headers['set-cookie'] as unknown as string[];
    expect(cookie).to.match(/^lang=zh; Max-Age=31536000; Path=\/; .*HttpOnly; SameSite=Lax$/);
    const later = await visit('/', { cookie: 'other=1; lang=zh', 'accept-language': 'en' });
    expect(later.headers['content-language']).to.equal('zh');
  });

  it('ignores a hostile query or cookie', async () => {
    const response = await visit('/?lang=%3Cscript%3E&a="><script>', { cookie: 'lang=<script>' });
    expect(response.headers['content-language']).to.equal('en');
    expect(response.headers['set-cookie']).to.equal(undefined);
    expect(response.text).not.to.match(/<script>|"><script/);
  });

  it('is chosen with links that keep the rest of the address', async () => {
    const { text } = await visit('/?range=24h&lang=en');
    expect(text).to.contain('href="?range=24h&amp;lang=zh"');
  });
});
