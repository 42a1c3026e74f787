/**
 * What component classes need of the world around them: files, the standard output, the terminal, the environment.
 * `nodeHost` (in `@lttng-ts/plugins/node`) is the real one; tests and web pages bring their own.
 */
import type { ByteSource } from '@lttng-ts/ctf';
import type { LiveTransport } from './ctf/live-source/live-transport.ts';

/** What lies at a path. */
export type EntryKind = 'file' | 'folder' | 'other';

export interface FolderEntry {
  readonly name: string;
  readonly kind: EntryKind;
}

/** Reading. Every call may throw `SystemError`. */
export interface InputFiles {
  /** What is at `path`, links followed; `null` when nothing is there. */
  kindOf(path: string): EntryKind | null;
  /** In no particular order. */
  list(path: string): readonly FolderEntry[];
  /** Opens a file; it may be closed and opened again between reads. */
  open(path: string): ByteSource;
  /** An absolute path without `.`, `..` and doubled slashes; links are kept. */
  normalize(path: string): string;
}

/** Takes bytes in order. `write` may keep none of `bytes` after it returns. Throws `SystemError`. */
export interface Output {
  write(bytes: Uint8Array): void;
}

/** A file that is being written. */
export interface OutputFile extends Output {
  /** Writes over what is there already; the position of `write` stays. */
  writeAt(offsetBytes: number, bytes: Uint8Array): void;
  close(): void;
}

/** Writing. Every call may throw `SystemError`. */
export interface OutputFiles {
  /** Makes a file, or empties the one that is there. */
  create(path: string): OutputFile;
  /** Makes a folder and those above it. */
  makeFolder(path: string): void;
}

export interface Host {
  readonly input: InputFiles;
  readonly output: OutputFiles;
  readonly standardInput: () => ByteSource;
  readonly standardOutput: Output;
  readonly standardError: Output;
  /** Whether people see the standard output in a terminal that knows colours. */
  readonly hasColours: boolean;
  /** Whether the terminal shows bold colours as bright ones. */
  readonly isBrightBold: boolean;
  environment(name: string): string | undefined;
  /** What sources read of a packet at once, in bytes; a good size when not given. What they give is the same. */
  readonly windowBytes?: number;
  /** Whether all outputs take bytes of shared memory; not given: they may not. */
  readonly takesSharedBytes?: boolean;
  /** Not given where nothing can connect to relay daemons. */
  readonly live?: LiveTransport;
  /** Told when a component that gave `again` may have more: whoever runs the graph need not wait any longer. */
  wake?(): void;
}
