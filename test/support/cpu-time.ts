/** Measures CPU time. A file that imports this is run alone by scripts/run-mocha.mjs. */

/** Milliseconds of this process's CPU time. Unlike elapsed time they hardly depend on the load of the machine. */
export function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  return process.cpuUsage(before).user / 1000;
}
