import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { chatBody, KEY, RawClient, useGateway } from '../support/gateway.js';

const HEALTH = 'GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n';
const MEGABYTE = 1024 * 1024;
/** Node reads up to 64 KiB at once. */
const REQUESTS_PER_READ = Math.ceil((64 * 1024) / HEALTH.length);

/** Responses with this status that the client has received. */
function countOf(text: string, status: number): number {
  return text.split(`HTTP/1.1 ${status} `).length - 1;
}

/** Counts the requests that the gateway parses on the connection of `client`, which is closed where there are far too many. */
function countRequests(client: Socket): { stop: () => number } {
  let count = 0;
  const listen = (message: unknown) => {
    if ((message as { socket: Socket }).socket.remotePort !== client.localPort) return;
    count += 1;
    if (count > 10 * REQUESTS_PER_READ) client.destroy();
  };
  subscribe('http.server.request.start', listen);
  return {
    stop: () => {
      unsubscribe('http.server.request.start', listen);
      return count;
    },
  };
}

describe('Pipelined requests', () => {
  const rig = useGateway({ form: 'zai' });

  it('are all answered in their order, however many wait', async () => {
    const client = await RawClient.connect(rig.port);
    const asked = 500;
    client.post(chatBody('sim:say(first) sim:delay=50'));
    client.write(HEALTH.repeat(asked));
    client.post(chatBody('sim:say(last)'), ['Connection: close']);
    const text = await client.closed();
    expect(countOf(text, 200)).to.equal(asked + 2);
    expect(text.indexOf('first')).to.be.lessThan(text.indexOf('"status":"ok"'));
    expect(text.indexOf('last')).to.be.greaterThan(text.lastIndexOf('"status":"ok"'));
  });

  it('with bodies are all answered in their order', async () => {
    const client = await RawClient.connect(rig.port);
    const padding = 'x'.repeat(40_000);
    const words = Array.from({ length: 40 }, (_, n) => `answer-${n};`);
    for (const word of words) client.post(chatBody(`sim:say(${word})`, { metadata: { padding } }));
    const text = await client.until(/answer-39;/);
    expect(text.match(/answer-\d+;/g)).to.deep.equal(words);
    client.leave();
  });

  it('of 100 MB are not read before the first response has ended, while others are answered', async () => {
    const client = await RawClient.connect(rig.port);
    const asked = rig.upstreamRequest();
    client.post(chatBody('sim:stall', { stream: true }));
    await asked;
    const parsed = countRequests(client.socket);
    const many = HEALTH.repeat(Math.ceil(MEGABYTE / HEALTH.length));
    for (let sent = 0; sent < 100; sent += 1) client.socket.write(many);
    // Other callers go through the same event loop, which has read by now what it is going to read.
    for (let other = 0; other < 20; other += 1) expect(await rig.say('sim:say(ok)')).to.equal('ok');
    client.leave();
    expect(parsed.stop()).to.be.within(17, 2 * REQUESTS_PER_READ);
  });

  it('have no record while they wait, and none if the client disconnects', async () => {
    const client = await RawClient.connect(rig.port);
    const asked = rig.upstreamRequest();
    client.post(chatBody('sim:stall', { stream: true }), [
      `Authorization: Bearer ${KEY}`,
      'X-Request-Id: stalled',
    ]);
    await asked;
    client.post(chatBody('sim:say(never)'), [`Authorization: Bearer ${KEY}`, 'X-Request-Id: waiting']);
    expect(await rig.say('sim:say(ok)')).to.equal('ok');
    client.leave();
    expect(await rig.recordOf('stalled')).to.include({ outcome: 'cancelled' });
    expect(rig.records.some(({ requestId }) => requestId === 'waiting')).to.equal(false);
  });
});
