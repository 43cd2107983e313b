import { expect } from 'chai';
import { Heartbeat } from '../../src/replica/heartbeat.js';
import { type Announcement, MAX_ANNOUNCED_POOLS } from '../../src/store/store.js';
import { VERSION } from '../../src/version.js';

describe('A replica’s heartbeat', () => {
  let heartbeat: Heartbeat;
  let interval: FakeInterval;
  let announced: Announcement[];
  let withdrawn: string[];
  let beats: number;
  let inFlight: number;
  let failure: Error | undefined;
  let drainingSince: number | undefined;
  let degraded: string | undefined;
  let refusals: { name: string; code: string }[];
  let pools: string[];
  const guestTokens = { reused: 5, pooled: 4, waited: 3, minted: 2, failed: 1 };

  beforeEach(() => {
    interval = new FakeInterval();
    announced = [];
    withdrawn = [];
    beats = 0;
    inFlight = 7;
    failure = undefined;
    drainingSince = undefined;
    degraded = undefined;
    pools = [];
    refusals = [];
    const store = {
      announce: async (announcement: Announcement) => {
        announced.push(announcement);
        if (failure) throw failure;
        return 1;
      },
      withdraw: async (id: string) => {
        withdrawn.push(id);
        if (failure) throw failure;
      },
    };
    heartbeat = new Heartbeat(store, {
      id: 'one',
      inFlight: () => inFlight,
      redisLatencyMs: () => 1.23456,
      drainingSince: () => drainingSince,
      degraded: () => degraded,
      notKept: () => undefined,
      upstreamsDigest: () => undefined,
      refusals: () => refusals,
      guestTokens: () => guestTokens,
      pools: () => pools,
      onBeat: async () => {
        beats += 1;
      },
    });
  });
  afterEach(async () => {
    await heartbeat.stop();
    interval.restore();
  });

  it('announces the pools of slots whose limit it knows, so many and no more', async () => {
    await heartbeat.start();
    expect(announced[0]?.pools).to.equal(undefined);
    pools = Array.from({ length: MAX_ANNOUNCED_POOLS + 1 }, (_, index) => `glm-${index}`);
    expect(heartbeat.announcement().pools).to.deep.equal(pools.slice(0, -1));
  });

  it('announces what the upstreams refuse until somebody acts', async () => {
    expect(heartbeat.announcement().refusals).to.equal(undefined);
    refusals = [{ name: 'one', code: '1113' }];
    expect(heartbeat.announcement().refusals).to.deep.equal(refusals);
  });

  it('announces the state of the replica at once, and then every 2 s', async () => {
    const before = Date.now();
    await heartbeat.start();
    expect(announced).to.have.length(1);
    expect(announced[0]).to.include({ id: 'one', version: VERSION, inFlight: 7, redisLatencyMs: 1.23 });
    expect(announced[0]?.startedAt).to.be.within(before - 60_000, Date.now());
    expect(announced[0]?.memoryBytes).to.be.within(10_000_000, 10_000_000_000);
    inFlight = 2;
    expect(interval.everyMs).to.equal(2_000);
    interval.tick();
    expect(announced[1]).to.include({ inFlight: 2, startedAt: announced[0]?.startedAt });
  });

  it('announces the event loop lag since the last beat', async () => {
    await heartbeat.start();
    // Once around, so that the monitor's own timer is under way.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const until = performance.now() + 150;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 50));
    interval.tick();
    expect(announced[1]?.eventLoopLagMs).to.be.within(80, 60_000);
  });

  it('announces that the replica drains, and where its guest tokens came from', async () => {
    await heartbeat.start();
    expect(announced[0]).to.deep.include({ drainingSince: undefined, guestTokens });
    drainingSince = 1_759_400_000_000;
    interval.tick();
    expect(announced[1]).to.include({ drainingSince: 1_759_400_000_000 });
  });

  it('announces afterwards when the replica was last in degraded mode', async () => {
    await heartbeat.start();
    expect(announced[0]?.degradedAt).to.equal(undefined);
    degraded = 'the connection is lost';
    const before = Date.now();
    interval.tick();
    degraded = undefined;
    interval.tick();
    expect(announced[2]?.degradedAt).to.be.within(before, Date.now());
    expect(announced[2]?.degradedAt).to.equal(announced[1]?.degradedAt);
  });

  it('continues when the store is unavailable', async () => {
    failure = new Error('away');
    await heartbeat.start();
    expect(beats).to.equal(0);
    failure = undefined;
    interval.tick();
    await new Promise((resolve) => setImmediate(resolve));
    expect(announced).to.have.length(2);
    expect(beats).to.equal(1);
  });

  it('withdraws the replica when it is stopped, and announces nothing after that', async () => {
    await heartbeat.start();
    await heartbeat.stop();
    interval.tick();
    expect(announced).to.have.length(1);
    expect(withdrawn).to.deep.equal(['one']);
  });

  it('stops when the store is unavailable', async () => {
    await heartbeat.start();
    failure = new Error('away');
    await heartbeat.stop();
    expect(withdrawn).to.deep.equal(['one']);
  });
});

/** Stands for the one interval that is set while it is installed, so that nobody waits. */
class FakeInterval {
  everyMs = 0;
  tick: () => void = () => expect.fail('no interval was set');
  readonly #real = { setInterval, clearInterval };

  constructor() {
    const timer = { unref: () => timer } as unknown as NodeJS.Timeout;
    globalThis.setInterval = ((tick: () => void, everyMs: number) => {
      Object.assign(this, { tick, everyMs });
      return timer;
    }) as unknown as typeof setInterval;
    globalThis.clearInterval = (cleared) => {
      if (cleared === timer) this.tick = () => undefined;
    };
  }

  restore(): void {
    Object.assign(globalThis, this.#real);
  }
}
