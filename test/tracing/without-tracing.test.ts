import { connect } from 'node:net';
import { expect } from 'chai';
import { KEY, Rig } from '../support/gateway.js';
import { NEVER, PARENT, TRACE, TRACEPARENT } from './support.js';

describe('A traceparent without tracing', () => {
  const rig = new Rig();
  before(() => rig.start({ form: 'zai' }));
  after(() => rig.stop());

  const passedOn = async (headers: Record<string, string>) => {
    const response = await rig.ask('Hi', { stream: false, headers });
    expect(response.status).to.equal(200);
    const record = await rig.recordOf(response);
    return { record, headers: rig.upstreamChats.at(-1)?.headers ?? {} };
  };

  it('is passed on as it came, and stands in the record and the log', async () => {
    const { record, headers } = await passedOn({ traceparent: TRACEPARENT, ...NEVER });
    expect(headers.traceparent).to.equal(TRACEPARENT);
    expect(headers).not.to.have.any.keys('tracestate', 'baggage');
    expect(record.traceId).to.equal(TRACE);
    expect(rig.logLines.some(({ traceId }) => traceId === TRACE)).to.equal(true);
  });

  it('is left out if it is malformed, or missing', async () => {
    for (const traceparent of [
      '',
      'x',
      `00-${TRACE}-${PARENT}-01-more`,
      TRACEPARENT.toUpperCase(),
      `${TRACEPARENT}, ${TRACEPARENT}`,
    ]) {
      const { record, headers } = await passedOn(traceparent === '' ? {} : { traceparent });
      expect(headers, traceparent).not.to.have.property('traceparent');
      expect(record.traceId, traceparent).to.equal(undefined);
    }
  });

  it('of any bytes and length harms nothing', async () => {
    for (const value of [
      '\xff\xfe\x80',
      '-'.repeat(15_000),
      `00-${TRACE}-${PARENT}-01\t`,
      `01-${TRACE}-${PARENT}-ff-${'a'.repeat(10_000)}`,
    ]) {
      const socket = connect(rig.port, '127.0.0.1');
      const body = JSON.stringify({ model: 'GLM-4.5', messages: [{ role: 'user', content: 'Hi' }] });
      socket.write(
        Buffer.from(
          `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEY}\r\ncontent-type: application/json\r\n` +
            `content-length: ${body.length}\r\nconnection: close\r\ntraceparent: ${value}\r\n\r\n${body}`,
          'latin1',
        ),
      );
      const parts: Buffer[] = [];
      for await (const part of socket) parts.push(part);
      expect(Buffer.concat(parts).toString()).to.match(/^HTTP\/1\.1 200 /);
      const { headers } = rig.upstreamChats.at(-1) ?? {};
      expect(String(headers?.traceparent ?? '')).to.match(/^(00-[0-9a-f]{32}-[0-9a-f]{16}-0[01])?$/);
    }
  });
});
