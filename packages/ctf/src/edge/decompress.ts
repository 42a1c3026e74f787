/** Decompression of files piece by piece, in this thread: what readers ask for they want at once. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { FormatError, SystemError, systemCall, toError } from '@lttng-ts/base';
import { Decompress } from 'fzstd';
import { Gunzip, ZstdDecompress } from 'minizlib';
import { readFully } from './read-fully.ts';
import { readZstdHeader, ZstdFrames } from './zstd-frames.ts';

/** Read at once of a compressed file. */
const PIECE_BYTES = 16 << 10;
/** What zlib and its buffers take: a window of 32 KiB, and one piece on either side. */
const GUNZIP_STATE_BYTES = 128 << 10;

/** Takes plain bytes, and may keep them. */
type Give = (plain: Uint8Array) => void;

/** Takes pieces of compressed bytes and may keep them; `null` is the end. */
export interface Codec {
  push(piece: Uint8Array | null): void;
  /** Releases its memory. */
  close(): void;
}

interface Format {
  open(give: Give): Codec;
  /** Memory that decompression of a file takes that begins with `head`. */
  stateBytes(head: Uint8Array): number;
  /** Whether the file itself, from its beginning and its last bytes, has so many plain bytes. */
  declares(sizeBytes: number, head: Uint8Array, tail: Uint8Array): boolean;
}

/** Of what Node.js has itself. */
function nodeCodec(decompressor: Gunzip | ZstdDecompress, give: Give): Codec {
  decompressor.on('data', give);
  decompressor.on('error', (error) => {
    throw error;
  });
  return {
    push: (piece) => {
      if (piece === null) decompressor.end();
      else decompressor.write(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
    },
    close: () => decompressor.close(),
  };
}

/** Gives each frame to `codec` for itself, and refuses a frame that is cut. */
export function framewise(codec: Codec): Codec {
  const frames = new ZstdFrames();
  return {
    push: (piece) => {
      if (piece === null && !frames.isWhole) throw new Error('unexpected end of file');
      if (piece === null) codec.push(null);
      else for (const part of frames.partsOf(piece)) codec.push(part);
    },
    close: () => codec.close(),
  };
}

/** For Node.js before 22.15, which has none. */
function zstdInJavaScript(give: Give): Codec {
  const zstd = new Decompress(give);
  return {
    push: (piece) => zstd.push(piece ?? new Uint8Array(0), piece === null),
    close: () => undefined,
  };
}

const formats: Readonly<Record<string, Format>> = {
  '.gz': {
    open: (give) => nodeCodec(new Gunzip({}), give),
    stateBytes: () => GUNZIP_STATE_BYTES,
    // RFC 1952 §2.3.1: ISIZE, that of the last member, modulo 2³².
    declares: (sizeBytes, _, tail) =>
      tail.length === 4 && new DataView(tail.buffer).getUint32(0, true) === sizeBytes % 2 ** 32,
  },
  '.zst': {
    open: (give) =>
      process.versions['zstd'] === undefined
        ? zstdInJavaScript(give)
        : framewise(nodeCodec(new ZstdDecompress({}), give)),
    stateBytes: (head) => readZstdHeader(head)?.windowBytes ?? 0,
    declares: (sizeBytes, head) => readZstdHeader(head)?.contentBytes === sizeBytes,
  },
};

/** What names of compressed files end with. */
export const SUFFIXES: readonly string[] = Object.keys(formats);
/** More than any header of a frame has. */
const HEAD_BYTES = 32;
const TAIL_BYTES = 4;

/** A compressed file that is decompressed from its beginning on. */
export class Decompression implements Disposable {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #format: Format;
  readonly #head: Uint8Array;
  #codec: Codec | null = null;
  /** Of the step that is made. */
  #give: Give = () => undefined;

  /** The name of the file at `path` has one of {@link SUFFIXES}. Throws `SystemError`. */
  constructor(path: string) {
    this.#path = path;
    this.#format = formats[SUFFIXES.find((each) => path.endsWith(each))!]!;
    this.#descriptor = systemCall({ path }, () => openSync(path, 'r'));
    this.#head = this.#readAt(0, HEAD_BYTES);
  }

  /** Memory that it takes while it goes on. */
  get stateBytes(): number {
    return this.#format.stateBytes(this.#head);
  }

  /** Whether the file itself tells that it has so many plain bytes. Throws `SystemError`. */
  declares(sizeBytes: number): boolean {
    const compressedBytes = systemCall({ path: this.#path }, () => fstatSync(this.#descriptor).size);
    const tail = this.#readAt(Math.max(compressedBytes - TAIL_BYTES, 0), TAIL_BYTES);
    return this.#format.declares(sizeBytes, this.#head, tail);
  }

  /**
   * Decompresses some more; `false`: it has come to the end. `give` may keep what it gets. Throws `SystemError`, and `FormatError`
   * when the file is damaged.
   */
  step(give: Give): boolean {
    const piece = new Uint8Array(PIECE_BYTES);
    const count = systemCall({ path: this.#path }, () => readSync(this.#descriptor, piece));
    this.#give = give;
    try {
      this.#codec ??= this.#format.open((plain) => this.#give(plain));
      this.#codec.push(count === 0 ? null : piece.subarray(0, count));
    } catch (cause) {
      // Of whoever takes the plain bytes.
      if (cause instanceof SystemError) throw cause;
      const reason = toError(cause).message;
      throw new FormatError(
        `Damaged compressed file: path=${JSON.stringify(this.#path)}, reason="${reason}"`,
        {
          cause,
        },
      );
    }
    return count > 0;
  }

  #readAt(offsetBytes: number, lengthBytes: number): Uint8Array {
    const bytes = new Uint8Array(lengthBytes);
    const count = systemCall({ path: this.#path }, () => readFully(this.#descriptor, offsetBytes, bytes));
    return bytes.slice(0, count);
  }

  [Symbol.dispose](): void {
    this.#codec?.close();
    closeSync(this.#descriptor);
  }
}
