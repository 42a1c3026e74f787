/**
 * Files of a trace that were compressed one by one (`metadata.zst`, `channel0_0.gz`), as an archive policy leaves them:
 * they are found under their plain names, and read as if they were plain. A plain file hides its compressed
 * copy: whoever compresses has not removed it yet.
 *
 * Readers jump between files and in them, and neither format can be entered in its middle. So a file is decompressed
 * once, from end to end, when it is opened; what memory is not worth goes to a temporary file.
 */
import { existsSync, statSync } from 'node:fs';
import { type ByteSource, memorySource } from '../stream/byte-source.ts';
import { decompressFile, SUFFIXES } from './decompress.ts';
import { TemporaryFile } from './temporary-file.ts';

/** Plain bytes that are kept in memory, of all files together. */
const MEMORY_BYTES = 4 << 20;

/** The name without the suffix of a compression. */
export function plainName(name: string): string {
  const suffix = SUFFIXES.find((each) => name.endsWith(each) && name.length > each.length);
  return suffix === undefined ? name : name.slice(0, -suffix.length);
}

/** Where the compressed file of a plain path lies; null when there is a plain file, or none at all. */
export function findCompressed(path: string): string | null {
  if (existsSync(path)) return null;
  const found = SUFFIXES.find((suffix) => statSync(`${path}${suffix}`, { throwIfNoEntry: false })?.isFile());
  return found === undefined ? null : `${path}${found}`;
}

/** Opens compressed files, each of which is decompressed once. */
export class CompressedFiles implements Disposable {
  readonly #memoryBytes: number;
  readonly #sources = new Map<string, ByteSource>();
  #keptBytes = 0;
  #overflow: TemporaryFile | null = null;

  constructor(memoryBytes = MEMORY_BYTES) {
    this.#memoryBytes = memoryBytes;
  }

  /** Throws `SystemError`, and `FormatError` when the file is damaged. */
  source(compressedPath: string): ByteSource {
    let source = this.#sources.get(compressedPath);
    if (source === undefined) {
      source = this.#open(compressedPath);
      this.#sources.set(compressedPath, source);
    }
    return source;
  }

  #open(compressedPath: string): ByteSource {
    const path = plainName(compressedPath);
    let pieces: Uint8Array[] | null = [];
    let sizeBytes = 0;
    let overflow: TemporaryFile | null = null;
    let beginBytes = 0;
    decompressFile(compressedPath, (piece) => {
      sizeBytes += piece.length;
      pieces?.push(piece);
      if (pieces !== null && this.#keptBytes + sizeBytes <= this.#memoryBytes) return;
      if (overflow === null) {
        this.#overflow ??= new TemporaryFile();
        overflow = this.#overflow;
        beginBytes = overflow.sizeBytes;
      }
      for (const each of pieces ?? [piece]) overflow.append(each);
      pieces = null;
    });
    if (pieces === null) return partOf(overflow!, path, beginBytes, sizeBytes);
    this.#keptBytes += sizeBytes;
    const { buffer, byteOffset } = Buffer.concat(pieces, sizeBytes);
    return memorySource(path, new Uint8Array(buffer, byteOffset, sizeBytes));
  }

  [Symbol.dispose](): void {
    this.#overflow?.[Symbol.dispose]();
    this.#overflow = null;
    this.#sources.clear();
  }
}

/** `sizeBytes` bytes of `file` from `beginBytes` on. */
function partOf(file: TemporaryFile, path: string, beginBytes: number, sizeBytes: number): ByteSource {
  const readInto = (offsetBytes: number, target: Uint8Array): number => {
    const lengthBytes = Math.max(0, Math.min(target.length, sizeBytes - offsetBytes));
    return file.readInto(beginBytes + offsetBytes, target.subarray(0, lengthBytes));
  };
  return {
    path,
    sizeBytes,
    read: (offsetBytes, lengthBytes) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(lengthBytes, sizeBytes - offsetBytes)));
      return bytes.subarray(0, readInto(offsetBytes, bytes));
    },
    readInto,
  };
}
