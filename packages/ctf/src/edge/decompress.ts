/** Decompression of files piece by piece, in this thread: what readers ask for they want at once. */
import { closeSync, openSync, readSync } from 'node:fs';
import { FormatError, SystemError, systemCall, toError } from '@lttng-ts/base';
import { Decompress } from 'fzstd';
import { Gunzip } from 'minizlib';

/** Read at once of a compressed file. */
const PIECE_BYTES = 16 << 10;

/** Takes pieces of compressed bytes, the last one `null`, and may keep them. */
type Push = (piece: Uint8Array<ArrayBuffer> | null) => void;

const decompressors: Readonly<Record<string, (give: (plain: Uint8Array) => void) => Push>> = {
  '.gz': (give) => {
    const gunzip = new Gunzip({});
    gunzip.on('data', give);
    gunzip.on('error', (error) => {
      throw error;
    });
    return (piece) => {
      if (piece === null) gunzip.end();
      else gunzip.write(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
    };
  },
  '.zst': (give) => {
    const zstd = new Decompress(give);
    return (piece) => zstd.push(piece ?? new Uint8Array(0), piece === null);
  },
};

/** What names of compressed files end with. */
export const SUFFIXES: readonly string[] = Object.keys(decompressors);

/**
 * Decompresses the file at `path`, whose name has one of {@link SUFFIXES}. `give` may keep what it gets. Throws `SystemError`,
 * and `FormatError` when the file is damaged.
 */
export function decompressFile(path: string, give: (plain: Uint8Array) => void): void {
  const suffix = SUFFIXES.find((each) => path.endsWith(each));
  const descriptor = systemCall({ path }, () => openSync(path, 'r'));
  try {
    const push = decompressors[suffix!]!(give);
    for (;;) {
      const piece = new Uint8Array(PIECE_BYTES);
      const count = systemCall({ path }, () => readSync(descriptor, piece));
      pushTo(push, count === 0 ? null : piece.subarray(0, count), path);
      if (count === 0) return;
    }
  } finally {
    closeSync(descriptor);
  }
}

function pushTo(push: Push, piece: Parameters<Push>[0], path: string): void {
  try {
    push(piece);
  } catch (cause) {
    // Of whoever takes the plain bytes.
    if (cause instanceof SystemError) throw cause;
    const reason = toError(cause).message;
    throw new FormatError(`Damaged compressed file: path=${JSON.stringify(path)}, reason="${reason}"`, {
      cause,
    });
  }
}
