import { expect } from 'chai';
import { pino } from 'pino';
import { RedisEventStore } from '../../src/store/redis/event-store.js';
import { RedisLink } from '../../src/store/redis/link.js';
import { Rig } from '../support/gateway.js';
import { needs, type RedisServer, startRedis, until } from '../support/redis.js';
import { Receiver } from './receiver.js';

describe('Alerts of three replicas', () => {
  let server: RedisServer;
  let receiver: Receiver;
  let rigs: Rig[];

  before(async function () {
    needs(this, 'redis-server');
    server = await startRedis();
    receiver = await new Receiver().start();
    const env = {
      REDIS_URL: server.url,
      REDIS_TIMEOUT: '500',
      ALERT_WEBHOOK: `${receiver.url}/json,feishu+${receiver.url}/feishu#secret=SEC1,dingtalk+${receiver.url}/dingtalk#secret=SEC2`,
      ADMIN_PASSWORD: 'canary-admin',
    };
    rigs = [];
    for (let index = 0; index < 3; index += 1) rigs.push(await new Rig().start({ form: 'zai', env }));
  });
  after(async () => {
    await Promise.all((rigs ?? []).map((rig) => rig.stop()));
    await receiver?.stop();
    await server?.stop('SIGTERM');
  });

  const kindsAt = (path: string) =>
    receiver.received.filter((one) => one.path === path).map(({ body }) => body.kind ?? 'signed');

  it('arrive once when all notice the same, and once for its end', async () => {
    await server.stop();
    await until(() => kindsAt('/json').includes('degraded'));
    await server.start();
    await until(() => kindsAt('/json').includes('recovered'));
    const ask = (question: string) =>
      Promise.all(rigs.map(async (rig) => (await rig.ask(question, { stream: false })).text()));
    await ask('sim:code=1113');
    await until(() => kindsAt('/json').includes('upstream_refused'));
    // The first of them was sent while replicas shared nothing; replica-watch.test.ts shows who sends it.
    const kinds = kindsAt('/json').filter((kind) => kind !== 'degraded');
    expect(kinds).to.deep.equal(['recovered', 'upstream_refused']);
    await until(() => kindsAt('/dingtalk').length === kindsAt('/json').length);
    await until(() => kindsAt('/feishu').length === kindsAt('/json').length);
    for (const { path, query, body } of receiver.received) {
      if (path === '/feishu') expect(body.sign).to.match(/^[\w+/]{43}=$/);
      if (path === '/dingtalk') expect(query.get('sign')).to.match(/^[\w+/]{43}=$/);
    }
  });

  it('bring the digest of a week once', async () => {
    const link = new RedisLink(
      { redisUrls: [server.url], redisSentinels: [], redisTimeoutMs: 2_000 },
      pino({ level: 'silent' }),
    );
    await link.ready(5_000);
    const week = {
      kind: 'weekly_digest',
      subject: '2026-11-16',
      params: {},
      ageMs: 0,
      isAlert: true,
    } as const;
    await new RedisEventStore(link, 'ztoapi:v1:').append({ ...week, onceKey: 'weekly_digest 2026-11-16' });
    await link.close();
    await until(() => kindsAt('/json').includes('weekly_digest'));
    await until(() => kindsAt('/dingtalk').length === kindsAt('/json').length);
    const digests = receiver.received.filter(({ body }) => body.kind === 'weekly_digest');
    expect(digests.map(({ body }) => body.text)).to.deep.equal([
      'ZtoApi, week of 2026-11-16 to 2026-11-22\nNo requests.',
    ]);
  });

  it('are tested by the admin only, from the page of events', async () => {
    const [rig] = rigs;
    const url = `${rig?.url}/admin/alerts/test`;
    expect((await fetch(url, { method: 'POST' })).status).to.equal(401);
    const before = receiver.received.length;
    const answer = await fetch(url, { method: 'POST', headers: { authorization: 'Bearer canary-admin' } });
    const { data } = (await answer.json()) as { data: { delivered: boolean; receiver: string }[] };
    expect(data.map(({ delivered }) => delivered)).to.deep.equal([true, true, true]);
    expect(receiver.received).to.have.length(before + 3);
    const page = await (
      await fetch(`${rig?.url}/dashboard/events`, { headers: { accept: 'text/html' } })
    ).text();
    expect(page)
      .to.contain('Redis is in use again.')
      .and.to.contain(data[0]?.receiver ?? '?');
    for (const text of [page, ...rigs.map(({ log }) => log)])
      for (const secret of ['SEC1', 'SEC2', '/feishu', 'canary-admin']) expect(text).not.to.contain(secret);
  });

  it('cost no request anything while the receiver is slow', async () => {
    receiver.answer = () => undefined;
    const calls = rigs.map((rig) => rig.upstreamChats.length);
    const answers = await Promise.all(rigs.map((rig) => rig.say('Hello')));
    expect(answers.every((text) => text.length > 0)).to.equal(true);
    expect(rigs.map((rig, index) => rig.upstreamChats.length - (calls[index] ?? 0))).to.deep.equal([1, 1, 1]);
  });
});
