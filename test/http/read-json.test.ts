import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { chatBody, errorOf, jsonOf, RawClient, useGateway } from '../support/gateway.js';

const LIMIT = 20_000;

describe('The body of a request', () => {
  const rig = useGateway({ form: 'zai', env: { BODY_LIMIT: `${LIMIT}` } });

  const failure = async (response: Response) => {
    const { outcome, status } = await rig.recordOf(response);
    expect({ outcome, status }).to.deep.equal({ outcome: 'caller_error', status: response.status });
    return [response.status, (await errorOf(response)).code];
  };
  const textOfSize = (bytes: number) =>
    chatBody(`sim:say(ok)${'x'.repeat(bytes - chatBody('sim:say(ok)').length)}`);

  it('may be as large as BODY_LIMIT and not a byte larger', async () => {
    expect((await rig.post(textOfSize(LIMIT))).status).to.equal(200);
    expect(await failure(await rig.post(textOfSize(LIMIT + 1)))).to.deep.equal([413, 'request_too_large']);
  });

  it('is rejected before it arrives if its length is too large', async () => {
    const client = await RawClient.connect(rig.port);
    client.post('{', [], LIMIT + 1);
    expect(await client.until(/request_too_large/)).to.match(/^HTTP\/1\.1 413 /);
    client.leave();
  });

  it('without a length is cut off at the limit', async () => {
    const text = textOfSize(3 * LIMIT);
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(text));
        controller.close();
      },
    });
    const response = await rig.post('', { body, duplex: 'half' } as object);
    expect(await failure(response)).to.deep.equal([413, 'request_too_large']);
  });

  it('may be compressed, and counts decompressed', async () => {
    const headers = { 'content-encoding': 'gzip' };
    expect((await rig.post(gzipSync(chatBody('sim:say(ok)')), { headers })).status).to.equal(200);
    const bomb = gzipSync(textOfSize(100 * LIMIT));
    expect(bomb.length).to.be.lessThan(LIMIT);
    expect(await failure(await rig.post(bomb, { headers }))).to.deep.equal([413, 'request_too_large']);
    expect(await failure(await rig.post('no gzip', { headers }))).to.deep.equal([400, 'invalid_body']);
    const unknown = await rig.post(chatBody('hi'), { headers: { 'content-encoding': 'compress' } });
    expect(await failure(unknown)).to.deep.equal([415, 'unsupported_media_type']);
  });

  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/json',
    'application/json; charset=iso-8859-1',
    'json',
    '',
  ]) {
    it(`is refused with 415 when its type is ${JSON.stringify(type)}`, async () => {
      const response = await rig.post(Buffer.from(chatBody('hi')), { headers: { 'content-type': type } });
      expect(await failure(response)).to.deep.equal([415, 'unsupported_media_type']);
    });
  }

  for (const type of [
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset=UTF-8',
    'application/vnd.x+json',
    'application/json; charset=utf8',
    'application/json; charset="UTF-8"; odata=verbose',
    'application/json;',
    'application/json, application/json',
    'application/json; charset=us-ascii',
    'text/json',
  ]) {
    it(`is accepted as ${type}`, async () => {
      expect(
        (await rig.post(chatBody('sim:say(ok)'), { headers: { 'content-type': type } })).status,
      ).to.equal(200);
    });
  }

  const malformed: [string, string][] = [
    ['{', 'invalid_json'],
    ['{"model": "GLM-4.5",}', 'invalid_json'],
    ['not json', 'invalid_json'],
    ['[]', 'invalid_json'],
    ['"text"', 'invalid_json'],
    ['null', 'invalid_json'],
    ['{}', 'missing_required_parameter'],
    ['{"model":"GLM-4.5","messages":[]}', 'invalid_value'],
  ];
  for (const [levels, expected] of [
    [150, 200],
    [201, 400],
    [3_000, 400],
  ] as const) {
    it(`may be nested to a limit: ${levels} levels are a ${expected}`, async () => {
      const metadata = `${'{"a":'.repeat(levels - 1)}1${'}'.repeat(levels - 1)}`;
      const response = await rig.post(chatBody('sim:say(ok)').replace(/\}$/, `,"metadata":${metadata}}`));
      expect(response.status).to.equal(expected);
      if (expected === 400) expect(await failure(response)).to.deep.equal([400, 'invalid_body']);
    });
  }

  it('may hold any number of brackets in its texts', async () => {
    const said = '"'.concat('[{\\"'.repeat(500));
    const response = await rig.ask('sim:say(ok)', { metadata: { said } });
    expect(response.status).to.equal(200);
  });

  for (const [body, code] of malformed) {
    it(`is a 400 ${code} when it is ${body}`, async () => {
      expect(await failure(await rig.post(body))).to.deep.equal([400, code]);
    });
  }

  it('is required', async () => {
    expect(await failure(await rig.post(''))).to.deep.equal([400, 'missing_required_parameter']);
    const client = await RawClient.connect(rig.port);
    client.post('', ['Authorization: Bearer test-key-of-the-public', 'Connection: close'], 0);
    expect(await client.closed()).to.match(/^HTTP\/1\.1 400 /);
  });

  it('may hold the word "stream" in its text without asking for a stream', async () => {
    const said = '"stream":true, {"stream": true}';
    const response = await rig.ask(`sim:say(${said})`);
    expect(response.headers.get('content-type')).to.match(/^application\/json/);
    expect((await jsonOf(response)).choices[0].message.content).to.equal(said);
    const other = await rig.post(
      chatBody('sim:say(x)', { metadata: { stream: true }, user: '"stream":true' }),
    );
    expect(other.headers.get('content-type')).to.match(/^application\/json/);
  });
});
