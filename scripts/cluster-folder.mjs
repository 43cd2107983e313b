// The folder in which `npm run cluster` keeps Redis's data, within DATA_DIR. One cluster at a time uses it.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { TaskError } from './run-command.mjs';

/**
 * A demo has a folder of its own. Throws a TaskError if another cluster uses the folder.
 * @param {string} root @param {string} dataDir relative to `root`, or absolute @param {boolean} demo
 * @returns {{ folder: string, name: string, release: () => void }}
 */
export function claimClusterFolder(root, dataDir, demo) {
  const purpose = demo ? 'demo' : 'gateways';
  const name = path.join(dataDir, 'cluster', purpose);
  const folder = path.resolve(root, name);
  const pidFile = path.join(folder, 'pid');
  try {
    moveOldFolder(path.join(root, '.cluster', purpose), folder);
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

/** Version 0.2.0 had it in a folder of its own, which stays where it is while a cluster of that version runs. */
function moveOldFolder(old, folder) {
  const other = readPid(path.join(old, 'pid'));
  if (!existsSync(old) || existsSync(folder) || (other !== undefined && isRunning(other))) return;
  mkdirSync(path.dirname(folder), { recursive: true, mode: 0o700 });
  renameSync(old, folder);
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
