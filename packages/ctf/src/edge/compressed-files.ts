/**
 * Files of a trace that were compressed one by one (`metadata.zst`, `channel0_0.gz`), as an archive policy leaves them:
 * they are found under their plain names, and read as if they were plain. A plain file hides its compressed
 * copy: whoever compresses has not removed it yet.
 */
import { existsSync } from 'node:fs';
import type { ByteSource } from '../stream/byte-source.ts';
import { Decompression, SUFFIXES } from './decompress.ts';
import { DecompressedFile } from './decompressed-file.ts';
import { findStat } from './find-stat.ts';
import { PlainPieces } from './plain-pieces.ts';

/** Plain bytes that are kept in memory, of all files together. */
const MEMORY_BYTES = 4 << 20;
/**
 * What decompressions on their way take together: each zstd one keeps a window of 2 MB, with the usual level. A file for
 * which there is no room is decompressed to its end at once.
 */
const WAITING_BYTES = 32 << 20;
/** Each of them is an open file. */
const MAX_WAITING = 64;

/** The name without the suffix of a compression. */
export function plainName(name: string): string {
  const suffix = SUFFIXES.find((each) => name.endsWith(each) && name.length > each.length);
  return suffix === undefined ? name : name.slice(0, -suffix.length);
}

/** Where the compressed file of a plain path lies; null when there is a plain file, or none at all. */
export function findCompressed(path: string): string | null {
  if (existsSync(path)) return null;
  const found = SUFFIXES.find((suffix) => findStat(`${path}${suffix}`)?.isFile());
  return found === undefined ? null : `${path}${found}`;
}

export interface CompressedLimits {
  readonly memoryBytes?: number;
  readonly waitingBytes?: number;
}

/** Opens compressed files, each of which is decompressed once, as far as it is read. */
export class CompressedFiles implements Disposable {
  readonly #pieces: PlainPieces;
  readonly #sources = new Map<string, ByteSource>();
  readonly #decompressions = new Set<Decompression>();
  readonly #waitingBytes: number;

  constructor({ memoryBytes = MEMORY_BYTES, waitingBytes = WAITING_BYTES }: CompressedLimits = {}) {
    this.#pieces = new PlainPieces(memoryBytes);
    this.#waitingBytes = waitingBytes;
  }

  /** Reading throws `SystemError`. A file that is damaged ends where the damage begins, and says so ({@link ByteSource.fault}). */
  source(compressedPath: string): ByteSource {
    let source = this.#sources.get(compressedPath);
    if (source === undefined) {
      source = new DecompressedFile({
        path: plainName(compressedPath),
        pieces: this.#pieces,
        open: () => this.#open(compressedPath),
        mayWait: () => this.#isRoom(),
        close: (decompression) => this.#close(decompression),
      });
      this.#sources.set(compressedPath, source);
    }
    return source;
  }

  #open(compressedPath: string): Decompression {
    const decompression = new Decompression(compressedPath);
    this.#decompressions.add(decompression);
    return decompression;
  }

  #isRoom(): boolean {
    let stateBytes = 0;
    for (const decompression of this.#decompressions) stateBytes += decompression.stateBytes;
    return stateBytes <= this.#waitingBytes && this.#decompressions.size <= MAX_WAITING;
  }

  #close(decompression: Decompression): void {
    this.#decompressions.delete(decompression);
    decompression[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    for (const decompression of this.#decompressions) this.#close(decompression);
    this.#pieces[Symbol.dispose]();
    this.#sources.clear();
  }
}
