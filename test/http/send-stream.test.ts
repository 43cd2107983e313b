import { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { STREAM_TIMING } from '../../src/http/send-stream.js';
import { chatBody, dataOf, errorOf, RawClient, useGateway } from '../support/gateway.js';

const QUICK = { ...STREAM_TIMING, beginAfterMs: 60, keepAliveMs: 40 };
const KEEP_ALIVE = ': keep-alive\n\n';

describe('A stream', () => {
  const rig = useGateway({ form: 'zai' });

  it('has headers that keep proxies from buffering it', async () => {
    const response = await rig.ask('sim:say(x)', { stream: true });
    expect(response.headers.get('content-type')).to.equal('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).to.equal('no-cache, no-transform');
    expect(response.headers.get('x-accel-buffering')).to.equal('no');
    expect(response.headers.get('x-request-id')).to.match(/./);
    expect(response.headers.get('content-encoding')).to.equal(null);
    await response.text();
  });

  it('is not compressed, whatever the client accepts', async () => {
    const headers = { 'accept-encoding': 'gzip, br, zstd' };
    const response = await rig.ask('sim:say(x)', { stream: true, headers });
    expect(response.headers.get('content-encoding')).to.equal(null);
    expect(dataOf(await response.text()).at(-1)).to.equal('[DONE]');
  });

  it('is written once for each read', async () => {
    const joined = await writesDuring(() => rig.ask('sim:events=300', { stream: true }));
    expect(joined.chunks).to.be.greaterThan(300);
    expect(joined.writes).to.be.within(1, 12);
    const paced = await writesDuring(() => rig.ask('sim:events=6 sim:pace=15', { stream: true }));
    // Six deltas and the end, each read on its own: nothing waits for the next.
    expect(paced.writes).to.be.within(5, 8);
  });

  it('has no comments while the upstream sends', async () => {
    expect(await (await rig.ask('sim:events=20 sim:pace=5', { stream: true })).text()).not.to.contain(
      KEEP_ALIVE,
    );
  });
});

describe('A silent upstream', () => {
  const rig = useGateway({ form: 'zai', gateway: { streamTiming: QUICK } });

  it('does not delay the start of the response, which begins with a comment', async () => {
    const response = await rig.ask('sim:headers-then-delay=800 sim:say(late)', { stream: true });
    const text = await response.text();
    expect(text.startsWith(KEEP_ALIVE)).to.equal(true);
    // As often as the machine lets it, but not more often than its timing says.
    expect(text.split(KEEP_ALIVE).length - 1).to.be.within(2, 1 + 800 / QUICK.keepAliveMs);
    expect(dataOf(text).at(-1)).to.equal('[DONE]');
    expect(await rig.recordOf(response)).to.include({ outcome: 'ok', status: 200 });
  });

  it('is filled with comments in the middle of an answer', async () => {
    const text = await (await rig.ask('sim:silence=400 sim:after=1', { stream: true })).text();
    const middle = text.slice(text.indexOf('"content":"'), text.lastIndexOf('"content":"'));
    expect(middle.split(KEEP_ALIVE).length - 1).to.be.within(1, 1 + 400 / QUICK.keepAliveMs);
    expect(text).to.contain('[DONE]');
  });

  it('that fails before the response has begun ends with an HTTP status', async () => {
    const response = await rig.ask('sim:status=429 sim:retry-after=60', { stream: true });
    expect(response.status).to.equal(429);
    expect(response.headers.get('retry-after')).to.equal('60');
  });

  it('that fails after it has begun ends with an error event before [DONE], without a finish reason', async () => {
    const response = await rig.ask('sim:delay=150 sim:status=401', { stream: true });
    expect(response.status).to.equal(200);
    const data = dataOf(await response.text());
    expect(data).to.have.length(2);
    expect(data[0].error).to.include({ type: 'upstream_error', code: 'upstream_unauthorized' });
    expect(data[1]).to.equal('[DONE]');
    expect(await rig.recordOf(response)).to.include({ outcome: 'upstream_error', status: 502 });
  });

  it('keeps its own status for a non-streaming request', async () => {
    const response = await rig.ask('sim:delay=150 sim:status=401', { stream: false });
    expect(response.status).to.equal(502);
  });
});

describe('An answer that is longer than every timeout', () => {
  const env = { FIRST_BYTE_TIMEOUT: '1000', IDLE_TIMEOUT: '1000', CONNECT_TIMEOUT: '1000' };
  const rig = useGateway({ form: 'zai', env });

  it('is not cut: there is no total limit', async () => {
    const started = performance.now();
    const response = await rig.ask('sim:events=12 sim:pace=100', { stream: true });
    expect(dataOf(await response.text()).at(-2).choices[0].finish_reason).to.equal('stop');
    expect(performance.now() - started).to.be.greaterThan(1_000);
  });

  it('is ended with an error once the upstream falls silent', async () => {
    const response = await rig.ask('sim:stall', { stream: true });
    const data = dataOf(await response.text());
    expect(data.at(-2).error.code).to.equal('upstream_timeout');
    const first = await rig.ask('sim:headers-then-delay=60000', { stream: true });
    expect([first.status, (await errorOf(first)).code]).to.deep.equal([504, 'upstream_timeout']);
  });
});

describe('A client that does not read', () => {
  const MEGABYTES = 40;

  describe('for a while', () => {
    const rig = useGateway({ form: 'zai' });

    it('holds the upstream back, then gets all of the answer', async () => {
      const asked = rig.upstreamRequest();
      const client = await RawClient.connect(rig.port);
      client.socket.pause();
      client.post(chatBody(`sim:document=${MEGABYTES * 1_000_000}`, { stream: true }), ['Connection: close']);
      const upstream = await asked;
      const held = await settled(() => upstream.bytesWritten);
      // What is under way is in the buffers of two connections, not in this process.
      expect(held).to.be.lessThan(20_000_000);
      const parts: Buffer[] = [];
      client.socket.removeAllListeners('data');
      client.socket.on('data', (bytes) => parts.push(bytes));
      client.socket.resume();
      await client.closed();
      const text = Buffer.concat(parts).toString('latin1');
      expect(text).to.contain('data: [DONE]\n\n');
      // Read with the bytes of the chunked coding in between: those are not letters.
      expect(text.split(' toke').length - 1).to.be.greaterThan((MEGABYTES * 1_000_000) / 6 - 3000);
    });
  });

  describe('for too long', () => {
    const rig = useGateway({
      form: 'zai',
      gateway: { streamTiming: { ...STREAM_TIMING, clientStallMs: 100 } },
    });

    it('is disconnected, and its upstream request aborted', async () => {
      const closed = rig.upstreamClosed();
      const client = await RawClient.connect(rig.port);
      client.socket.pause();
      client.post(chatBody('sim:document=64000000', { stream: true }), ['x-request-id: stuck']);
      expect(await closed).to.include({ closedEarly: true });
      expect(await rig.recordOf('stuck')).to.include({ outcome: 'cancelled', status: 499 });
      client.leave();
    });

    it('is disconnected during a non-streaming answer, too', async () => {
      const client = await RawClient.connect(rig.port);
      client.socket.pause();
      client.post(chatBody('sim:document=20000000', { stream: false }), ['x-request-id: stuck-too']);
      expect(await rig.recordOf('stuck-too')).to.include({ outcome: 'cancelled', status: 499 });
      client.leave();
    });

    it('is not mistaken for one that waits for a slow upstream', async () => {
      const response = await rig.ask('sim:headers-then-delay=250 sim:say(slow)', { stream: false });
      expect((await rig.recordOf(response)).outcome).to.equal('ok');
    });
  });
});

/** How often the gateway wrote into its response, and how many chunks that were. */
async function writesDuring(ask: () => Promise<Response>): Promise<{ writes: number; chunks: number }> {
  const original = ServerResponse.prototype.write;
  let writes = 0;
  ServerResponse.prototype.write = function (this: ServerResponse, ...args: unknown[]) {
    // The simulator's responses in the same process have no such header.
    if (this.getHeader('x-request-id') !== undefined) writes += 1;
    return Reflect.apply(original, this, args);
  } as typeof original;
  try {
    const text = await (await ask()).text();
    return { writes, chunks: dataOf(text).length };
  } finally {
    ServerResponse.prototype.write = original;
  }
}

/** The value once it has stopped growing: the same at three looks in a row. */
async function settled(look: () => number): Promise<number> {
  for (let same = 0, last = -1; ; ) {
    const now = look();
    same = now === last && now > 0 ? same + 1 : 0;
    last = now;
    if (same === 3) return now;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
