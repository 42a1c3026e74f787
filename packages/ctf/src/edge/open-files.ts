/** Files that are read in windows, plain or compressed. They stay open until disposal, as far as a process may have so many. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { asSystemError, describe, SystemError, systemCall, UsageError } from '@lttng-ts/base';
import type { ByteSource } from '../stream/byte-source.ts';
import { CompressedFiles, findCompressed } from './compressed-files.ts';
import { readFully } from './read-fully.ts';

/** Files open at once, of the 1024 that systems allow a process at least: a trace may have thousands. */
const MAX_OPEN_FILES = 640;

interface OpenFile {
  readonly descriptor: number;
  /** Number of the use that was the last one. */
  lastUse: number;
}

/** Open files by path, the least recently used one closed when there are too many. After disposal reading throws `UsageError`. */
export class OpenFiles implements Disposable {
  readonly #files = new Map<string, OpenFile>();
  #useCount = 0;
  readonly #compressed = new CompressedFiles();
  #isDisposed = false;

  /** Opens the file at `path`, or its compressed copy. Throws `SystemError`. */
  source(path: string): ByteSource {
    const descriptor = this.#openPlain(path);
    if (descriptor === null) {
      const compressed = findCompressed(path);
      if (compressed !== null) return this.#compressed.source(compressed);
      throw new SystemError('open', 'ENOENT', { path });
    }
    const sizeBytes = systemCall({ path }, () => fstatSync(descriptor).size);
    return new PlainFile(this, path, sizeBytes);
  }

  /** `null`: there is no such file. */
  #openPlain(path: string): number | null {
    try {
      return this.#open(path);
    } catch (error) {
      if (error instanceof SystemError && error.errnoName === 'ENOENT') return null;
      throw error;
    }
  }

  #open(path: string): number {
    let file = this.#files.get(path);
    if (file === undefined) {
      if (this.#isDisposed) throw new UsageError(describe('The trace is closed', { path }));
      file = { descriptor: systemCall({ path }, () => openSync(path, 'r')), lastUse: 0 };
      if (this.#files.size >= MAX_OPEN_FILES) this.#closeOldest();
      this.#files.set(path, file);
    }
    file.lastUse = ++this.#useCount;
    return file.descriptor;
  }

  /** Looks at all: moving a file to the end of the map at each use would cost more than a search before some of many openings. */
  #closeOldest(): void {
    let oldest: readonly [string, OpenFile] | null = null;
    for (const entry of this.#files)
      if (oldest === null || entry[1].lastUse < oldest[1].lastUse) oldest = entry;
    if (oldest === null) return;
    const [path, { descriptor }] = oldest;
    this.#files.delete(path);
    closeSync(descriptor);
  }

  /** Fills `target` from `offsetBytes` of the file at `path` on, and gives how many bytes came. Throws `SystemError`. */
  readInto(path: string, offsetBytes: number, target: Uint8Array): number {
    const descriptor = this.#open(path);
    try {
      return readFully(descriptor, offsetBytes, target);
    } catch (error) {
      // Named as everywhere.
      throw asSystemError(error, { path });
    }
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    for (const { descriptor } of this.#files.values()) closeSync(descriptor);
    this.#files.clear();
    this.#compressed[Symbol.dispose]();
  }
}

/** One that is not compressed. */
class PlainFile implements ByteSource {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #files: OpenFiles;

  constructor(files: OpenFiles, path: string, sizeBytes: number) {
    this.#files = files;
    this.path = path;
    this.sizeBytes = sizeBytes;
  }

  read(offsetBytes: number, lengthBytes: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(lengthBytes, this.sizeBytes - offsetBytes)));
    return bytes.subarray(0, this.readInto(offsetBytes, bytes));
  }

  readInto(offsetBytes: number, target: Uint8Array): number {
    return this.#files.readInto(this.path, offsetBytes, target);
  }
}
