/** Which headers of a client HAProxy passes on with the project's configuration. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort, haproxy, type Part } from '../../scripts/cluster.mjs';
import { Rig } from '../support/gateway.js';
import { needs } from '../support/redis.js';
import { send } from './support.js';

const LIES = {
  forwarded: 'for=192.0.2.1;host=evil.example;proto=https',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-prefix': '/evil',
  'x-forwarded-port': '6666',
  'x-forwarded-server': 'evil.example',
  'x-forwarded-ssl': 'on',
  'x-forwarded-proto': 'https',
  'x-real-ip': '192.0.2.1',
};

describe('The balancer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ztoapi-haproxy-'));
  let echo: Server;
  let seen: IncomingHttpHeaders;
  let rig: Rig;
  let inFrontOfEcho: Part;
  let inFrontOfGateway: Part;

  before(async function () {
    this.timeout(60_000);
    needs(this, 'haproxy');
    echo = createServer((req, res) => {
      if (req.url !== '/readyz') seen = req.headers;
      res.end('{}');
    }).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    rig = await new Rig().start({ env: { TRUST_PROXY: '1' } });
    const echoUrl = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
    inFrontOfEcho = await haproxy(await freePort(), [{ name: 'echo', url: echoUrl }], folder);
    await inFrontOfEcho.start();
    const gateway = { name: 'gateway', url: rig.url.replace('localhost', '127.0.0.1') };
    inFrontOfGateway = await haproxy(await freePort(), [gateway], folder);
    await inFrontOfGateway.start();
  });
  after(async () => {
    await inFrontOfEcho?.stop('SIGKILL');
    await inFrontOfGateway?.stop('SIGKILL');
    echo?.closeAllConnections();
    echo?.close();
    await rig?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('removes headers that only a proxy may set, in any case and number', async () => {
    await send(`${inFrontOfEcho.url}/`, { headers: { ...LIES, 'X-FORWARDED-HOST': 'evil.example' } });
    const passed = Object.keys(seen).filter((name) => /^(?:x-forwarded-|forwarded$|x-real-)/.test(name));
    expect(passed).to.have.members(['x-forwarded-proto', 'x-forwarded-for']);
    expect(seen['x-forwarded-proto']).to.equal('http');
    expect(JSON.stringify(seen)).not.to.contain('evil');
  });

  it('appends the client’s address to what the client wrote there', async () => {
    await send(`${inFrontOfEcho.url}/`, { headers: { 'x-forwarded-for': '192.0.2.1:80' } });
    expect(seen['x-forwarded-for']).to.match(/^192\.0\.2\.1:80, ?127\.0\.0\.1$/);
  });

  it('keeps the public address in the pages of a gateway that trusts it', async () => {
    const believed = await send(`${rig.url}/`, { headers: { ...LIES, 'x-forwarded-for': '192.0.2.1' } });
    expect(believed.text).to.contain('https://evil.example/v1');
    const page = await send(`${inFrontOfGateway.url}/`, { headers: LIES });
    expect(page.status).to.equal(200);
    expect(page.text).to.contain(`${inFrontOfGateway.url}/v1`).and.not.contain('evil');
  });
});
