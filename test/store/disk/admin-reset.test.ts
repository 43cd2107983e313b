import { chownSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readReset, requestReset } from '../../../src/store/disk/admin-reset.js';
import { skip } from '../../support/skip.js';

describe('A request for a new admin password', () => {
  it('can be read by the owner of the folder when root makes it, and by nobody else', async function () {
    if (process.getuid?.() !== 0) return skip(this, 'needs root');
    const folder = mkdtempSync(join(tmpdir(), 'ztoapi-owner-'));
    chownSync(folder, 1000, 1001);
    await requestReset(folder, 'scrypt:a:b');
    const { uid, gid, mode } = statSync(join(folder, 'reset-admin'));
    expect([uid, gid, mode & 0o777]).to.deep.equal([1000, 1001, 0o600]);
    expect(await readReset(folder)).to.equal('scrypt:a:b');
  });
});
