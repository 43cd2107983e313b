import { expect } from 'chai';
import { RawClient, useGateway } from '../support/gateway.js';

const ASK = ['GET /healthz HTTP/1.1', 'Host: gateway', '', ''];

describe('An idle connection', () => {
  describe('by default', () => {
    const rig = useGateway({});

    it('is kept longer than usual proxies keep theirs, which a header tells', async () => {
      const client = await RawClient.connect(rig.port);
      client.write(...ASK);
      expect(await client.until(/"ok"}/)).to.match(/^keep-alive: timeout=75\r$/im);
      client.leave();
    });
  });

  describe('with KEEP_ALIVE_TIMEOUT', () => {
    const rig = useGateway({ env: { KEEP_ALIVE_TIMEOUT: '1500' } });

    it('serves the next request, and closes after that time', async () => {
      const client = await RawClient.connect(rig.port);
      client.write(...ASK);
      expect(await client.until(/"ok"}/)).to.match(/^keep-alive: timeout=1\r$/im);
      client.write(...ASK);
      await client.until(/"ok"}.*"ok"}/s);
      const idleSince = performance.now();
      await client.closed();
      expect(performance.now() - idleSince).to.be.at.least(1_400);
    });
  });
});
