/** The log of `LTTNG_UST_DEBUG`: lines on stderr, written at once, so that a crash loses none. */
import { builtin } from '@lttng-ts/native';

/** Gives the function that logs, or one that does nothing. */
export function createDebugLog(isDebugging: boolean, who: string): (message: string) => void {
  if (!isDebugging) return () => undefined;
  return (message) => {
    try {
      builtin('node:fs').writeSync(2, `lttng-ts[${process.pid}/${who}]: ${message}\n`);
    } catch {
      // A closed stderr must not disturb the program.
    }
  };
}
