/** What work costs, in milliseconds of this process's CPU time: about the same on a busy machine, unlike the time that passes. */
export function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  return process.cpuUsage(before).user / 1000;
}
