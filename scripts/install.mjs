// Installs the npm packages when they do not match package-lock.json and package.json.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { npmCommand, runQuietly } from './run-command.mjs';
import { hashFiles, readStamp, writeStamp } from './stamp.mjs';

/** @param {string} root */
export async function installIfStale(root) {
  if (isInstallFresh(root)) return;
  // Removed before npm starts: an interrupted install must not look finished.
  rmSync(stampFile(root), { force: true });
  // Building and testing need the devDependencies, regardless of NODE_ENV and npm's settings.
  const verb = existsSync(path.join(root, 'package-lock.json')) ? 'ci' : 'install';
  const npm = npmCommand([verb, '--include=dev', '--no-audit', '--no-fund']);
  await runQuietly(npm, { cwd: root, announce: 'Installing packages (once; needs the network)…' });
  writeStamp(stampFile(root), installHash(root)); // npm install may have written the lock file: hash it afterwards
}

/** @param {string} root */
export function isInstallFresh(root) {
  const stamp = readStamp(stampFile(root));
  if (stamp !== undefined) return stamp === installHash(root);
  if (!isInstalledByHand(root)) return false;
  writeStamp(stampFile(root), installHash(root));
  return true;
}

/**
 * Hashes what an install depends on: the dependencies of package.json (a changed script needs no new packages) and the
 * platform (some packages have binaries, and a folder can be shared between systems).
 * @param {string} root
 */
export function installHash(root) {
  const manifest = readJson(path.join(root, 'package.json')) ?? {};
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  const wanted = [dependencies, devDependencies, optionalDependencies, process.platform, process.arch];
  const hash = createHash('sha256').update(hashFiles(root, ['package-lock.json']));
  return hash.update(JSON.stringify(wanted)).digest('hex');
}

/**
 * Whether a person or a CI step has run `npm ci`. npm writes its record last, so a record with every package of the
 * lock file (except optional ones, which are for other platforms) means a finished install.
 */
function isInstalledByHand(root) {
  const wanted = readJson(path.join(root, 'package-lock.json'))?.packages;
  const installed = readJson(path.join(root, 'node_modules', '.package-lock.json'))?.packages;
  if (!wanted || !installed) return false;
  const names = Object.keys(wanted).filter((name) => name !== '' && !wanted[name].optional);
  return names.every((name) => installed[name]?.version === wanted[name].version);
}

function stampFile(root) {
  return path.join(root, 'node_modules', '.ztoapi-installed');
}

function readJson(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
