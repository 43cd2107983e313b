// Programs that the tests need and npm cannot install. They are installed if that is simple, otherwise named.
import { isInstalled, run } from './run-command.mjs';

/**
 * One entry for each program. Tests whose program is missing are skipped with a reason.
 * @type {import('./system-packages.d.mts').SystemPackage[]}
 */
export const systemPackages = [
  {
    command: 'redis-server',
    debian: 'redis-server',
    brew: 'redis',
    purpose: 'the tests of the shared store',
  },
  { command: 'haproxy', debian: 'haproxy', brew: 'haproxy', purpose: 'the tests of several replicas' },
  { command: 'chromium', debian: 'chromium', brew: 'chromium', purpose: 'the tests in a browser' },
];

/** @returns {Promise<string[]>} the commands that are still missing */
export async function ensureSystemPackages(table = systemPackages, host = thisHost()) {
  const missing = table.filter(({ command }) => !host.isInstalled(command));
  if (missing.length === 0) return [];
  const installer = chooseInstaller(host);
  if (installer) await install(missing, installer, host);
  const left = missing.filter(({ command }) => !host.isInstalled(command));
  for (const each of left) host.say(explainMissing(each));
  return left.map(({ command }) => command);
}

function chooseInstaller(host) {
  if (host.platform === 'linux' && host.isRoot && host.isInstalled('apt-get')) return installWithApt;
  if (host.platform === 'darwin' && host.isInstalled('brew')) return installWithBrew;
  return undefined; // without the right to install, asking for a password would stop an unattended run
}

async function install(missing, installer, host) {
  host.say(`Installing for the tests: ${missing.map(({ command }) => command).join(', ')}…`);
  const { code, output } = await installer(missing, host);
  if (code !== 0) host.say(output.trimEnd());
}

async function installWithApt(missing, host) {
  const names = missing.map(({ debian }) => debian);
  const tryInstall = () => host.run('apt-get', ['install', '-y', '--no-install-recommends', ...names]);
  const first = await tryInstall();
  if (first.code === 0) return first;
  // The slow update is needed only if the package lists are absent (fresh images) or too old (404).
  const update = await host.run('apt-get', ['update']);
  return update.code === 0 ? tryInstall() : update;
}

function installWithBrew(missing, host) {
  return host.run('brew', ['install', ...missing.map(({ brew }) => brew)]);
}

function explainMissing({ command, debian, brew, purpose }) {
  return `SKIPPING ${purpose}: ${command} is not installed (Debian: apt-get install ${debian}; macOS: brew install ${brew}).`;
}

function thisHost() {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    isInstalled,
    run: (command, args) => run({ command, args, name: command }, { capture: true, env }),
    say: (line) => console.error(line),
  };
}
