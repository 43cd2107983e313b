// Programs that npm cannot install: who installs them on which system, and what is said when nobody can.
import { expect } from 'chai';
import { ensureSystemPackages, type Host } from '../../scripts/system-packages.mjs';

const redis = { command: 'redis-server', debian: 'redis-server', brew: 'redis', purpose: 'the store tests' };
const chromium = { command: 'chromium', debian: 'chromium', brew: 'chromium', purpose: 'the browser tests' };
const aptInstall = 'apt-get install -y --no-install-recommends';

/** A system whose packages appear when an install command that does not fail names them. */
class FakeHost implements Host {
  platform: NodeJS.Platform = 'linux';
  isRoot = true;
  installed = new Set(['apt-get', 'brew']);
  failures = 0;
  commands: string[] = [];
  said: string[] = [];

  constructor(settings: Partial<Pick<FakeHost, 'platform' | 'isRoot' | 'failures'>> = {}) {
    Object.assign(this, settings);
  }

  isInstalled = (command: string) => this.installed.has(command);
  say = (line: string) => void this.said.push(line);

  run = async (command: string, args: string[]) => {
    this.commands.push([command, ...args].join(' '));
    if (args[0] === 'install' && this.failures-- > 0) return { code: 100, output: 'E: no such package\n' };
    if (args[0] === 'install') this.add(args);
    return { code: 0, output: '' };
  };

  private add(names: string[]): void {
    for (const { command, debian, brew } of [redis, chromium]) {
      if (names.includes(debian) || names.includes(brew)) this.installed.add(command);
    }
  }
}

describe('system packages', () => {
  it('does nothing for an empty table, or when everything is there', async () => {
    const host = new FakeHost();
    host.installed.add('redis-server');
    expect(await ensureSystemPackages([], host)).to.deep.equal([]);
    expect(await ensureSystemPackages([redis], host)).to.deep.equal([]);
    expect([...host.commands, ...host.said]).to.deep.equal([]);
  });

  it('announces and installs with apt-get as root on Debian', async () => {
    const host = new FakeHost();
    expect(await ensureSystemPackages([redis, chromium], host)).to.deep.equal([]);
    expect(host.said).to.deep.equal(['Installing for the tests: redis-server, chromium…']);
    expect(host.commands).to.deep.equal([`${aptInstall} redis-server chromium`]);
  });

  it('updates the package lists when the first attempt fails', async () => {
    const host = new FakeHost({ failures: 1 });
    expect(await ensureSystemPackages([redis], host)).to.deep.equal([]);
    const attempt = `${aptInstall} redis-server`;
    expect(host.commands).to.deep.equal([attempt, 'apt-get update', attempt]);
  });

  it('shows what apt-get says, names what is missing and goes on, when it cannot be installed', async () => {
    const host = new FakeHost({ failures: 2 });
    expect(await ensureSystemPackages([redis], host)).to.deep.equal(['redis-server']);
    expect(host.said[1]).to.equal('E: no such package');
    expect(host.said[2]).to.match(/^SKIPPING the store tests: redis-server is not installed/);
  });

  it('installs with brew on macOS', async () => {
    const host = new FakeHost({ platform: 'darwin', isRoot: false });
    expect(await ensureSystemPackages([redis], host)).to.deep.equal([]);
    expect(host.commands).to.deep.equal(['brew install redis']);
  });

  for (const settings of [{ isRoot: false }, { platform: 'win32' as const }]) {
    it(`says in one line what to install, given ${JSON.stringify(settings)}`, async () => {
      const host = new FakeHost(settings);
      expect(await ensureSystemPackages([redis], host)).to.deep.equal(['redis-server']);
      expect(host.commands).to.deep.equal([]);
      expect(host.said).to.deep.equal([
        'SKIPPING the store tests: redis-server is not installed ' +
          '(Debian: apt-get install redis-server; macOS: brew install redis).',
      ]);
    });
  }
});
