/** How long a process has waited for a processor, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

const NS_PER_MS = 1e6;

/**
 * Milliseconds that the threads of a process, together, could have run and did not, since each of them began: the second
 * number of /proc/PID/task/TID/schedstat (sched-stats of the kernel's documentation). 0 for a process that is gone, or where the
 * kernel does not count.
 */
export function processorWaitMs(pid: number | undefined): number {
  if (pid === undefined) return 0;
  let waitNs = 0;
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      waitNs += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[1] ?? 0);
    }
  } catch {
    // The process, or one of its threads, has just ended; or the kernel has no such file.
  }
  return waitNs / NS_PER_MS;
}
