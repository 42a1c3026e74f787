/**
 * Files of a trace that were compressed one by one (`metadata.zst`, `channel0_0.gz`), as an archive policy leaves them:
 * they are found under their plain names, and read as if they were plain. A plain file hides its compressed
 * copy: whoever compresses has not removed it yet.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import * as zlib from 'node:zlib';
import { FormatError, SystemError, toError } from '@lttng-ts/base';
import { decompress as unzstd } from 'fzstd';
import type { ByteSource } from '../stream/byte-source.ts';

/** Plain bytes that are kept for later reads; what is read again beyond that is decompressed again. */
const CACHE_BYTES = 256 << 20;

/** What Node has since 22.15. */
interface NewZlib {
  zstdDecompressSync?(bytes: Uint8Array): Uint8Array;
}

const decompressors: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  '.gz': (bytes) => zlib.gunzipSync(bytes),
  '.zst': (bytes) => (zlib as NewZlib).zstdDecompressSync?.(bytes) ?? unzstd(bytes),
};
const suffixes = Object.keys(decompressors);

/** The name without the suffix of a compression. */
export function plainName(name: string): string {
  const suffix = suffixes.find((each) => name.endsWith(each) && name.length > each.length);
  return suffix === undefined ? name : name.slice(0, -suffix.length);
}

/** Where the compressed file of a plain path lies; null when there is a plain file, or none at all. */
export function findCompressed(path: string): string | null {
  if (existsSync(path)) return null;
  const found = suffixes.find((suffix) => statSync(`${path}${suffix}`, { throwIfNoEntry: false })?.isFile());
  return found === undefined ? null : `${path}${found}`;
}

/** Opens compressed files, and keeps what was decompressed last. */
export class CompressedFiles {
  /** The least recently used one first. */
  readonly #plain = new Map<string, Uint8Array>();
  #bytes = 0;

  /** Throws `SystemError`, and `FormatError` when the file is damaged. */
  source(compressedPath: string): ByteSource {
    return {
      path: plainName(compressedPath),
      // Known only when all is decompressed: what headers and trailers say may be of a part.
      sizeBytes: this.#get(compressedPath).length,
      read: (offsetBytes, lengthBytes) =>
        this.#get(compressedPath).slice(offsetBytes, offsetBytes + Math.max(0, lengthBytes)),
    };
  }

  #get(path: string): Uint8Array {
    const known = this.#plain.get(path);
    if (known !== undefined) {
      this.#plain.delete(path);
      this.#plain.set(path, known);
      return known;
    }
    const plain = decompressed(path);
    this.#plain.set(path, plain);
    this.#bytes += plain.length;
    for (const [oldest, bytes] of this.#plain) {
      if (this.#bytes <= CACHE_BYTES || oldest === path) break;
      this.#plain.delete(oldest);
      this.#bytes -= bytes.length;
    }
    return plain;
  }
}

function decompressed(path: string): Uint8Array {
  const suffix = suffixes.find((each) => path.endsWith(each)) ?? '';
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'EIO';
    throw new SystemError('read', code, { path }, { cause: error });
  }
  try {
    return decompressors[suffix]?.(bytes) ?? bytes;
  } catch (cause) {
    const reason = toError(cause).message;
    throw new FormatError(`Damaged compressed file: path=${JSON.stringify(path)}, reason="${reason}"`, {
      cause,
    });
  }
}
