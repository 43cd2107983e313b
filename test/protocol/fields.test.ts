import { expect } from 'chai';
import { z } from 'zod';
import {
  bodyFields,
  checkFields,
  firstText,
  isFields,
  missing,
  stringOr,
  unsupported,
  wrong,
} from '../../src/protocol/fields.js';
import { BadRequestError } from '../../src/vocabulary/errors.js';

const Body = z.object({
  model: z.string(),
  inner: z.object({ count: z.number().max(3) }).optional(),
});

function refusal(check: () => unknown): BadRequestError {
  try {
    check();
  } catch (error) {
    if (error instanceof BadRequestError) return error;
    throw error;
  }
  throw new Error('not refused');
}

describe('The fields of a body', () => {
  it('are read from objects only', () => {
    expect(bodyFields({ a: 1 })).to.deep.equal({ a: 1 });
    for (const body of [null, undefined, [], 'x', 5, true]) {
      expect(isFields(body)).to.equal(false);
      expect(refusal(() => bodyFields(body))).to.include({ status: 400, code: 'invalid_json' });
    }
  });

  it('pass if they fit the schema, without unknown fields', () => {
    expect(checkFields(Body, { model: 'm', other: 1 })).to.deep.equal({ model: 'm' });
  });

  it('are named with a cure if they are missing or wrong, at any depth', () => {
    expect(refusal(() => checkFields(Body, {}))).to.include({
      code: 'missing_required_parameter',
      param: 'model',
      message: 'model is missing; GET /v1/models lists the models.',
    });
    expect(refusal(() => checkFields(Body, { model: 5 }))).to.include({
      code: 'invalid_value',
      param: 'model',
      message: 'model: expected string, received number.',
    });
    expect(refusal(() => checkFields(Body, { model: 'm', inner: { count: 4 } }))).to.include({
      param: 'inner.count',
      message: 'inner.count: too big, expected number to be <=3.',
    });
    expect(refusal(() => checkFields(Body, { model: 'm', inner: {} })).param).to.equal('inner.count');
  });

  it('are refused with the same wording everywhere', () => {
    expect(wrong('a[0].b', 'must be c')).to.include({
      status: 400,
      code: 'invalid_value',
      param: 'a[0].b',
      message: 'a[0].b must be c.',
    });
    expect(missing('messages').message).to.equal('messages is missing.');
    expect(unsupported('a', 'is not done.')).to.include({ code: 'unsupported_parameter', param: 'a' });
  });

  it('yield the first text that is not empty', () => {
    expect(firstText(undefined, 5, '', 'a', 'b')).to.equal('a');
    expect(firstText(null, {}, [])).to.equal(undefined);
    expect(stringOr(5, 'x')).to.equal('x');
    expect(stringOr('', 'x')).to.equal('');
  });
});
