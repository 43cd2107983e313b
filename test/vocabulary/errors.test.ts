import { expect } from 'chai';
import { ERROR_CODES, type ErrorCode } from '../../src/vocabulary/error-codes.js';
import * as errors from '../../src/vocabulary/errors.js';

describe('ApiError', () => {
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    const { status, type, outcome } = ERROR_CODES[code];
    it(`answers ${status} ${type} for ${code} and counts it as ${outcome}`, () => {
      const error = new errors.ApiError(code, 'What happened.');
      expect(error).to.include({ status, outcome, retriable: false });
      const message = outcome === 'caller_error' ? error.message : `${error.message} (request id r-1)`;
      expect(error.toBody('r-1')).to.deep.equal({ error: { message, type, param: null, code } });
    });
  }

  it('is explained without variables of the gateway, which only its operator can set', () => {
    for (const [code, { en, zh }] of Object.entries(ERROR_CODES))
      expect(en + zh, code).not.to.match(/\b[A-Z]+_[A-Z]|npm run/);
  });

  it('passes the upstream’s own status on where one is given', () => {
    expect(new errors.UpstreamError('x', { status: 503 })).to.include({
      status: 503,
      code: 'upstream_error',
    });
  });

  it('has no code for what nobody foresaw: a 500 of the gateway', () => {
    const error = new errors.InternalServerError();
    expect(error).to.include({ status: 500, outcome: 'gateway_error' });
    expect(error.toBody('r-1').error).to.include({ type: 'server_error', code: null });
  });

  const named = [
    [new errors.BadRequestError('x', { code: 'invalid_json' }), 400, 'invalid_json'],
    [new errors.AuthenticationError('x'), 401, 'invalid_api_key'],
    [new errors.PermissionDeniedError('x', { code: 'host_not_allowed' }), 403, 'host_not_allowed'],
    [new errors.NotFoundError('x', { code: 'unknown_url' }), 404, 'unknown_url'],
    [new errors.RateLimitError('x'), 429, 'rate_limit_exceeded'],
    [new errors.RateLimitError('x', { code: 'upstream_busy' }), 429, 'upstream_busy'],
    [new errors.APIUserAbortError(), 499, 'cancelled'],
    [new errors.UpstreamError('x'), 502, 'upstream_error'],
    [new errors.UpstreamError('x', { code: 'upstream_timeout' }), 504, 'upstream_timeout'],
  ] as const;
  for (const [error, status, code] of named) {
    it(`is a ${error.name} with status ${status} and code ${code}`, () => {
      expect(error).to.be.instanceOf(errors.ApiError).and.include({ status, code });
    });
  }

  it('tells the client its message and the field at fault, but not the cause', () => {
    const cause = new Error('secret');
    const error = new errors.BadRequestError('x', { code: 'invalid_value', param: 'messages[0]', cause });
    expect(error.cause).to.equal(cause);
    expect(JSON.stringify(error.toBody('r-1')))
      .to.contain('"param":"messages[0]"')
      .and.not.to.contain('secret');
  });
});
