/** The CPU time of one thread of this process, which does not depend on other load. Linux only. */
import { readFileSync, readlinkSync } from 'node:fs';

/** Linux reports CPU times in hundredths of a second. */
const MS_PER_TICK = 10;
/** Positions of user and system time after the program's name in /proc/…/stat (proc(5)). */
const [USER, SYSTEM] = [11, 12];

/** @returns the id of the calling thread, `undefined` if the system does not report it. */
export function currentThread(): string | undefined {
  try {
    return readlinkSync('/proc/thread-self').split('/').at(-1);
  } catch {
    return undefined;
  }
}

/** @returns the CPU time of a thread of this process in milliseconds, `undefined` if the system does not report it. */
export function threadCpuMs(thread: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[USER]) + Number(fields[SYSTEM])) * MS_PER_TICK;
  } catch {
    return undefined;
  }
}
