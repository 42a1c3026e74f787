/** What programs in Node.js import as `@lttng-ts/babeltrace/node`: traces on disk. */
import { setImmediate } from 'node:timers/promises';
import { openTraceFolders } from '@lttng-ts/ctf/node';
import { TraceReader } from '../trace-reader.ts';

/**
 * Opens every trace at or below `paths`. Dispose the reader when nothing is read any more. Throws `FormatError` when
 * there is none, `SystemError` when a folder cannot be read.
 */
export function openTrace(...paths: readonly string[]): TraceReader {
  const folders = openTraceFolders(paths);
  return new TraceReader({
    traces: folders.traces,
    breathe: async () => {
      await setImmediate();
    },
    close: () => folders[Symbol.dispose](),
  });
}
