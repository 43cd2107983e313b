import { once } from 'node:events';
import { expect } from 'chai';
import { chatBody, RawClient, useGateway } from '../support/gateway.js';

describe('A slow request', () => {
  const rig = useGateway({ form: 'zai', env: { REQUEST_TIMEOUT: '300' } });

  it('ends with a 408 when its headers do not come within the limit', async () => {
    const client = await RawClient.connect(rig.port);
    client.write('POST /v1/chat/completions HTTP/1.1', 'Host: gateway', '');
    expect(await client.closed()).to.match(/^HTTP\/1\.1 408 /);
  });

  it('ends with its connection when its body does not come within the limit', async () => {
    const client = await RawClient.connect(rig.port);
    client.post('{', [], 1_000);
    await client.closed();
    expect(await rig.record(({ outcome }) => outcome === 'cancelled')).to.include({ status: 499 });
  });

  it('may have an answer that takes longer than the limit', async () => {
    expect(await rig.say('sim:say(slow) sim:delay=900')).to.equal('slow');
  });
});

describe('A connection whose key was refused', () => {
  const rig = useGateway({ form: 'zai' });
  const REFUSED = ['Authorization: Bearer wrong'];

  it('closes after its 401, though more of the body is to come', async () => {
    const client = await RawClient.connect(rig.port);
    client.post('{', REFUSED, 1_000_000);
    const [text] = await Promise.all([client.closed(), once(client.socket, 'end')]);
    expect(text)
      .to.match(/^HTTP\/1\.1 401 /)
      .and.match(/connection: close/i);
  });

  it('delivers its 401 to a client that is still sending', async () => {
    const client = await RawClient.connect(rig.port);
    const body = chatBody('x'.repeat(200_000));
    client.post(body, REFUSED);
    expect(await client.closed())
      .to.match(/^HTTP\/1\.1 401 /)
      .and.contain('invalid_api_key');
  });

  it('is read for a moment only, however slowly its body comes', async () => {
    const client = await RawClient.connect(rig.port);
    client.post('{', REFUSED, 1_000_000);
    client.socket.allowHalfOpen = true;
    const dripping = setInterval(() => client.socket.write('x'), 20);
    await new Promise((resolve) => client.socket.once('close', resolve));
    clearInterval(dripping);
    expect(client.text).to.match(/^HTTP\/1\.1 401 /);
  });
});
