import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { claimClusterFolder } from '../../scripts/cluster-folder.mjs';

describe('The folder of npm run cluster', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cluster-folder-'));
  });

  it('is in the data folder, for its owner only, and apart for a demo', () => {
    const { folder, name } = claimClusterFolder(root, 'data', false);
    expect([name, folder]).to.deep.equal([
      join('data', 'cluster', 'gateways'),
      join(root, 'data', 'cluster', 'gateways'),
    ]);
    expect(statSync(join(root, 'data')).mode & 0o777).to.equal(0o700);
    expect(claimClusterFolder(root, join(root, 'elsewhere'), true).folder).to.equal(
      join(root, 'elsewhere', 'cluster', 'demo'),
    );
  });

  it('takes over what the folder of an older version holds, once', () => {
    mkdirSync(join(root, '.cluster', 'gateways'), { recursive: true });
    writeFileSync(join(root, '.cluster', 'gateways', 'appendonly.aof'), 'old');
    const first = claimClusterFolder(root, 'data', false);
    expect(readFileSync(join(first.folder, 'appendonly.aof'), 'utf8')).to.equal('old');
    first.release();
    mkdirSync(join(root, '.cluster', 'gateways'));
    const second = claimClusterFolder(root, 'data', false);
    expect(readFileSync(join(second.folder, 'appendonly.aof'), 'utf8')).to.equal('old');
  });

  it('leaves that of an older version whose cluster runs', () => {
    mkdirSync(join(root, '.cluster', 'gateways'), { recursive: true });
    writeFileSync(join(root, '.cluster', 'gateways', 'pid'), '1');
    claimClusterFolder(root, 'data', false);
    expect(statSync(join(root, '.cluster', 'gateways', 'pid')).isFile()).to.equal(true);
  });
});
