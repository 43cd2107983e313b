import { expect } from 'chai';
import { errorOf, useGateway } from '../support/gateway.js';

describe('An answer of more than 64 MiB', () => {
  const rig = useGateway({ form: 'self-hosted' });
  const HUGE = 'sim:document=68000000';

  it('is an error for a non-streaming request', async () => {
    const response = await rig.ask(HUGE, { stream: false });
    expect(response.status).to.equal(502);
    expect(response.headers.get('x-should-retry')).to.equal('false');
    const { code, message } = await errorOf(response);
    expect(code).to.equal('upstream_answer_too_large');
    expect(message).to.contain('64 MiB').and.contain('stream');
  });

  it('is passed on as a stream', async () => {
    const response = await rig.ask(HUGE, { stream: true });
    let bytes = 0;
    let tail = '';
    for await (const piece of response.body ?? []) {
      bytes += piece.length;
      tail = Buffer.from(piece).subarray(-100).toString();
    }
    expect(bytes).to.be.greaterThan(68_000_000);
    expect(tail).to.contain('data: [DONE]');
  });
});
