import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { pino } from 'pino';
import { Delivery } from '../../src/alerts/delivery.js';
import { AlertDispatcher } from '../../src/alerts/dispatcher.js';
import { parseAlertWebhooks } from '../../src/config/alert-webhooks.js';
import { EventTeller } from '../../src/events/event-teller.js';
import { MemoryEvents } from '../../src/store/memory-events.js';
import { createPost } from '../../src/upstream/transport/webhook.js';
import { until } from '../support/redis.js';
import { Receiver } from './receiver.js';

const NO_PROXY = { http: undefined, https: undefined, exceptions: [] };
/** Long enough for receivers that answer, on a busy machine, too. */
const DEADLINE_MS = 30_000;
const SHORT_DEADLINE_MS = 500;

describe('Sending alerts', () => {
  let good: Receiver;
  let bad: Receiver;
  let store: MemoryEvents;
  let log: string[];
  let dispatcher: AlertDispatcher;
  let teller: EventTeller;

  beforeEach(async () => {
    [good, bad] = await Promise.all([new Receiver().start(), new Receiver().start()]);
    store = new MemoryEvents();
    log = [];
    teller = new EventTeller(store, true);
    dispatcher = build(DEADLINE_MS);
  });
  afterEach(async () => {
    await dispatcher.stop();
    teller.close();
    await Promise.all([good.stop(), bad.stop()]);
  });

  function build(deadlineMs: number): AlertDispatcher {
    const receivers = parseAlertWebhooks(`${good.url}/good ${bad.url}/secret-path?token=secret`) ?? [];
    const delivery = new Delivery(receivers, createPost(NO_PROXY, deadlineMs), { retryAfterMs: [1, 1, 1] });
    return new AlertDispatcher({
      store,
      delivery,
      language: 'en',
      events: teller,
      log: pino({ level: 'trace' }, { write: (line: string) => log.push(line) }),
      describe: async () => undefined,
      onLook: () => undefined,
    });
  }

  async function tell(...names: string[]): Promise<void> {
    for (const subject of names) teller.tell({ kind: 'replica_lost', subject, onceKey: subject });
    await teller.flush();
    await dispatcher.look();
  }

  it('posts each alert once to every receiver, in the order in which things happened', async () => {
    await tell('a', 'b', 'c');
    await dispatcher.look();
    for (const { received } of [good, bad])
      expect(received.map(({ body }) => body.subject)).to.deep.equal(['a', 'b', 'c']);
    expect(good.received[0]).to.deep.include({ path: '/good' });
    expect(good.received[0]?.body).to.deep.include({ kind: 'replica_lost', severity: 'error', params: {} });
    expect(good.received[0]?.body.text).to.contain('The replica a stopped announcing itself');
  });

  it('tries a receiver that fails four times, later alerts once, and tells it once', async () => {
    bad.answer = (response) => response.writeHead(500).end('secret words of the receiver');
    await tell('a', 'b', 'c');
    expect(good.received).to.have.length(3);
    expect(bad.received.map(({ body }) => body.subject)).to.deep.equal(['a', 'a', 'a', 'a', 'b', 'c']);
    expect(log).to.have.length(1);
    expect(log[0])
      .to.contain(`json ${new URL(bad.url).host}`)
      .and.to.contain('status 500');
    await teller.flush();
    const events = await store.read({ kinds: ['alert_failed'], limit: 10 });
    expect(events).to.have.length(1);
    expect(JSON.stringify([log, events])).not.to.contain('secret');
    bad.answer = (response) => response.end('{}');
    await tell('d');
    bad.answer = (response) => response.writeHead(500).end();
    await tell('e');
    expect(bad.received.slice(6).map(({ body }) => body.subject)).to.deep.equal(['d', 'e', 'e', 'e', 'e']);
  });

  it('gives up a receiver that does not answer, while others have the alert', async () => {
    dispatcher = build(SHORT_DEADLINE_MS);
    bad.answer = () => undefined;
    const told = tell('a', 'b');
    await until(() => good.received.length === 1);
    await told;
    // A receiver that answers after the deadline has the same alert again.
    expect(new Set(good.received.map(({ body }) => body.subject))).to.deep.equal(new Set(['a', 'b']));
    expect(bad.received.length).to.be.within(2, 5);
    expect(log[0]).to.contain('no answer');
  });

  it('goes through the proxy to another machine, and straight to this one', async () => {
    const asked: string[] = [];
    const proxy = createServer();
    proxy.on('connect', (request, socket) => {
      asked.push(String(request.url));
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const post = createPost({ http: address, https: address, exceptions: [] }, 5_000);
    const { signal } = new AbortController();
    await post({ url: `${good.url}/x`, body: '{}' }, signal);
    const failure = await post({ url: 'https://alerts.example.com/x', body: '{}' }, signal).catch(
      () => 'failed',
    );
    proxy.close();
    expect(asked).to.deep.equal(['alerts.example.com:443']);
    expect(failure).to.equal('failed');
    expect(good.received).to.have.length(1);
  });

  it('follows no redirect', async () => {
    bad.answer = (response) => response.writeHead(307, { location: `${good.url}/elsewhere` }).end();
    await tell('a');
    expect(good.received.map(({ path }) => path)).to.deep.equal(['/good']);
    expect(log[0]).to.contain('status 307');
  });

  it('ends at once when the replica ends, and leaves the alert to another one', async () => {
    bad.answer = () => undefined;
    good.answer = () => undefined;
    teller.tell({ kind: 'replica_lost', subject: 'a' });
    await teller.flush();
    const sending = dispatcher.look();
    await until(() => bad.received.length === 1);
    await dispatcher.stop();
    await sending;
    expect(bad.received).to.have.length(1);
  });

  it('keeps nobody waiting who tells an event', async () => {
    bad.answer = () => undefined;
    for (let index = 0; index < 1_000; index += 1)
      teller.tell({ kind: 'replica_lost', subject: `r${index}`, onceKey: `r${index}` });
    expect(bad.received).to.have.length(0);
    void dispatcher.look();
    void dispatcher.look();
    await until(() => bad.received.length > 0);
    // One alert at a time, however many wait.
    expect(good.received.length).to.be.at.most(1);
  });

  it('sends a test that says that it is one, once', async () => {
    bad.answer = (response) => response.writeHead(403).end();
    const delivered = await dispatcher.sendTest();
    expect(delivered.map(({ problem }) => problem)).to.deep.equal([undefined, 'status 403']);
    expect(bad.received).to.have.length(1);
    expect(good.received[0]?.body.text).to.contain('This is a test');
  });
});
