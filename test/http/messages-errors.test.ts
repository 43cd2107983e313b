import { expect } from 'chai';
import { jsonOf, useGateway } from '../support/gateway.js';
import { question, send } from './messages-requests.js';

describe('The errors of Anthropic’s paths', () => {
  const rig = useGateway({ form: 'zai', env: { BODY_LIMIT: '2000' } });
  const at = '/v1/messages';
  const ask = question('sim:say(x)');

  const cases: [what: string, ask: () => Promise<Response>, status: number, type: string, code: string][] = [
    [
      'a wrong key',
      () => send(rig, at, ask, { headers: { 'x-api-key': 'wrong' } }),
      401,
      'authentication_error',
      'invalid_api_key',
    ],
    ['no JSON', () => send(rig, at, '{'), 400, 'invalid_request_error', 'invalid_json'],
    [
      'a wrong field',
      () => send(rig, at, { ...ask, top_p: 5 }),
      400,
      'invalid_request_error',
      'invalid_value',
    ],
    [
      'another type of body',
      () => send(rig, at, ask, { headers: { 'content-type': 'text/plain' } }),
      415,
      'invalid_request_error',
      'unsupported_media_type',
    ],
    [
      'too much',
      () => send(rig, at, question('x'.repeat(3_000))),
      413,
      'request_too_large',
      'request_too_large',
    ],
    [
      'an unknown model',
      () => send(rig, at, { ...ask, model: 'x' }),
      404,
      'not_found_error',
      'model_not_found',
    ],
    ['another method', () => send(rig, at), 405, 'invalid_request_error', 'method_not_allowed'],
    ['a path below', () => send(rig, `${at}/batches`, ask), 404, 'not_found_error', 'unknown_url'],
    [
      'an upstream whose quota is used up',
      () => send(rig, at, question('sim:code=1308')),
      429,
      'rate_limit_error',
      'insufficient_quota',
    ],
    [
      'an overloaded upstream',
      () => send(rig, at, question('sim:status=529')),
      529,
      'overloaded_error',
      'overloaded',
    ],
    [
      'a model that the upstream account may not use',
      () => send(rig, at, question('sim:code=1220')),
      403,
      'permission_error',
      'model_not_available',
    ],
    [
      'a failing upstream',
      () => send(rig, at, question('sim:status=401')),
      502,
      'api_error',
      'upstream_unauthorized',
    ],
    [
      'an answer without its end',
      () => send(rig, at, question('sim:truncate')),
      502,
      'api_error',
      'upstream_truncated',
    ],
    [
      'a thread',
      () => send(rig, at, { ...ask, thread: { type: 'create' } }),
      400,
      'invalid_request_error',
      'thread_unsupported_request',
    ],
    [
      'no messages to count',
      () => send(rig, `${at}/count_tokens`, {}),
      400,
      'invalid_request_error',
      'missing_required_parameter',
    ],
    [
      'a wrong key to count',
      () => send(rig, `${at}/count_tokens`, ask, { headers: { 'x-api-key': 'wrong' } }),
      401,
      'authentication_error',
      'invalid_api_key',
    ],
    [
      'a model unknown where tokens are counted',
      () => send(rig, `${at}/count_tokens`, { ...ask, model: 'x' }),
      404,
      'not_found_error',
      'model_not_found',
    ],
    [
      'counting by GET',
      () => send(rig, `${at}/count_tokens`),
      405,
      'invalid_request_error',
      'method_not_allowed',
    ],
    [
      'a model that is not listed',
      () => send(rig, '/v1/models/x'),
      404,
      'not_found_error',
      'model_not_found',
    ],
    [
      'a path that cannot be read',
      () => send(rig, '/v1/models/%ff'),
      400,
      'invalid_request_error',
      'invalid_url',
    ],
  ];
  for (const [what, ask, status, type, code] of cases) {
    it(`tell ${what} as ${status} ${type}`, async () => {
      const response = await ask();
      expect(response.status).to.equal(status);
      const body = await jsonOf(response);
      expect(body).to.have.all.keys('type', 'error', 'request_id');
      expect(body.type).to.equal('error');
      expect(body.error).to.deep.include({ type, code, details: { error_code: code } });
      expect(body.error.message).to.be.a('string').and.not.to.equal('');
      expect(body.request_id).to.equal(response.headers.get('request-id'));
      expect(body.request_id).to.equal(response.headers.get('x-request-id'));
    });
  }

  it('report a conversation that is too long in the words that agents look for', async () => {
    const { error } = await jsonOf(await send(rig, at, question('sim:code=1261')));
    expect(error.message).to.match(/^prompt is too long/);
    expect(error.code).to.equal('context_length_exceeded');
  });

  it('are OpenAI’s elsewhere', async () => {
    for (const path of ['/v1/models/x', '/v1/messagesx']) {
      const response = await fetch(`${rig.url}${path}`);
      expect(response.status).to.equal(404);
      expect(await jsonOf(response)).to.have.all.keys('error');
    }
  });
});
