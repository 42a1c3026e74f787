/**
 * Futexes on shared memory. A wait is a detached thread and a descriptor that tells its end; nothing joins it.
 */
import { assert } from '@lttng-ts/base';
import { type Addon, check, checkThing } from './addon.ts';
import type { Fd } from './fd.ts';
import type { FdWatcher } from './fd-watcher.ts';
import { handleOfMapping } from './memory-calls.ts';
import type { FutexCalls, FutexWaitResult } from './native.ts';

/** Results by the number that C gives. */
const results: Readonly<Record<number, FutexWaitResult>> = {
  1: 'woken',
  2: 'changed',
  3: 'timed-out',
  4: 'cancelled',
};

/** Makes {@link FutexCalls} out of the addon. */
export function futexCalls(addon: Addon, watcher: FdWatcher): FutexCalls {
  return {
    futexWake: (mapping, offsetBytes, count) =>
      check(addon.futexWake(handleOfMapping(mapping), offsetBytes, count), 'futex', { offset: offsetBytes }),

    futexWaitAsync(mapping, offsetBytes, expected, { timeoutMs = -1, signal } = {}) {
      if (signal?.aborted) return Promise.resolve('cancelled');
      const out = new Int32Array(1);
      const handle = checkThing(
        addon.futexWait(handleOfMapping(mapping), offsetBytes, expected >>> 0, timeoutMs, out),
        'futex',
        { offset: offsetBytes },
      );
      const eventFd = out[0] as Fd;
      return new Promise((resolve) => {
        const cancel = () => addon.futexCancel(handle);
        const watch = watcher.watch(eventFd, { isReadable: true }, () => {
          signal?.removeEventListener('abort', cancel);
          watch.close();
          addon.closeFd(eventFd);
          const result = results[addon.futexResult(handle)];
          addon.close(handle);
          assert(result !== undefined, 'Futex wait ended without a result');
          resolve(result);
        });
        watch.unref();
        signal?.addEventListener('abort', cancel, { once: true });
      });
    },
  };
}
