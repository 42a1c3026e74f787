/** Files in memory that were compressed one by one, as an archive policy leaves them: made plain before they are opened. */
import { toError } from '@lttng-ts/base';
import { Decompress } from 'fzstd';

type Files = Readonly<Record<string, Uint8Array>>;

/** Gives plain bytes piece by piece, and throws where a file is damaged. */
type Decompressor = (bytes: Uint8Array) => AsyncIterable<Uint8Array>;

const decompressors: Readonly<Record<string, Decompressor>> = { '.gz': gunzip, '.zst': unzstd };

/** Given to what decompresses zstd at once. */
const PIECE_BYTES = 64 << 10;

const faults = new WeakMap<Uint8Array, string>();

/** Why there is nothing behind `bytes` in the file of which {@link unpackFiles} made them; `null`: it was whole. */
export function faultOf(bytes: Uint8Array): string | null {
  return faults.get(bytes) ?? null;
}

/**
 * Decompresses `NAME.gz` and `NAME.zst` to `NAME`; other files stay as they are. A plain file hides its compressed copy:
 * whoever compresses has not removed it yet. Of a damaged file it gives what is before the damage, which readers of the files tell.
 */
export async function unpackFiles(files: Files): Promise<Files> {
  const plain: Record<string, Uint8Array> = Object.create(null);
  for (const [name, bytes] of Object.entries(files)) {
    const suffix = Object.keys(decompressors).find(
      (each) => name.endsWith(each) && name.length > each.length,
    );
    const plainName = suffix === undefined ? name : name.slice(0, -suffix.length);
    if (suffix !== undefined && Object.hasOwn(files, plainName)) continue;
    plain[plainName] = suffix === undefined ? bytes : await unpack(name, decompressors[suffix]!, bytes);
  }
  return plain;
}

async function unpack(name: string, decompress: Decompressor, bytes: Uint8Array): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let fault: string | null = null;
  try {
    for await (const piece of decompress(bytes)) pieces.push(piece);
  } catch (cause) {
    fault = `Damaged compressed file: path=${JSON.stringify(name)}, reason="${toError(cause).message}"`;
  }
  const plain = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    plain.set(piece, at);
    at += piece.length;
  }
  if (fault !== null) faults.set(plain, fault);
  return plain;
}

/** Browsers have it, and Node.js. */
async function* gunzip(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  const stream = new Blob([Uint8Array.from(bytes)]).stream().pipeThrough(new DecompressionStream('gzip'));
  // Not every browser iterates streams.
  const reader = stream.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    yield value;
  }
}

async function* unzstd(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  let pieces: Uint8Array[] = [];
  const zstd = new Decompress((piece) => pieces.push(piece));
  let fault: unknown = null;
  for (let at = 0; at <= bytes.length && fault === null; at += PIECE_BYTES) {
    try {
      zstd.push(bytes.slice(at, at + PIECE_BYTES), at + PIECE_BYTES >= bytes.length);
    } catch (error) {
      // What came before it is given first.
      fault = error;
    }
    yield* pieces;
    pieces = [];
    if (at + PIECE_BYTES >= bytes.length) break;
  }
  if (fault !== null) throw fault;
}
