import { expect } from 'chai';
import { chatBody, errorOf, KEY, RawClient, useGateway } from '../support/gateway.js';

const ASKED = { model: 'GLM-4.5', messages: [{ role: 'user', content: 'sim:say(ok)' }], stream: false };

describe('Keys', () => {
  const rig = useGateway({ form: 'zai', env: { API_KEYS: 'ann:key-of-ann,bob:key-of-bob' } });

  const send = (headers: Record<string, string>) =>
    fetch(`${rig.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(ASKED),
    });

  const accepted: [string, Record<string, string>, string][] = [
    ['Authorization: Bearer', { authorization: 'Bearer key-of-ann' }, 'ann'],
    ['a scheme in small letters', { authorization: 'bearer   key-of-bob ' }, 'bob'],
    ['x-api-key', { 'x-api-key': 'key-of-bob' }, 'bob'],
    ['both, of which one is right', { authorization: 'Bearer nonsense', 'x-api-key': 'key-of-ann' }, 'ann'],
    ['the public key', { authorization: `Bearer ${KEY}` }, 'public'],
  ];
  for (const [name, headers, keyName] of accepted) {
    it(`are taken from ${name}, and the record has the key's name`, async () => {
      const response = await send(headers);
      expect(response.status).to.equal(200);
      const keyId = keyName === 'public' ? 'public' : `env:${keyName}`;
      expect(await rig.recordOf(response)).to.include({ keyName, keyId, outcome: 'ok', status: 200 });
    });
  }

  const refused: [string, Record<string, string>][] = [
    ['missing', {}],
    ['wrong', { authorization: 'Bearer wrong' }],
    ['the beginning of a right one', { authorization: 'Bearer key-of-an' }],
    ['a right one with more behind it', { 'x-api-key': 'key-of-ann2' }],
    ['a right one in other case', { 'x-api-key': 'KEY-OF-ANN' }],
    ["a key's name", { 'x-api-key': 'ann' }],
    ['the whole list', { 'x-api-key': 'ann:key-of-ann,bob:key-of-bob' }],
    ['without a scheme', { authorization: 'key-of-ann' }],
    ['of another scheme', { authorization: 'Basic key-of-ann' }],
    ['two in one header', { authorization: 'Bearer key-of-ann key-of-bob' }],
    ['empty', { authorization: 'Bearer ', 'x-api-key': '' }],
    ['oversized', { 'x-api-key': 'x'.repeat(8000) }],
    ['of weird characters', { 'x-api-key': '\u00ff\u00fe\u00a0\u0080' }],
    ['a name of Object.prototype', { 'x-api-key': '__proto__' }],
  ];
  it('that are missing or wrong get identical 401s', async () => {
    const bodies = new Set<string>();
    for (const [name, headers] of refused) {
      const response = await send(headers);
      expect(response.status, name).to.equal(401);
      expect(response.headers.get('x-should-retry'), name).to.equal('false');
      bodies.add(await response.text());
      expect(await rig.recordOf(response), name).to.include({
        keyName: undefined,
        keyId: undefined,
        status: 401,
        outcome: 'caller_error',
        code: 'invalid_api_key',
      });
    }
    expect(bodies.size).to.equal(1);
    const { error } = JSON.parse([...bodies][0] ?? '');
    expect(error).to.include({ type: 'invalid_request_error', param: null, code: 'invalid_api_key' });
  });

  it('are checked before the body arrives', async () => {
    const client = await RawClient.connect(rig.port);
    client.post('', ['x-api-key: wrong'], 5_000_000_000);
    expect(await client.until(/\r\n\r\n.*}$/s)).to.match(/^HTTP\/1\.1 401 /);
    client.leave();
  });

  it('are checked before `100 Continue`', async () => {
    for (const [key, answer] of [
      ['wrong', /^HTTP\/1\.1 401 /],
      ['key-of-ann', /^HTTP\/1\.1 100 /],
    ] as const) {
      const client = await RawClient.connect(rig.port);
      client.post('', [`x-api-key: ${key}`, 'Expect: 100-continue'], 2_000_000);
      expect(await client.until(/\r\n\r\n/)).to.match(answer);
      client.leave();
    }
  });

  it('are checked before the content type of the body', async () => {
    const headers = { authorization: 'Bearer wrong', 'content-type': 'text/plain' };
    expect((await rig.post('{', { headers })).status).to.equal(401);
    expect((await rig.post('{', { headers: { 'content-type': 'text/plain' } })).status).to.equal(415);
  });

  it('are checked by the gateway alone: no rejected request reaches the upstream', () => {
    expect(rig.upstreamChats).to.have.length(accepted.length);
  });
});

describe('API_KEYS without DEFAULT_KEY', () => {
  const rig = useGateway({ form: 'zai', env: { API_KEYS: 'ann:key-of-ann', DEFAULT_KEY: '' } });

  it('disables the public key', async () => {
    const headers = { authorization: 'Bearer sk-your-key' };
    expect((await rig.post(chatBody('hi'), { headers })).status).to.equal(401);
    expect(
      (await rig.post(chatBody('hi'), { headers: { authorization: '', 'x-api-key': 'public' } })).status,
    ).to.equal(401);
    expect(await rig.say('sim:say(hi)', { headers: { authorization: 'Bearer key-of-ann' } })).to.equal('hi');
  });

  it('shows its models without a key', async () => {
    expect((await fetch(`${rig.url}/v1/models`)).status).to.equal(200);
    expect(await errorOf(await fetch(`${rig.url}/v1/models/nope`))).to.have.property(
      'code',
      'model_not_found',
    );
  });
});
