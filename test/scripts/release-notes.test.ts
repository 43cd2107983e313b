import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { findSection } from '../../scripts/release-notes.mjs';
import { VERSION } from '../../src/version.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/release-notes.mjs', import.meta.url));
const CHANGELOG = `# Changelog

## [Unreleased]

- Later.

## [1.10.0] - 2026-11-28

### Added

- New.

## [1.1.0] - 2026-10-01

- Old.
`;

describe('The notes of a release', () => {
  it('are the changelog section of its version, without the heading', () => {
    expect(findSection(CHANGELOG, '1.10.0')).to.equal('### Added\n\n- New.');
    expect(findSection(CHANGELOG, '1.1.0')).to.equal('- Old.');
  });

  it('are missing for a version without a dated section', () => {
    for (const version of ['1.1', '2.0.0', '1.1000', 'Unreleased'])
      expect(findSection(CHANGELOG, version), version).to.equal(undefined);
  });

  it('exist for the version of this project', () => {
    const changelog = readFileSync(new URL('../../CHANGELOG.md', import.meta.url), 'utf8');
    expect(findSection(changelog, VERSION)).to.match(/^### /);
    const { stdout, status } = spawnSync(process.execPath, [SCRIPT, `v${VERSION}`], { encoding: 'utf8' });
    expect({ stdout: stdout.trim(), status }).to.deep.equal({
      stdout: findSection(changelog, VERSION),
      status: 0,
    });
  });

  it('are refused for a tag that is not the version in package.json', () => {
    const { stderr, status } = spawnSync(process.execPath, [SCRIPT, 'v99.0.0'], { encoding: 'utf8' });
    expect(status).to.equal(1);
    expect(stderr).to.equal(`The tag is "v99.0.0", package.json says ${VERSION}.\n`);
  });
});
