// Puts an agent's npm package into a cache folder outside the repository, once for each version.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { npmCommand, run, TaskError } from '../run-command.mjs';

/** Agents have hundreds of megabytes, so they are kept. */
export const CACHE = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'ztoapi-agents');

/**
 * Resolves to the folder that holds `node_modules`. Rejects with a TaskError if npm cannot install it.
 * @param {{ id: string, package: string, version: string }} agent
 */
export async function install({ id, package: name, version }) {
  const folder = path.join(CACHE, `${id}-${version}`);
  const done = path.join(folder, '.installed');
  if (existsSync(done)) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  console.log(`Installing ${name}@${version} into ${folder} …`);
  const npm = npmCommand(['install', '--no-audit', '--no-fund', '--save-exact', `${name}@${version}`]);
  const { code, output } = await run(npm, { cwd: folder, capture: true });
  if (code !== 0) throw new TaskError(`npm cannot install ${name}@${version}:\n${complaints(output)}`);
  writeFileSync(done, '');
  return folder;
}

/** Keeps npm's reason, which comes first, and drops its advice. */
function complaints(output) {
  const lines = output.split('\n').filter((line) => line.startsWith('npm error'));
  return lines.slice(0, 4).join('\n') || lastLines(output, 4);
}

/** How to start a package's program: scripts with the given Node, binaries directly. */
export function programOf({ package: name, bin }, folder, node) {
  const packageFolder = path.join(folder, 'node_modules', name);
  const declared = JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8')).bin;
  const file = path.join(packageFolder, typeof declared === 'string' ? declared : declared[bin]);
  const isScript = /^#!.*\bnode\b/.test(readFileSync(file).subarray(0, 100).toString('latin1'));
  return isScript ? [node, file] : [file];
}

export function lastLines(text, count) {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
