import { expect } from 'chai';
import { MemoryStore } from '../../src/store/memory-store.js';
import { storeContract } from './contract.js';

storeContract('MemoryStore', async (clock) => new MemoryStore(() => clock.now));

describe('MemoryStore', () => {
  it('keeps the 100,000 conversations used last', async () => {
    const store = new MemoryStore();
    await store.bindToken('first', 'one');
    await store.bindToken('second', 'two');
    for (let index = 2; index < 100_000; index += 1) await store.bindToken(`conversation-${index}`, 'some');
    expect(await store.findToken('first')).to.equal('one');
    await store.bindToken('one too many', 'some');
    expect(await store.findToken('first')).to.equal('one');
    expect(await store.findToken('second')).to.equal(undefined);
  });

  it('keeps 1,000 spare tokens', async () => {
    const store = new MemoryStore();
    for (let index = 0; index <= 1_000; index += 1) await store.addSpareToken(`token-${index}`);
    expect(await store.countSpareTokens()).to.equal(1_000);
    expect(await store.takeSpareToken()).to.equal('token-1');
  });

  it('is empty after it was closed', async () => {
    const store = new MemoryStore();
    await store.bindToken('c', 'one');
    await store.addSpareToken('spare');
    await store.close();
    expect(await store.findToken('c')).to.equal(undefined);
    expect(await store.countSpareTokens()).to.equal(0);
  });
});
