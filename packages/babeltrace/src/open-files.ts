/** Traces from files in memory: uploaded, fetched, unpacked. */
import { FormatError } from '@lttng-ts/base';
import {
  type ByteSource,
  faultOf,
  memorySource,
  openTraces as openFolders,
  type Trace,
  type TraceFolder,
} from '@lttng-ts/ctf';
import { selectionOf } from './event-selection.ts';
import { type OpeningOptions, type ReaderOptions, TraceReader } from './trace-reader.ts';

const METADATA = 'metadata';

/**
 * Opens every trace among `files`: names with `/` between folders, and bytes, which stay the caller's and must not
 * change. Throws `FormatError`, and `UsageError` for a filter that is none.
 */
export function openTraceFiles(
  files: Readonly<Record<string, Uint8Array>>,
  options: OpeningOptions = {},
): TraceReader {
  const { continuesAfterDamage = false } = options;
  const folders = Object.keys(files)
    .filter((name) => name === METADATA || name.endsWith(`/${METADATA}`))
    .map((name) => name.slice(0, -METADATA.length))
    .sort()
    .map((prefix) => folderAt(prefix, files));
  if (folders.length === 0) throw new FormatError('No trace found: no file is called metadata');
  const traces = openFolders(folders, undefined, { continuesAfterDamage });
  return new TraceReader({ traces, selection: selectionOf(options) });
}

/** Reads traces that are open already: those of another reader, with other options. Throws `UsageError`. */
export function openTraces(traces: readonly Trace[], options: ReaderOptions = {}): TraceReader {
  return new TraceReader({ traces, selection: selectionOf(options) });
}

function folderAt(prefix: string, files: Readonly<Record<string, Uint8Array>>): TraceFolder {
  const names = Object.keys(files)
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .filter((name) => name !== METADATA && !name.includes('/') && !name.startsWith('.'));
  const source = (name: string): ByteSource => {
    const bytes = files[`${prefix}${name}`]!;
    return { ...memorySource(`${prefix}${name}`, bytes), fault: faultOf(bytes) };
  };
  return {
    path: prefix,
    relativePath: prefix.replace(/\/$/, ''),
    metadata: source(METADATA),
    dataStreams: names.sort().map((name) => {
      const index = `index/${name}.idx`;
      const hasIndex = Object.hasOwn(files, `${prefix}${index}`);
      return { source: source(name), index: hasIndex ? source(index) : null };
    }),
  };
}
