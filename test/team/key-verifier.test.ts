import { expect } from 'chai';
import { MemoryTeamStore } from '../../src/store/memory-team.js';
import { KeyCache } from '../../src/team/key-cache.js';
import { KeyVerifier } from '../../src/team/key-verifier.js';
import { TeamAdmin } from '../../src/team/team-admin.js';
import type { Found } from '../../src/team/team-store.js';
import { StoreUnavailableError } from '../../src/vocabulary/store-unavailable.js';

const LEAD = { name: 'admin' };
const MINUTE_MS = 60_000;

/** A store that counts look-ups, and that can be away or emptied. */
class ShakyStore extends MemoryTeamStore {
  lookUps = 0;
  isAway = false;
  isEmpty = false;

  override async findKey(sha256: string): Promise<Found> {
    this.lookUps += 1;
    if (this.isAway) throw new StoreUnavailableError('away');
    if (this.isEmpty) return { version: 0, epoch: '', key: undefined, member: undefined };
    return super.findKey(sha256);
  }
}

describe('The verifier of managed keys', () => {
  let now: number;
  let store: ShakyStore;
  let admin: TeamAdmin;
  let verifier: KeyVerifier;
  let ended: string[];
  let inUse: { sha256: string; keyId: string }[];

  async function start(cache?: KeyCache): Promise<void> {
    verifier = new KeyVerifier({
      store,
      limits: { requestsPerMinute: 0, totalRequestsPerMinute: 0 },
      inUse: { list: () => inUse, end: (sha256) => ended.push(sha256) },
      failuresPerMinute: 20,
      now: () => now,
      ...(cache ? { cache } : {}),
    });
    await verifier.start();
    store.lookUps = 0;
  }

  beforeEach(async () => {
    now = 1_000_000;
    ended = [];
    inUse = [];
    store = new ShakyStore();
    admin = new TeamAdmin(store, new Set(), () => now);
  });
  afterEach(() => verifier.close());

  const verdict = async (key: string, address = '192.0.2.1') => (await verifier.verify(key, address)).verdict;
  async function verified(key: string) {
    const verification = await verifier.verify(key, '192.0.2.1');
    if (verification.verdict !== 'valid') throw new Error(verification.verdict);
    return verification.known;
  }

  it('asks nothing while there is no team', async () => {
    await start();
    expect(await verdict('anything')).to.equal('unknown');
    expect(verifier.presence).to.equal('none');
    expect(store.lookUps).to.equal(0);
  });

  it('asks once for a key, and nothing for a malformed one', async () => {
    const { text } = await admin.addKey(LEAD, { member: 'ann' });
    await start();
    for (let time = 0; time < 10; time += 1) expect(await verdict(text)).to.equal('valid');
    expect(await verdict(`${text}x`)).to.equal('unknown');
    expect(store.lookUps).to.equal(1);
  });

  it('shares one look-up among requests at the same time', async () => {
    const { text } = await admin.addKey(LEAD, { member: 'ann' });
    await start();
    await Promise.all(Array.from({ length: 10 }, () => verdict(text)));
    expect(store.lookUps).to.equal(1);
  });

  it('confirms a key again after five seconds, unless its revision came with a limit', async () => {
    const { text } = await admin.addKey(LEAD, { member: 'ann' });
    await start();
    // The first use is stored, which changes the key.
    await verifier.confirm(await verified(text));
    await new Promise((resolve) => setImmediate(resolve));
    await verifier.confirm(await verified(text));
    const known = await verified(text);
    store.lookUps = 0;
    now += 4_999;
    await verifier.confirm(known);
    expect(store.lookUps).to.equal(0);
    now += 2;
    await verifier.confirm(known);
    expect(store.lookUps).to.equal(1);
    now += 5_001;
    verifier.noteRevision(known.key.id, (await verified(text)).key.revision);
    await verifier.confirm(known);
    expect(store.lookUps).to.equal(1);
  });

  it('reads a key again when another revision came with a limit, and only once for each', async () => {
    const { text } = await admin.addKey(LEAD, { member: 'ann' });
    await start();
    const known = await verified(text);
    for (let time = 0; time < 3; time += 1) {
      verifier.noteRevision(known.key.id, 99);
      await verifier.confirm(known);
    }
    expect(store.lookUps).to.equal(2);
  });

  it('lets known keys go on for 15 minutes while the store is away, and unknown ones wait', async () => {
    const { text } = await admin.addKey(LEAD, { member: 'ann' });
    const other = await admin.addKey(LEAD, { member: 'bob' });
    await start();
    const known = await verified(text);
    store.isAway = true;
    now += 15 * MINUTE_MS - 1;
    expect(await verdict(text)).to.equal('valid');
    expect((await verifier.confirm(known)).verdict).to.equal('valid');
    expect(await verdict(other.text)).to.equal('unavailable');
    now += 2;
    expect(await verdict(text)).to.equal('unavailable');
    store.isAway = false;
    expect(await verdict(text)).to.equal('valid');
  });

  it('takes a store that was emptied for one that is away', async () => {
    const { text } = await admin.addKey(LEAD, { member: 'ann' });
    await start();
    const known = await verified(text);
    store.isEmpty = true;
    now += 6_000;
    expect((await verifier.confirm(known)).verdict).to.equal('valid');
    expect(await verdict('never seen')).to.equal('unavailable');
    expect(verifier.presence).to.equal('present');
  });

  it('asks for unknown keys of one address no more often than wrong keys are allowed', async () => {
    const { text } = await admin.addKey(LEAD, { member: 'ann' });
    await start();
    for (let attempt = 0; attempt < 100; attempt += 1) await verdict(`wrong-${attempt}`);
    expect(store.lookUps).to.equal(20);
    expect(await verdict(text, '192.0.2.2')).to.equal('valid');
    now += MINUTE_MS + 1;
    await verdict('wrong again');
    expect(store.lookUps).to.equal(22);
  });

  it('asks for a key that was disabled no more often either', async () => {
    const { key, text } = await admin.addKey(LEAD, { member: 'ann' });
    await admin.updateKey(LEAD, key.id, { state: 'disabled' });
    await start();
    for (let attempt = 0; attempt < 100; attempt += 1) await verdict(text);
    expect(store.lookUps).to.equal(20);
  });

  it('forgets the least recently used keys when there are too many', async () => {
    const keys = await Promise.all(['a', 'b', 'c'].map((member) => admin.addKey(LEAD, { member })));
    await start(new KeyCache(2));
    for (const { text } of keys) expect(await verdict(text)).to.equal('valid');
    expect(await verdict(keys[2]?.text ?? '')).to.equal('valid');
    expect(store.lookUps).to.equal(3);
    expect(await verdict(keys[0]?.text ?? '')).to.equal('valid');
    expect(store.lookUps).to.equal(4);
  });

  it('ends open requests of a key that is removed, and of no other', async () => {
    const one = await admin.addKey(LEAD, { member: 'ann' });
    const two = await admin.addKey(LEAD, { member: 'bob' });
    await start();
    const [known, other] = [await verified(one.text), await verified(two.text)];
    inUse = [known, other].map(({ sha256, key }) => ({ sha256, keyId: key.id }));
    await admin.removeKey(LEAD, one.key.id);
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).to.deep.equal([known.sha256]);
    expect((await verifier.confirm(known)).verdict).to.equal('unknown');
  });

  it('does not take for fresh what was read before a change', async () => {
    const { key, text } = await admin.addKey(LEAD, { member: 'ann' });
    await start();
    const known = await verified(text);
    now += 6_000;
    const late = verifier.confirm(known);
    await admin.updateKey(LEAD, key.id, { state: 'disabled' });
    await late;
    expect((await verifier.confirm(known)).verdict).to.equal('revoked');
  });
});
