import { expect } from 'chai';
import fc from 'fast-check';
import { formatTraceparent, parseTraceparent } from '../../src/tracing/traceparent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('The traceparent header', () => {
  it('names the trace, the span that sent it, and whether it is sampled', () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).to.deep.equal({
      traceId: TRACE,
      spanId: SPAN,
      isSampled: true,
    });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-00`)).to.include({ isSampled: false });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-fe`)).to.include({ isSampled: false });
  });

  it('may have more fields in a later version', () => {
    expect(parseTraceparent(`01-${TRACE}-${SPAN}-01-later`)).to.include({ traceId: TRACE });
    expect(parseTraceparent(`01-${TRACE}-${SPAN}-01later`)).to.equal(undefined);
  });

  it('is ignored when it is malformed', () => {
    for (const header of [
      undefined,
      '',
      `00-${TRACE}-${SPAN}-01-more`,
      `ff-${TRACE}-${SPAN}-01`,
      `00-${'0'.repeat(32)}-${SPAN}-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`,
      `00-${TRACE.toUpperCase()}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}`,
      ` 00-${TRACE}-${SPAN}-01`,
    ]) {
      expect(parseTraceparent(header), header).to.equal(undefined);
    }
  });

  it('of any text is read without an error, and what is written is read again', () => {
    const hex = (length: number) =>
      fc
        .array(fc.integer({ min: 1, max: 15 }), { minLength: length, maxLength: length })
        .map((digits) => digits.map((digit) => digit.toString(16)).join(''));
    fc.assert(
      fc.property(fc.string(), hex(32), hex(16), fc.boolean(), (text, traceId, spanId, isSampled) => {
        parseTraceparent(text);
        const parent = { traceId, spanId, isSampled };
        expect(parseTraceparent(formatTraceparent(parent))).to.deep.equal(parent);
      }),
    );
  });
});
