import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { WELL_KNOWN_KEY } from '../../src/config/config.js';
import { useGateway } from '../support/gateway.js';
import { useBrowser } from './support.js';

/** What a page's script gets for a chat completion: the status, or `blocked`. */
const ASK = (url: string) => `
  fetch(${JSON.stringify(`${url}/v1/chat/completions`)}, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer ${WELL_KNOWN_KEY}' },
    body: JSON.stringify({ model: 'GLM-4.5', messages: [{ role: 'user', content: 'sim:say(ok)' }] }),
  }).then((response) => String(response.status), () => 'blocked')`;

describe('A page of another site and the well-known key', () => {
  const rig = useGateway({ form: 'zai', env: { DEFAULT_KEY: WELL_KNOWN_KEY } });
  const browser = useBrowser({ hostResolver: 'MAP *.test 127.0.0.1' });
  let site: Server;
  const sitePort = () => (site.address() as AddressInfo).port;
  const asked = () => rig.upstreamChats.length;
  const expected = [/CORS policy/, /Failed to load resource/, /favicon/];

  before((done) => {
    site = createServer((_req, res) => {
      res.setHeader('content-type', 'text/html');
      res.end('<!doctype html><title>A page</title>');
    }).listen(0, '127.0.0.1', done);
  });
  after((done) => {
    site.close(done);
    site.closeAllConnections();
  });

  it('cannot use the gateway on localhost', async () => {
    const before = asked();
    await browser.visit(`http://evil.test:${sitePort()}/`, { expected }, async (page) => {
      expect(await page.evaluate(ASK(rig.url))).to.equal('blocked');
    });
    expect(asked()).to.equal(before);
  });

  it('cannot use it under a name of its own that points here', async () => {
    const before = asked();
    const rebound = `http://evil.test:${rig.port}`;
    await browser.visit(`${rebound}/`, { expected }, async (page) => {
      expect(await page.evaluate(ASK(rebound))).to.equal('403');
    });
    expect(asked()).to.equal(before);
  });

  it('can use it where it is a page of this machine', async () => {
    await browser.visit(`http://localhost:${sitePort()}/`, { expected }, async (page) => {
      expect(await page.evaluate(ASK(rig.url))).to.equal('200');
    });
  });
});
