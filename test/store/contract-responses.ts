/** The part of the contract that is about kept responses. */
import { expect } from 'chai';
import { ENTRY_OVERHEAD_BYTES, MAX_OWNER_BYTES } from '../../src/store/response-store.js';
import type { Subject } from './contract.js';

const TTL_MS = 60 * 60 * 1000;
const MEGABYTE = 1024 * 1024;

const idOf = (number: number) => number.toString(16).padStart(32, '0');
const OWNER = idOf(0xa);
const OTHER = idOf(0xb);

export function responsesContract(subject: Subject): void {
  const keep = (id: number, bytes: Buffer, owner = OWNER) =>
    subject.store.keepResponse(owner, idOf(id), bytes, TTL_MS);
  const read = (ids: number[], owner = OWNER) => subject.store.readResponses(owner, ids.map(idOf), TTL_MS);

  describe('keeping responses', () => {
    it('returns any bytes, in the order requested', async () => {
      const bytes = Buffer.from([0, 255, 128, 10, 13, 0xc3, 0x28]);
      await keep(1, bytes);
      await keep(2, Buffer.from('second'));
      const [second, unknown, first] = await read([2, 3, 1]);
      expect(second?.toString()).to.equal('second');
      expect(unknown).to.equal(undefined);
      expect(first?.equals(bytes)).to.equal(true);
      expect(await read([])).to.deep.equal([]);
    });

    it('returns nothing to another owner, and does not let it delete', async () => {
      await keep(1, Buffer.from('mine'));
      expect(await read([1], OTHER)).to.deep.equal([undefined]);
      expect(await subject.store.deleteResponse(OTHER, idOf(1))).to.equal(false);
      expect((await read([1]))[0]?.toString()).to.equal('mine');
    });

    it('deletes a response once', async () => {
      await keep(1, Buffer.from('mine'));
      expect(await subject.store.deleteResponse(OWNER, idOf(1))).to.equal(true);
      expect(await subject.store.deleteResponse(OWNER, idOf(1))).to.equal(false);
      expect(await read([1])).to.deep.equal([undefined]);
    });

    it('removes each response when it expires', async () => {
      await keep(1, Buffer.from('first'));
      await subject.clock.advance(TTL_MS / 2);
      await keep(2, Buffer.from('second'));
      await subject.clock.advance(TTL_MS / 2 + 1_000);
      const [first, second] = await read([1, 2]);
      expect(first).to.equal(undefined);
      expect(second?.toString()).to.equal('second');
    });

    it('renews the lifetime of responses that are read', async () => {
      await keep(1, Buffer.from('read'));
      await keep(2, Buffer.from('left alone'));
      await subject.clock.advance(TTL_MS - 2_000);
      await read([1]);
      await subject.clock.advance(TTL_MS - 2_000);
      const [first, second] = await read([1, 2]);
      expect(first?.toString()).to.equal('read');
      expect(second).to.equal(undefined);
    });

    it('removes the least recently used responses of an owner over its limit, and none of another owner', async () => {
      const large = Buffer.alloc(2 * MEGABYTE - ENTRY_OVERHEAD_BYTES);
      const fitting = MAX_OWNER_BYTES / (2 * MEGABYTE);
      await keep(1, Buffer.from('of another'), OTHER);
      for (let id = 1; id <= fitting; id += 1) await keep(id, large);
      await read([1]);
      await keep(fitting + 1, Buffer.from('one too many'));
      const [first, second, last] = await read([1, 2, fitting + 1]);
      // The first was read above, so the second was used longest ago.
      expect(first?.length).to.equal(large.length);
      expect(second).to.equal(undefined);
      expect(last?.toString()).to.equal('one too many');
      expect((await read([1], OTHER))[0]?.toString()).to.equal('of another');
    });

    it('frees the space of deleted and expired responses', async () => {
      const large = Buffer.alloc(2 * MEGABYTE - ENTRY_OVERHEAD_BYTES);
      const fitting = MAX_OWNER_BYTES / (2 * MEGABYTE);
      for (let id = 1; id <= fitting; id += 1) await keep(id, large);
      await subject.store.deleteResponse(OWNER, idOf(fitting));
      await keep(100, large);
      expect((await read([1]))[0]?.length).to.equal(large.length);
      await subject.clock.advance(TTL_MS + 1_000);
      for (let id = 101; id <= 100 + fitting; id += 1) await keep(id, large);
      expect((await read([101]))[0]?.length).to.equal(large.length);
    });
  });
}
