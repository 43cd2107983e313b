/** The CPU time of one thread of this process, which a busy machine does not stretch. Linux only. */
import { readFileSync, readlinkSync } from 'node:fs';

/** Linux tells CPU times in hundredths of a second. */
const MS_PER_TICK = 10;
/** Places of user and system time behind the program's name in /proc/…/stat (proc(5)). */
const [USER, SYSTEM] = [11, 12];

/** The id of the thread that asks; `undefined` where the system does not tell it. */
export function currentThread(): string | undefined {
  try {
    return readlinkSync('/proc/thread-self').split('/').at(-1);
  } catch {
    return undefined;
  }
}

/** Milliseconds that a thread of this process has computed; `undefined` where the system does not tell it. */
export function threadCpuMs(thread: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[USER]) + Number(fields[SYSTEM])) * MS_PER_TICK;
  } catch {
    return undefined;
  }
}
