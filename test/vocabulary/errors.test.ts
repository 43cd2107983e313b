import { expect } from 'chai';
import * as errors from '../../src/vocabulary/errors.js';

describe('ApiError', () => {
  const cases: [
    error: errors.ApiError,
    status: number,
    type: string,
    code: string | null,
    outcome: string,
  ][] = [
    [new errors.BadRequestError('x'), 400, 'invalid_request_error', null, 'caller_error'],
    [new errors.AuthenticationError('x'), 401, 'invalid_request_error', 'invalid_api_key', 'caller_error'],
    [new errors.PermissionDeniedError('x'), 403, 'invalid_request_error', null, 'caller_error'],
    [new errors.NotFoundError('x'), 404, 'invalid_request_error', null, 'caller_error'],
    [new errors.RateLimitError('x'), 429, 'rate_limit_error', 'rate_limit_exceeded', 'rate_limited'],
    [new errors.APIUserAbortError(), 499, 'invalid_request_error', 'cancelled', 'cancelled'],
    [new errors.InternalServerError(), 500, 'server_error', null, 'gateway_error'],
    [new errors.UpstreamError('x'), 502, 'upstream_error', 'upstream_error', 'upstream_error'],
    [
      new errors.UpstreamError('x', { outcome: 'upstream_refused' }),
      502,
      'upstream_error',
      'upstream_refused',
      'upstream_refused',
    ],
    [
      new errors.UpstreamError('x', { status: 429, code: 'upstream_busy', type: 'rate_limit_error' }),
      429,
      'rate_limit_error',
      'upstream_busy',
      'upstream_error',
    ],
  ];
  for (const [error, status, type, code, outcome] of cases) {
    it(`has status ${status}, type ${type} and code ${code} as ${error.name}, and counts as ${outcome}`, () => {
      expect(error).to.be.instanceOf(errors.ApiError).and.include({ status, outcome, retriable: false });
      const message = outcome === 'caller_error' ? error.message : `${error.message} (request id r-1)`;
      expect(error.toBody('r-1')).to.deep.equal({ error: { message, type, param: null, code } });
    });
  }

  it('tells the client its message and the field at fault, nothing of the cause', () => {
    const cause = new Error('secret');
    const error = new errors.BadRequestError('x', { param: 'messages[0]', cause });
    expect(error.cause).to.equal(cause);
    expect(JSON.stringify(error.toBody('r-1')))
      .to.contain('"param":"messages[0]"')
      .and.not.to.contain('secret');
  });
});
