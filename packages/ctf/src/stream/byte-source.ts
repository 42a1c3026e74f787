/** Bytes that lie somewhere: a file, memory, later a part of a page's `File`. Read in windows, never as a whole. */
export interface ByteSource {
  /** What people know it by. Streams print it, errors name it. */
  readonly path: string;
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
