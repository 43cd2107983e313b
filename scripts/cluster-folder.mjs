// The folder in which `npm run cluster` keeps Redis's data. One cluster at a time uses it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { TaskError } from './run-command.mjs';

/**
 * A demo has a folder of its own. Throws a TaskError if another cluster uses the folder.
 * @param {string} root @param {boolean} demo @returns {{ folder: string, name: string, release: () => void }}
 */
export function claimClusterFolder(root, demo) {
  const name = path.join('.cluster', demo ? 'demo' : 'gateways');
  const folder = path.join(root, name);
  const pidFile = path.join(folder, 'pid');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 }); // it holds the dashboard's password
    const other = readPid(pidFile);
    if (other !== undefined && isRunning(other)) {
      throw new TaskError(
        `The folder ${name} is in use by another cluster (process ${other}): stop that first. If it is gone, remove ${path.join(name, 'pid')}.`,
      );
    }
    writeFileSync(pidFile, String(process.pid));
  } catch (error) {
    if (error instanceof TaskError) throw error;
    throw new TaskError(`The folder ${name} for Redis's data cannot be written: ${error.message}`);
  }
  return { folder, name, release: () => rmSync(pidFile, { force: true }) };
}

function readPid(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 && pid !== process.pid ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM'; // somebody else's
  }
}
