/**
 * Threads, CPUs and clocks.
 */
import { SystemError } from '@lttng-ts/base';
import { type Addon, check } from './addon.ts';
import { builtin } from './builtin.ts';
import type { ThreadCalls } from './native.ts';

const POSSIBLE_CPUS = '/sys/devices/system/cpu/possible';

/**
 * Highest id + 1 of a CPU list of the kernel (`0-3,8`, cpuset(7)); `null` when it is none.
 */
export function cpuCountOf(list: string): number | null {
  const ids = list.trim().split(/[-,]/);
  const highest = Math.max(...ids.map((id) => (/^\d{1,6}$/.test(id) ? Number(id) : Number.NaN)));
  return Number.isNaN(highest) ? null : highest + 1;
}

/** Makes {@link ThreadCalls} out of the addon. */
export function threadCalls(addon: Addon): ThreadCalls {
  return {
    gettid: () => addon.gettid(),
    pthreadSelf: () => addon.pthreadSelf(),
    threadName: () => addon.threadName(),
    canCount: ({ type, config }) => addon.tryPerfEvent(BigUint64Array.of(BigInt(type), config)) >= 0,
    getcpu: () => addon.getcpu(),
    possibleCpuCount() {
      const count = cpuCountOf(builtin('node:fs').readFileSync(POSSIBLE_CPUS, 'utf8'));
      if (count === null) throw new SystemError('read', 'EINVAL', { path: POSSIBLE_CPUS });
      return count;
    },
    clockMonotonicNs: () => addon.clockMonotonicNs(),
    clockRealtimeNs: () => addon.clockRealtimeNs(),
    setParentDeathSignal: (signal) => void check(addon.setParentDeathSignal(signal), 'prctl', { signal }),
    setThreadName: (name) => void check(addon.setThreadName(name), 'prctl', { name }),
  };
}
