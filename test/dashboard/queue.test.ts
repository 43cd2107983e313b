import { expect } from 'chai';
import { Format } from '../../src/dashboard/format.js';
import { listGroups, readQueue } from '../../src/dashboard/queue.js';
import { TEXTS } from '../../src/dashboard/texts/texts.js';
import { createQueueView } from '../../src/dashboard/view-queue.js';
import { createGroup } from '../../src/queue/core/learning.js';
import type { Lease, Waiting } from '../../src/queue/core/types.js';
import type { PoolView } from '../../src/queue/queue-store.js';
import type { Fields } from '../../src/stats/batch.js';
import { findCure } from '../../src/vocabulary/pauses.js';
import { type Json, jsonOf, Rig } from '../support/gateway.js';
import { LimitedUpstream } from '../support/limited-upstream.js';
import { needs, type RedisServer, startRedis, until } from '../support/redis.js';

const NOW = Date.UTC(2026, 10, 22, 18, 34, 20);
const BROWSER = { accept: 'text/html' };

function poolOf(more: Partial<PoolView>): PoolView {
  const none = {
    groups: new Map(),
    leases: [],
    waiting: [],
    flows: new Map(),
    meanMs: 1_000,
    pauses: new Map(),
  };
  return { ...none, ...more } as PoolView;
}

const NO_PAUSE = { since: NOW, failedAt: NOW, probeAt: NOW, failures: 1, probe: '' };
const labels = (entries: Readonly<Record<string, Fields>>) => new Map(Object.entries(entries));

describe('The queue on the dashboard', () => {
  const view = poolOf({
    groups: new Map([
      ['default/glm-4.6', { ...createGroup(), slots: 2, changedAt: NOW - 300_000 }],
      ['team/glm-4.6', { ...createGroup(), slots: 5, fixed: true }],
      ['spare/glm-4.6', createGroup()],
    ]),
    pauses: new Map([
      ['team', { ...NO_PAUSE, kind: 'operator', code: '1113', until: 0 }],
      ['spare/glm-4.6', { ...NO_PAUSE, kind: 'quota', code: '1308', until: NOW + 3_600_000 }],
    ]),
    leases: [{ group: 'default/glm-4.6' }, { group: 'default/glm-4.6' }] as Lease[],
    waiting: [
      { groups: ['default/glm-4.6', 'team/glm-4.6'] },
      { groups: ['team/glm-4.6'] },
    ] as unknown as Waiting[],
  });
  const queue = {
    pools: new Map([['glm-4.6', view]]),
    groups: labels({
      'default/glm-4.6': { ok: 3, rate_limited: 1, w27: 2 },
      'gone/glm-4.5': { ok: 1, w27: 1 },
      'never/glm-4.5': { ok: 1 },
    }),
    hour: labels({ ann: { sms: 3_000 }, bob: { sms: 9_000 }, eve: { ok: 1 }, none: { sms: 12 } }),
  };
  const shown = (of: typeof queue | undefined, language: 'en' | 'zh' = 'en') => {
    const t = TEXTS[language];
    return createQueueView({ queue: of, now: NOW }, { t, format: new Format(language, t) });
  };

  it('tells the slots of each upstream, whether they were learnt, and who waits for them', () => {
    const [one, gone, spare, team] = shown(queue)?.groups ?? [];
    expect(one).to.deep.equal({
      name: 'glm-4.6',
      pause: undefined,
      slots: '2',
      origin: 'learnt 5 min ago',
      inUse: '2',
      waiting: '1',
      waited: '50%',
      p50: '12 ms',
      p95: '12 ms',
    });
    expect(gone).to.include({ name: 'gone/glm-4.5', slots: '–', origin: undefined, waited: '100%' });
    expect(team).to.include({ name: 'team/glm-4.6', slots: '5', origin: 'configured', waiting: '2' });
    expect(spare?.pause?.word).to.equal('quota used up (1308) · 1 h left');
    expect(team?.pause).to.deep.equal({
      word: 'refused until somebody acts (1113)',
      cure: findCure({ kind: 'operator', code: '1113' }).cure,
    });
    expect(listGroups(queue).map(({ name }) => name)).to.have.length(4);
    expect(shown(queue, 'zh')?.groups[0]?.origin).to.equal('5 分钟前推知');
  });

  it('tells who has had the slots this hour, the most first', () => {
    const keys = shown(queue)?.keys ?? [];
    expect(keys.map(({ name, time, share }) => [name, time, share])).to.deep.equal([
      ['bob', '9 s', '74.9%'],
      ['ann', '3 s', '25%'],
      ['no valid key', '12 ms', '0.1%'],
    ]);
    expect(shown(queue)?.hour.text).to.equal('18:00');
  });

  it('is left out while no limit is known and nobody has waited', async () => {
    const unlimited = poolOf({ groups: new Map([['g', createGroup()]]) });
    const calm = { pools: new Map([['p', unlimited]]), groups: labels({ g: { ok: 5 } }), hour: labels({}) };
    expect(shown(calm)).to.equal(undefined);
    expect(shown(undefined)).to.equal(undefined);
    const store = { readLabels: () => expect.fail('nothing more is read') };
    const slots = { read: async () => new Map() };
    expect(await readQueue({ store, slots }, [], { ok: 5 }, { labels: [], now: NOW })).to.equal(undefined);
  });
});

describe('The queue over replicas', () => {
  let redis: RedisServer;
  let upstream: LimitedUpstream;
  let rigs: Rig[] = [];

  before(async function () {
    needs(this, 'redis-server');
    redis = await startRedis();
    upstream = await new LimitedUpstream(1).start();
    const env = {
      UPSTREAM_URL: upstream.url,
      UPSTREAM_PROTOCOL: 'openai',
      UPSTREAM_SLOTS: '1',
      API_KEYS: 'ann:sk-ann,bob:sk-bob',
      REDIS_URL: redis.url,
    };
    rigs = [await new Rig().start({ form: 'zai', env }), await new Rig().start({ form: 'zai', env })];
  });
  after(async () => {
    await Promise.all(rigs.map((rig) => rig.stop()));
    await upstream?.stop();
    await redis?.stop('SIGTERM');
  });

  const ask = (rig: Rig, key: string, ms: number) =>
    rig.ask(`ms=${ms}`, { model: 'glm-4.6', headers: { authorization: `Bearer ${key}` } });
  const queueAt = async (rig: Rig): Promise<Json> =>
    (await jsonOf(await fetch(`${rig.url}/dashboard/stats`))).queue;

  it('is the same at a replica that was never asked, live and exact', async () => {
    const [busy, idle] = rigs as [Rig, Rig];
    expect(await queueAt(idle)).to.equal(null);
    const page = () =>
      fetch(`${idle.url}/dashboard/upstreams`, { headers: BROWSER }).then((res) => res.text());
    expect(await page())
      .to.contain('No limit of an upstream is known')
      .and.not.contain('id="scroll-queue"');
    const requests = [ask(busy, 'sk-ann', 4_000), ask(busy, 'sk-bob', 100), ask(busy, 'sk-bob', 100)];
    await until(async () => (await queueAt(idle))?.groups[0].waiting === 2);
    const [live] = (await queueAt(idle)).groups;
    expect(live).to.deep.include({ name: 'default/glm-4.6', slots: 1, is_configured: true, in_use: 1 });
    expect(await page())
      .to.contain('id="scroll-queue"')
      .and.not.contain('No limit of an upstream is known');
    const records = await Promise.all((await Promise.all(requests)).map((one) => busy.recordOf(one)));
    await until(async () => (await queueAt(idle)).groups[0].requests === 3);
    const { groups, keys_this_hour: keys } = await queueAt(idle);
    expect(groups).to.have.length(1);
    expect(groups[0]).to.deep.include({ in_use: 0, waiting: 0, requests: 3, waited: 2, changed_at: null });
    expect(groups[0].wait_ms.p50).to.be.above(1_000);
    // The hour may have changed in between.
    const counted = keys.reduce((sum: number, one: Json) => sum + one.slot_seconds * 1_000, 0);
    const held = records.reduce((sum, { slotMs = 0 }) => sum + Math.round(slotMs), 0);
    expect(Math.round(counted)).to.equal(held);
  });
});
