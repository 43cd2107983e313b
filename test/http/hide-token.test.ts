import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { hideToken } from '../../src/http/hide-token.js';
import { KEY, Rig } from '../support/gateway.js';

const TOKEN = 'plain-words-as-a-token';

describe('hideToken', () => {
  const cases: [what: string, text: string, token: string | undefined, shown: string][] = [
    ['hides the token wherever it stands', `a ${TOKEN}, b "${TOKEN}"`, TOKEN, 'a [hidden], b "[hidden]"'],
    ['hides what clipping has left of it', `a ${TOKEN.slice(0, 12)}…`, TOKEN, 'a [hidden]…'],
    ['leaves words that only begin like it', `a ${TOKEN.slice(0, 12)} b`, TOKEN, `a ${TOKEN.slice(0, 12)} b`],
    ['leaves a short token, which may be a part of words', 'not a token', 'token', 'not a token'],
    ['leaves the text without a token', 'text', undefined, 'text'],
  ];
  for (const [what, text, token, shown] of cases) {
    it(what, () => expect(hideToken(text, token)).to.equal(shown));
  }
});

describe('A token of no known form that an upstream quotes', () => {
  let upstream: Server;
  let rig: Rig;
  let inBand = false;
  const chunk = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'Half' } }] })}\n\n`;

  before(async () => {
    upstream = createServer((req, res) => {
      const message = `Not allowed: ${req.headers.authorization}`;
      if (!inBand) {
        res
          .writeHead(400, { 'content-type': 'application/json' })
          .end(JSON.stringify({ error: { message } }));
        return;
      }
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.end(`${chunk}data: ${JSON.stringify({ error: { code: 500, message } })}\n\n`);
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const { port } = upstream.address() as AddressInfo;
    const env = { UPSTREAM_URL: `http://127.0.0.1:${port}/v1`, ZAI_TOKEN: TOKEN, UPSTREAM_MODEL: 'any' };
    rig = await new Rig().start({ env });
  });
  after(async () => {
    await rig.stop();
    upstream.closeAllConnections();
    upstream.close();
  });

  const messages = [{ role: 'user', content: 'hi' }];
  const protocols: [path: string, body: object][] = [
    ['/v1/chat/completions', { messages }],
    ['/v1/completions', { prompt: 'hi' }],
    ['/v1/messages', { messages, max_tokens: 9 }],
    ['/v1/responses', { input: 'hi' }],
  ];
  for (const [path, body] of protocols) {
    for (const [how, stream, begun] of [
      ['as a status', false, false],
      ['as a status of a stream', true, false],
      ['in-band', true, true],
    ] as const) {
      it(`is not sent to clients of ${path} ${how}`, async () => {
        inBand = begun;
        const response = await fetch(`${rig.url}${path}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'GLM-4.5', stream, ...body }),
        });
        const text = await response.text();
        expect(text).to.contain('Not allowed').and.contain('[hidden]').and.not.contain(TOKEN);
        expect(response.status).to.equal(begun ? 200 : 400);
      });
    }
  }

  it('is in no log line', () => expect(rig.log).not.to.contain(TOKEN));
});
