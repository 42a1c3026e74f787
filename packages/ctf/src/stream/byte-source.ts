import { FormatError, SystemError } from '@lttng-ts/base';

/** Bytes that lie somewhere: a file, memory, later a part of a page's `File`. Read in windows, never as a whole. */
export interface ByteSource {
  /** What people know it by. Streams print it, errors name it. */
  readonly path: string;
  /** Where a source must be read to know it, asking reads all of it; see {@link expectSize}. */
  readonly sizeBytes: number;
  /**
   * Reads exactly `lengthBytes` bytes from `offsetBytes`, fewer only at the end. The caller owns the result.
   * Throws `SystemError`.
   */
  read(offsetBytes: number, lengthBytes: number): Uint8Array;
  /**
   * Fills `target` from `offsetBytes` on and gives how many bytes came, fewer only at the end. Not given where there is
   * no cheaper way than {@link read}. Throws `SystemError`.
   */
  readInto?(offsetBytes: number, target: Uint8Array): number;
  /**
   * Given by sources that must be read to know their size: takes `sizeBytes` for it until reading comes to the end, if the source says the same
   * elsewhere. Gives whether that is the size. Throws `SystemError`.
   */
  expectSize?(sizeBytes: number): boolean;
  /** Why there is nothing behind its last byte, as far as it was read; `null`: nothing is wrong. */
  readonly fault?: string | null;
  /** Calls `take` when {@link fault} is found; `sizeBytes` is right then. */
  onFault?(take: () => void): void;
}

/**
 * What `open` gives; where the system refuses it, a source without bytes that says so ({@link ByteSource.fault}): for what is
 * a help, and no part of a trace.
 */
export function openHelp(path: string, open: () => ByteSource | null): ByteSource | null {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { ...memorySource(path, new Uint8Array(0)), fault: error.message };
  }
}

/** All of `source`. Throws `SystemError`, and `FormatError` where not all of it can be read. */
export function readWhole(source: ByteSource): Uint8Array {
  const bytes = source.read(0, source.sizeBytes);
  const fault = source.fault ?? null;
  if (fault !== null) throw new FormatError(fault);
  return bytes;
}

/** Whether `source` has so many bytes, as far as that is known without reading it. */
export function hasSize(source: ByteSource, sizeBytes: number): boolean {
  return source.expectSize?.(sizeBytes) ?? source.sizeBytes === sizeBytes;
}

/** Whether nothing is in `source`, and nothing is wrong with it. */
export function isEmpty(source: ByteSource): boolean {
  const hasNone = source.expectSize === undefined ? source.sizeBytes === 0 : source.read(0, 1).length === 0;
  return hasNone && (source.fault ?? null) === null;
}

/** Fills `target` by whatever way `source` has, and gives how many bytes came. */
export function readInto(source: ByteSource, offsetBytes: number, target: Uint8Array): number {
  if (source.readInto !== undefined) return source.readInto(offsetBytes, target);
  const bytes = source.read(offsetBytes, target.length);
  target.set(bytes);
  return bytes.length;
}

/** A source of bytes in memory. */
export function memorySource(path: string, bytes: Uint8Array): ByteSource {
  return {
    path,
    sizeBytes: bytes.length,
    read: (offsetBytes, lengthBytes) => bytes.slice(offsetBytes, offsetBytes + lengthBytes),
    readInto: (offsetBytes, target) => {
      const window = bytes.subarray(offsetBytes, offsetBytes + target.length);
      target.set(window);
      return window.length;
    },
  };
}
