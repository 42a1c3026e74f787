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
}

/** A source of bytes in memory. */
export function memorySource(path: string, bytes: Uint8Array): ByteSource {
  return {
    path,
    sizeBytes: bytes.length,
    read: (offsetBytes, lengthBytes) => bytes.slice(offsetBytes, offsetBytes + lengthBytes),
  };
}
