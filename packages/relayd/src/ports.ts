/**
 * What the relay's core needs of the world: files below its output folder, a clock, a log. `edge/` has the real ones.
 * All calls are synchronous and throw `SystemError`.
 */

/** Content that goes to a file without passing through JavaScript. */
export interface ContentSource {
  /**
   * Moves what is there, at most `maxBytes` bytes, to an open file. `errnoName` tells why the file did not take all that
   * was there, which is lost then; null: it did.
   */
  moveTo(descriptor: number, offsetBytes: number, maxBytes: number): MovedContent;
}

export interface MovedContent {
  readonly movedBytes: number;
  readonly errnoName: string | null;
}

/** A file that grows. Its descriptor may be closed and opened again between any two calls. */
export interface RelayFile {
  readonly sizeBytes: number;
  append(part: Uint8Array): void;
  /** Appends at most `maxBytes` bytes of what a source has; gives how many. */
  appendFrom(source: ContentSource, maxBytes: number): number;
  appendZeros(countBytes: number): void;
  /** Cuts the file back. */
  truncate(sizeBytes: number): void;
  /**
   * Reads exactly `sizeBytes` bytes, behind `roomBytes` (0) that the caller fills; null when the file does not have them, or
   * is gone.
   */
  read(offsetBytes: number, sizeBytes: number, roomBytes?: number): Uint8Array | null;
  /** Lets go of the descriptor for good. */
  close(): void;
  /** A reader is at the file: it can be read until {@link release}, also when its chunk is removed. */
  hold(): void;
  release(): void;
}

/** The folder of one chunk. It may be moved while files in it are open. */
export interface ChunkFolder {
  /** Makes an empty file, and the folders above it; a file that is there is replaced. */
  create(folders: readonly string[], name: string): RelayFile;
  /** Removes a file of {@link create}, if it is there. */
  unlink(folders: readonly string[], name: string): void;
}

/** The folder of one session: its current chunk, and what became of the chunks before. */
export interface SessionFolder {
  /** Opens the first chunk, in the session's folder itself, or in `name` below it. */
  open(name: string): ChunkFolder;
  /** Moves a chunk's folder to `name` below the session's folder ('' is the folder itself). */
  move(chunk: ChunkFolder, name: string): void;
  /** Removes a chunk with all that is in it. */
  remove(chunk: ChunkFolder): void;
}

export interface OutputTree {
  /** The folder at `path`, relative to the output folder; nothing is made yet. */
  session(path: string): SessionFolder;
}

export type LogLevel = 'error' | 'warning' | 'info' | 'debug';
export type Log = (level: LogLevel, message: string) => void;

export interface Clock {
  nowS(): number;
  /** Minutes east of Greenwich at that time, where the relay runs. */
  offsetMinutes(timeS: number): number;
}
