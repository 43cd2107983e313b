// Content hashes: what changes them and what does not.
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { hashFiles, readStamp, writeStamp } from '../../scripts/stamp.mjs';

describe('stamps', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'ztoapi-stamp-'));
    write('src/a.ts', 'ab');
    write('src/deep/b.ts', 'c');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const changes: Record<string, () => void> = {
    'a changed file': () => write('src/a.ts', 'AB'),
    'a new file deep inside': () => write('src/deep/er/c.ts', ''),
    'a removed file': () => rmSync(path.join(root, 'src/deep/b.ts')),
    'text moved from one file to the next': () => {
      write('src/a.ts', 'a');
      write('src/deep/b.ts', 'bc');
    },
    'a file that was missing, even an empty one': () => write('tsconfig.json', ''),
  };

  for (const [title, change] of Object.entries(changes)) {
    it(`sees ${title}`, () => {
      const before = hash();
      change();
      expect(hash()).not.to.equal(before);
    });
  }

  it('ignores modification times', () => {
    const before = hash();
    utimesSync(path.join(root, 'src/a.ts'), 0, 0);
    expect(hash()).to.equal(before);
  });

  it('reads a stamp back, or undefined if there is none', () => {
    const file = path.join(root, 'node_modules/.stamp');
    expect(readStamp(file)).to.equal(undefined);
    writeStamp(file, 'abc');
    expect(readStamp(file)).to.equal('abc');
  });

  function hash(): string {
    return hashFiles(root, ['src', 'tsconfig.json']);
  }

  function write(name: string, content: string): void {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
});
