import { expect } from 'chai';
import { MemoryTeamStore } from '../../src/store/memory-team.js';
import { StoreUnavailableError } from '../../src/store/store.js';
import { sha256 } from '../../src/team/secrets.js';
import { MapState } from './disk/map-state.js';
import { teamContract } from './team-contract.js';

describe('A team in memory', () => {
  teamContract(() => new MemoryTeamStore());

  it('has its sessions again after a restart, until they end', async () => {
    const state = new MapState();
    const store = new MemoryTeamStore(state);
    const session = (ms: number) => ({ keyId: '12345678', secret: sha256('s'), expiresAt: Date.now() + ms });
    const open = session(60_000);
    await store.writeSession(sha256('open'), open);
    await store.writeSession(sha256('closed'), session(60_000));
    await store.writeSession(sha256('over'), session(-1));
    await store.removeSession(sha256('closed'));
    const again = new MemoryTeamStore(state);
    expect(await again.readSession(sha256('open'))).to.deep.equal(open);
    expect(await again.readSession(sha256('closed'))).to.equal(undefined);
    await again.writeSession(sha256('later'), session(60_000));
    expect([...state.readEntries('team-session').keys()]).to.have.members(['open', 'later'].map(sha256));
  });

  it('opens sessions while the disk refuses', async () => {
    const state = new MapState();
    state.write = async () => {
      throw new StoreUnavailableError('the disk is full');
    };
    const store = new MemoryTeamStore(state);
    const session = { keyId: '12345678', secret: sha256('s'), expiresAt: Date.now() + 60_000 };
    await store.writeSession(sha256('open'), session);
    expect(await store.readSession(sha256('open'))).to.deep.equal(session);
  });
});
