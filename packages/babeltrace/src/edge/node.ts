/** What programs in Node.js import as `@lttng-ts/babeltrace/node`: traces on disk. */
import { setImmediate } from 'node:timers/promises';
import { openTraceFolders } from '@lttng-ts/ctf/node';
import { selectionOf } from '../event-selection.ts';
import { type OpeningOptions, TraceReader } from '../trace-reader.ts';

/**
 * Opens every trace at or below the paths; what comes last may be options. Dispose the reader when nothing is read any
 * more. Throws `FormatError` when there is none, `SystemError` when a folder cannot be read, `UsageError` for a filter
 * that is none.
 */
export function openTrace(...words: readonly string[] | readonly [...string[], OpeningOptions]): TraceReader {
  const last = words.at(-1);
  const options = typeof last === 'object' ? last : {};
  const { continuesAfterDamage = false } = options;
  const selection = selectionOf(options);
  const paths = words.flatMap((word) => (typeof word === 'string' ? [word] : []));
  const folders = openTraceFolders(paths, { continuesAfterDamage });
  return new TraceReader({
    selection,
    traces: folders.traces,
    breathe: async () => {
      await setImmediate();
    },
    close: () => folders[Symbol.dispose](),
  });
}
