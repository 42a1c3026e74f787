/** What was decompressed of all files: some bytes of it in memory, the rest in one temporary file. */
import { TemporaryFile } from './temporary-file.ts';

/** A place of bytes that are kept. */
export interface PlainPiece {
  readonly lengthBytes: number;
  /** In memory; `null`: in the temporary file, from `fileOffsetBytes` on. */
  readonly bytes: Uint8Array | null;
  readonly fileOffsetBytes: number;
}

export class PlainPieces implements Disposable {
  #memoryBytes: number;
  #file: TemporaryFile | null = null;

  /** `memoryBytes`: as much stays in memory. */
  constructor(memoryBytes: number) {
    this.#memoryBytes = memoryBytes;
  }

  /** Keeps `bytes`, which are given away. Throws `SystemError`. */
  keep(bytes: Uint8Array): PlainPiece {
    const lengthBytes = bytes.length;
    if (lengthBytes <= this.#memoryBytes) {
      this.#memoryBytes -= lengthBytes;
      return { lengthBytes, bytes, fileOffsetBytes: 0 };
    }
    this.#file ??= new TemporaryFile();
    const fileOffsetBytes = this.#file.sizeBytes;
    this.#file.append(bytes);
    return { lengthBytes, bytes: null, fileOffsetBytes };
  }

  /** Fills `target` from `offsetBytes` of a piece on, as far as it goes, and gives how many bytes came. Throws `SystemError`. */
  readInto(
    { lengthBytes, bytes, fileOffsetBytes }: PlainPiece,
    offsetBytes: number,
    target: Uint8Array,
  ): number {
    const count = Math.min(target.length, lengthBytes - offsetBytes);
    const part = target.subarray(0, count);
    if (bytes === null) return this.#file!.readInto(fileOffsetBytes + offsetBytes, part);
    part.set(bytes.subarray(offsetBytes, offsetBytes + count));
    return count;
  }

  [Symbol.dispose](): void {
    this.#file?.[Symbol.dispose]();
    this.#file = null;
  }
}

/** Both as one, where the second follows the first in the temporary file; else `null`. */
export function joined(a: PlainPiece, b: PlainPiece): PlainPiece | null {
  const isNext =
    a.bytes === null && b.bytes === null && a.fileOffsetBytes + a.lengthBytes === b.fileOffsetBytes;
  return isNext ? { ...a, lengthBytes: a.lengthBytes + b.lengthBytes } : null;
}
