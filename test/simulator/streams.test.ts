import { once } from 'node:events';
import { request } from 'node:http';
import { expect } from 'chai';
import { startSimulator } from '../../src/simulator/server.js';
import { askOpenAi, askWeb, eventsOf, payloads, textOf, useSimulator } from './client.js';

describe('the streams of the simulator', () => {
  const simulator = useSimulator();
  const paas = () => `${simulator().url}/api/paas/v4`;
  const closed = () => once(simulator().events, 'close');

  it('end without an end event when truncated, and break when cut', async () => {
    const truncated = payloads(await (await askOpenAi(paas(), 'sim:truncate sim:after=2')).text());
    expect(truncated).to.have.length(2);
    const short = payloads(await (await askOpenAi(paas(), 'sim:truncate sim:say(hi)')).text());
    expect(short).to.have.length(1);
    const gone = closed();
    const response = await askOpenAi(paas(), 'sim:cut');
    expect(await response.text().catch((error: Error) => error)).to.be.an('error');
    expect((await gone)[0]).to.include({ closedEarly: false, path: '/api/paas/v4/chat/completions' });
  });

  it('stay open for ever when stalled, until the client leaves', async () => {
    const leaving = new AbortController();
    const response = await askOpenAi(paas(), 'sim:stall', { signal: leaving.signal });
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value?.length).to.be.greaterThan(0);
    expect(simulator().openStreams).to.equal(1);
    const gone = closed();
    leaving.abort();
    const [record] = await gone;
    expect(record).to.include({ closedEarly: true, path: '/api/paas/v4/chat/completions' });
    expect(record.closedAt).to.be.a('number');
    expect(simulator().openStreams).to.equal(0);
  });

  it('notice a client that leaves before the headers', async () => {
    const leaving = new AbortController();
    const arrived = once(simulator().events, 'request');
    const response = askOpenAi(paas(), 'sim:delay=60000', { signal: leaving.signal }).catch((error) => error);
    await arrived;
    const gone = closed();
    leaving.abort();
    expect((await gone)[0]).to.include({ closedEarly: true, bytesWritten: 0 });
    await response;
  });

  it('pass the headers on before a silence', async () => {
    const leaving = new AbortController();
    const response = await askOpenAi(paas(), 'sim:headers-then-delay=60000', { signal: leaving.signal });
    expect(response.status).to.equal(200);
    const gone = closed();
    leaving.abort();
    expect((await gone)[0]).to.include({ bytesWritten: 0 });
  });

  it('have as many deltas of the size that was asked for', async () => {
    const chunks = await eventsOf(await askOpenAi(paas(), 'sim:events=300 sim:size=10'));
    expect(chunks).to.have.length(301);
    expect(textOf(chunks, 'content')).to.have.length(3000);
    const huge = await eventsOf(await askWeb(simulator().url, 'sim:huge-line=3000000'));
    expect(huge[0].data.delta_content).to.have.length(3_000_000);
  });

  it('do not run ahead of a client that does not read', async () => {
    const bytes = 80_000_000;
    const body = {
      model: 'glm-4.5',
      stream: true,
      messages: [{ role: 'user', content: `sim:document=${bytes}` }],
    };
    const asking = request(`${paas()}/chat/completions`, { method: 'POST' }).end(JSON.stringify(body));
    const [response] = await once(asking, 'response');
    const record = simulator().requests.at(-1);
    const held = await settled(() => record?.bytesWritten ?? 0);
    expect(held).to.be.within(1, bytes / 2);
    expect(simulator().openStreams).to.equal(1);
    let read = 0;
    for await (const part of response) read += part.length;
    expect(read).to.be.greaterThan(bytes).and.equal(record?.bytesWritten);
  });

  it('are paced when told so', async () => {
    const started = performance.now();
    await eventsOf(await askOpenAi(paas(), 'sim:events=5 sim:pace=20'));
    expect(performance.now() - started).to.be.greaterThan(95);
  });

  it('are a few HTTP chunks without a pace, and one for each event when they shall come apart', async () => {
    const chunks = async (question: string) => {
      const body = JSON.stringify({
        model: 'glm-4.5',
        stream: true,
        messages: [{ role: 'user', content: question }],
      });
      const asking = request(`${paas()}/chat/completions`, { method: 'POST' }).end(body);
      const [response] = await once(asking, 'response');
      let count = 0;
      // Node gives each HTTP chunk by itself.
      response.on('data', () => {
        count += 1;
      });
      await once(response, 'end');
      return count;
    };
    expect(await chunks('sim:events=20 sim:pace=0')).to.be.at.most(2);
    expect(await chunks('sim:events=20 sim:pace=0 sim:apart')).to.be.at.least(20);
  });

  it('are ended by close()', async () => {
    const other = await startSimulator({ paceMs: 0 });
    const response = await askOpenAi(`${other.url}/v1`, 'sim:stall');
    await other.close();
    expect(await response.text().catch((error: Error) => error)).to.be.an('error');
    expect(other.openStreams).to.equal(0);
  });

  it('cannot start on a port that is taken', async () => {
    const port = Number(new URL(simulator().url).port);
    const failure = await startSimulator({ port }).catch((error) => error);
    expect(failure).to.have.property('code', 'EADDRINUSE');
  });
});

/** The value once it has stopped growing: the same at three looks in a row. */
async function settled(look: () => number): Promise<number> {
  for (let same = 0, last = -1; ; ) {
    const now = look();
    same = now === last ? same + 1 : 0;
    last = now;
    if (same === 3 && now > 0) return now;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
