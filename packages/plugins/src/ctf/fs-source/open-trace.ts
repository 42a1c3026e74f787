/** The trace of a `source.ctf.fs`: one folder, or several of one UUID (the archives of a rotated session). */
import { FormatError, SystemError, UsageError } from '@lttng-ts/base';
import {
  type DataStream,
  type OpenOptions,
  openHelp,
  openTraces,
  readWhole,
  type Trace,
  type TraceFolder,
  WindowBudget,
} from '@lttng-ts/ctf';
import type { Host, InputFiles } from '../../host.ts';
import { describeTrace, type OpenedTrace } from './opened-trace.ts';
import { traceIdentity } from './trace-identity.ts';

const METADATA = 'metadata';

/** Opens the folders at `inputs` as one trace. Throws `FormatError`, `UsageError`, `SystemError`. */
export function openTrace(
  inputs: readonly string[],
  files: InputFiles,
  budget: WindowBudget = new WindowBudget(),
  options: OpenOptions = {},
): OpenedTrace {
  const paths = [...inputs].sort().map((input) => files.normalize(input));
  const folders = paths.map((path) => openFolder(path, files));
  const traces = openTraces(folders, budget, options);
  const [first, ...others] = traces;
  if (first === undefined) throw new UsageError('No inputs');
  if (others.length > 0) throw differentTraces(first, others[0]!);
  if (folders.length > 1 && traceIdentity(first.traceClass).uid === null) {
    throw new FormatError(`Multiple traces given, but a trace does not have a UUID: path=${paths[0]}`);
  }
  if (options.continuesAfterDamage !== true) checkReadable(first);
  return describeTrace(first, paths[0]!);
}

/** The trace at `inputs` for who needs no graph: what a `source.ctf.fs` with the same inputs reads. Throws as it does. */
export function openCtfTrace(inputs: readonly string[], { input }: Host, options: OpenOptions = {}): Trace {
  return openTrace(inputs, input, undefined, options).ctf;
}

function differentTraces(a: Trace, b: Trace): FormatError {
  for (const { traceClass, name } of [a, b]) {
    if (traceIdentity(traceClass).uid === null) {
      return new FormatError(`Multiple traces given, but a trace does not have a UUID: path=${name}`);
    }
  }
  return new FormatError(
    `Multiple traces given, but UUIDs don't match: first-trace-uuid=${traceIdentity(a.traceClass).uid}, ` +
      `trace-uuid=${traceIdentity(b.traceClass).uid}`,
  );
}

/**
 * Refuses a trace of which files are cut or have no packets, and no packet can be read to its end.
 *
 * Differs from upstream: of any other trace with such files everything is read that is not damaged, and the damage is told
 * at the end, because a machine that dies leaves such traces, and upstream prints nothing of them.
 */
function checkReadable({ faults, dataStreams }: Trace): void {
  const damaged = dataStreams.find(({ damage }) => damage !== null);
  const fault = damaged?.damage ?? faults[0];
  if (fault !== undefined && !dataStreams.some(hasWholePacket)) throw fault;
}

function hasWholePacket(dataStream: DataStream): boolean {
  let number = 0;
  try {
    for (const { kind } of dataStream.runs()) {
      if (kind !== 'packet-end') continue;
      const { source, offsetBytes, packetSizeBytes } = dataStream.packets[number++]!;
      if (offsetBytes + packetSizeBytes <= source.sizeBytes) return true;
    }
  } catch (error) {
    // Told by whoever refuses the trace, or when everything else has been read.
    if (!(error instanceof FormatError)) throw error;
  }
  return false;
}

const metadataPath = (path: string): string => `${path}/${METADATA}`;

export function hasMetadata(path: string, files: InputFiles): boolean {
  return files.kindOf(metadataPath(path)) === 'file';
}

/** The whole metadata file of the folder at `path`. */
export function readMetadata(path: string, files: InputFiles): Uint8Array {
  return readWhole(files.open(metadataPath(path)));
}

/** Paths of the files in a folder; `null`: nobody may look. */
function filesIn(path: string, files: InputFiles): ReadonlySet<string> | null {
  try {
    const entries = files.list(path).filter(({ kind }) => kind === 'file');
    return new Set(entries.map(({ name }) => `${path}/${name}`));
  } catch (error) {
    // Whoever opens one of them is told.
    if (error instanceof SystemError) return null;
    throw error;
  }
}

function openFolder(path: string, files: InputFiles): TraceFolder {
  if (!hasMetadata(path, files)) {
    throw new FormatError(`Path is not a CTF trace (does not contain a metadata file): \`${path}\`.`);
  }
  const entries = files.list(path);
  const hasIndexes = entries.some(({ name, kind }) => name === 'index' && kind === 'folder');
  const indexes = hasIndexes ? filesIn(`${path}/index`, files) : new Set<string>();
  const dataStreams = entries
    .filter(({ name, kind }) => kind === 'file' && name !== METADATA && !name.startsWith('.'))
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      const index = `${path}/index/${name}.idx`;
      return {
        source: files.open(`${path}/${name}`),
        index: openHelp(index, () => (indexes?.has(index) === false ? null : files.open(index))),
      };
    });
  return { path, relativePath: '', metadata: files.open(metadataPath(path)), dataStreams };
}
