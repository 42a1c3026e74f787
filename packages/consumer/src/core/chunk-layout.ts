/**
 * Names inside a trace chunk, as LTTng 2.13 lays a local session out. Pure: paths in, paths out. A name that
 * could leave the chunk's folder is refused here, before any file is touched.
 */
import { UsageError } from '@lttng-ts/base';

/** Modes of the original, whose daemons clear the umask. */
export const FOLDER_MODE = 0o770;
export const FILE_MODE = 0o660;

export const METADATA_FILE = 'metadata';
export const INDEX_FOLDER = 'index';

/** NAME_MAX of Linux, in bytes. */
const MAX_NAME_BYTES = 255;

/** Splits `tracePath` into folder names; throws `UsageError` unless it stays below the chunk's root. */
export function folderNames(tracePath: string): readonly string[] {
  const names = tracePath.split('/');
  for (const name of names) requirePlainName(name);
  return names;
}

/** Returns `name` when it names one entry of a folder; throws `UsageError` otherwise. */
export function requirePlainName(name: string): string {
  const isPlain = name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0');
  if (!isPlain || Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw new UsageError(`Not a name of a file: name=${JSON.stringify(name)}`);
  }
  return name;
}

/** Name of a channel's stream: one per possible CPU. */
export function streamName(channelName: string, cpu: number): string {
  return `${channelName}_${cpu}`;
}

/** Limits of a stream's files; both 0 for one file without end. */
export interface TraceFileLimits {
  readonly traceFileSizeBytes: number;
  readonly traceFileCount: number;
}

/**
 * Name of the `turn`th file (from 0) of a stream: without a size limit there is one file without a number,
 * with a count the numbers go round.
 */
export function traceFileName(stream: string, limits: TraceFileLimits, turn: number): string {
  if (limits.traceFileSizeBytes === 0) return requirePlainName(stream);
  const number = limits.traceFileCount === 0 ? turn : turn % limits.traceFileCount;
  return requirePlainName(`${stream}_${number}`);
}

/** Name of a data file's index, in the folder {@link INDEX_FOLDER}. */
export function indexFileName(dataFile: string): string {
  return requirePlainName(`${dataFile}.idx`);
}

/** Whether a packet must go to the next file; a packet is never split, and no file is left empty. */
export function needsNextFile(
  limits: TraceFileLimits,
  fileSizeBytes: number,
  packetSizeBytes: number,
): boolean {
  return (
    limits.traceFileSizeBytes !== 0 &&
    fileSizeBytes > 0 &&
    fileSizeBytes + packetSizeBytes > limits.traceFileSizeBytes
  );
}
