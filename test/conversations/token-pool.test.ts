import { expect } from 'chai';
import { POOL_SIZE, TokenPool } from '../../src/conversations/token-pool.js';
import { UpstreamError } from '../../src/vocabulary/errors.js';

/** Everything that can happen without time passing has happened. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Just the spare tokens of a store. */
class FakeStore {
  spares: string[] = [];
  failure: Error | undefined;

  async addSpareToken(token: string): Promise<void> {
    if (this.failure) throw this.failure;
    this.spares.push(token);
  }

  async takeSpareToken(): Promise<string | undefined> {
    return this.spares.shift();
  }

  async countSpareTokens(): Promise<number> {
    return this.spares.length;
  }
}

/** Mints tokens in order, at once or when told so. */
class FakeMint {
  asked = 0;
  running = 0;
  mostRunning = 0;
  failure: Error | undefined;
  #held: (() => void)[] | undefined;

  hold(): void {
    this.#held ??= [];
  }

  /** Lets the mints go on that wait now, and waits until what follows has happened. */
  async release(): Promise<void> {
    await settled();
    for (const resume of this.#held?.splice(0) ?? []) resume();
    await settled();
  }

  readonly mint = async (): Promise<string> => {
    this.asked += 1;
    const token = `token-${this.asked}`;
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    if (this.#held) await new Promise<void>((resolve) => this.#held?.push(resolve));
    this.running -= 1;
    if (this.failure) throw this.failure;
    return token;
  };
}

describe('TokenPool', () => {
  let store: FakeStore;
  let mint: FakeMint;
  let failures: unknown[];
  let pool: TokenPool;

  beforeEach(() => {
    store = new FakeStore();
    mint = new FakeMint();
    failures = [];
    pool = new TokenPool(store, mint.mint, (error) => failures.push(error));
  });

  it('mints nothing before the first use', async () => {
    await pool.settled();
    expect(mint.asked).to.equal(0);
  });

  it('serves the first request, then fills itself in the background', async () => {
    mint.hold();
    const taking = pool.take();
    await mint.release();
    expect(await taking).to.equal('token-1');
    expect(store.spares).to.deep.equal([]);
    await mint.release();
    await pool.settled();
    expect(store.spares).to.have.length(POOL_SIZE);
    expect(mint.asked).to.equal(1 + POOL_SIZE);
  });

  it('serves spare tokens without waiting, and refills', async () => {
    await pool.take();
    await pool.settled();
    mint.hold();
    const taken = [await pool.take(), await pool.take()];
    expect(new Set(taken).size).to.equal(2);
    expect(store.spares).to.have.length(POOL_SIZE - 2);
    for (let round = 0; round < 3; round += 1) await mint.release();
    await pool.settled();
    expect(store.spares).to.have.length(POOL_SIZE);
    expect(store.spares).not.to.include.members(taken);
  });

  it('mints a token when a spare one cannot be used', async () => {
    await pool.take();
    await pool.settled();
    expect(await pool.takeFresh()).to.equal(`token-${2 + POOL_SIZE}`);
    expect(store.spares).to.have.length(POOL_SIZE);
  });

  it('is full again after many concurrent requests', async () => {
    await pool.take();
    await pool.settled();
    const taken = await Promise.all(Array.from({ length: 3 * POOL_SIZE }, () => pool.take()));
    expect(new Set(taken).size).to.equal(taken.length);
    await pool.settled();
    expect(store.spares).to.have.length(POOL_SIZE);
  });

  it('runs at most 8 mints at a time, its own included', async () => {
    mint.hold();
    const taking = Promise.all(Array.from({ length: 50 }, () => pool.take()));
    await mint.release();
    expect(mint.running).to.equal(8);
    for (let round = 0; round < 20; round += 1) await mint.release();
    expect(new Set(await taking).size).to.equal(50);
    await pool.settled();
    expect(mint.mostRunning).to.equal(8);
  });

  it('stops minting when stored tokens disappear', async () => {
    store.addSpareToken = async () => undefined;
    await pool.take();
    await pool.settled();
    expect(mint.asked).to.equal(1 + POOL_SIZE);
  });

  it('rejects the request when its mint fails, and does not fill itself then', async () => {
    mint.failure = new UpstreamError('no guests today');
    expect(await pool.take().catch((thrown: unknown) => thrown)).to.equal(mint.failure);
    await pool.settled();
    expect(mint.asked).to.equal(1);
    expect(failures).to.deep.equal([]);
  });

  it('reports a failed mint in the background, and fills itself after the next request', async () => {
    mint.hold();
    const taking = pool.take();
    await mint.release();
    expect(await taking).to.equal('token-1');
    mint.failure = new UpstreamError('no more guests today');
    await mint.release();
    await pool.settled();
    expect(failures).to.deep.equal([mint.failure]);
    expect(store.spares).to.deep.equal([]);
    mint.failure = undefined;
    const next = pool.take();
    for (let round = 0; round < 3; round += 1) await mint.release();
    await next;
    await pool.settled();
    expect(store.spares).to.have.length(POOL_SIZE);
  });

  it('counts pooled tokens, tokens that were waited for, and successful and failed mints', async () => {
    await pool.take();
    await pool.settled();
    expect(pool.counts).to.deep.equal({ pooled: 0, waited: 1, minted: 1 + POOL_SIZE, failed: 0 });
    await pool.take();
    await pool.settled();
    await pool.takeFresh();
    expect(pool.counts).to.deep.equal({ pooled: 1, waited: 2, minted: 3 + POOL_SIZE, failed: 0 });
    mint.failure = new UpstreamError('no guests today');
    await pool.takeFresh().catch(() => undefined);
    expect(pool.counts).to.deep.equal({ pooled: 1, waited: 3, minted: 3 + POOL_SIZE, failed: 1 });
  });

  it('keeps the tokens that were minted while another mint failed', async () => {
    const failing = new UpstreamError('one of them');
    let asked = 0;
    pool = new TokenPool(
      store,
      async () => {
        asked += 1;
        if (asked === 3) throw failing;
        return `token-${asked}`;
      },
      (error) => failures.push(error),
    );
    await pool.take();
    await pool.settled();
    expect(store.spares).to.have.length(POOL_SIZE - 1);
    expect(failures).to.deep.equal([failing]);
  });

  it('reports a failure of the store in the background', async () => {
    store.failure = new Error('the store is away');
    expect(await pool.take()).to.equal('token-1');
    await pool.settled();
    expect(failures).to.deep.equal([store.failure]);
  });
});
