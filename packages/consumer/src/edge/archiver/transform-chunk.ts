/**
 * Compresses and encrypts the files of an archived chunk, one after the other, each in its place:
 *
 *     channel0_0  →  .channel0_0.part  →  channel0_0.zst.age, then channel0_0 is removed
 *
 * Readers find every file at every moment (a plain file hides its copy), and an attempt that was cut off at
 * any point is taken up again by the next one. Links are neither followed nor touched, whoever plants them.
 */
import * as fs from 'node:fs';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import { SystemError, systemCall } from '@lttng-ts/base';
import type { Compression } from '@lttng-ts/protocols';
import type { Encrypter } from 'age-encryption';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants;
const MAX_DEPTH = 64;
const CHUNK_BYTES = 1 << 18;
const PART = /^\..*\.part$/;

/** Suffixes of the files that the reader knows. */
const suffixes: Readonly<Record<Compression, string>> = { gzip: '.gz', zstd: '.zst' };
const ENCRYPTED = '.age';

/** What Node has since 22.15. */
interface NewZlib {
  createZstdCompress?(options: { readonly pledgedSrcSize: number }): Transform;
}

/** Whether this Node.js compresses with zstd. */
export const hasZstd = typeof (zlib as NewZlib).createZstdCompress === 'function';

export interface ChunkTransform {
  readonly compression: Compression | null;
  /** Null: files are not encrypted. */
  readonly encrypter: Encrypter | null;
  /** Asked before each file: the work may be given up there. */
  readonly isCancelled: () => boolean;
}

/** Works on the chunk whose folder is open as `folderFd`; gives the size of all its files. Throws `SystemError`. */
export async function transformChunk(folderFd: number, path: string, wish: ChunkTransform): Promise<number> {
  return await transformFolder({ fd: folderFd, path }, wish, 0);
}

interface Folder {
  readonly fd: number;
  /** For messages. */
  readonly path: string;
}

/** The same name in the folder that is open, wherever that was moved. */
const placeIn = ({ fd }: Folder, name: string): string => `/proc/self/fd/${fd}/${name}`;

async function transformFolder(folder: Folder, wish: ChunkTransform, depth: number): Promise<number> {
  if (depth > MAX_DEPTH) throw new SystemError('open', 'ELOOP', { path: folder.path });
  const entries = systemCall({ path: folder.path }, () =>
    fs.readdirSync(placeIn(folder, '.'), { withFileTypes: true }),
  );
  let sizeBytes = 0;
  for (const entry of entries) {
    const path = `${folder.path}/${entry.name}`;
    if (entry.isDirectory()) {
      const fd = systemCall({ path }, () =>
        fs.openSync(placeIn(folder, entry.name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
      );
      try {
        sizeBytes += await transformFolder({ fd, path }, wish, depth + 1);
      } finally {
        fs.closeSync(fd);
      }
    } else if (entry.isFile()) {
      if (wish.isCancelled()) throw new SystemError('read', 'ECANCELED', { path });
      sizeBytes += await transformFile(folder, entry.name, wish);
    }
  }
  return sizeBytes;
}

/** Gives the size of what the file has become. */
async function transformFile(folder: Folder, name: string, wish: ChunkTransform): Promise<number> {
  const path = `${folder.path}/${name}`;
  const place = placeIn(folder, name);
  if (PART.test(name)) {
    // What an earlier attempt left half done.
    systemCall({ path }, () => fs.rmSync(place, { force: true }));
    return 0;
  }
  const suffix =
    (wish.compression === null ? '' : suffixes[wish.compression]) +
    (wish.encrypter === null ? '' : ENCRYPTED);
  // The file may have been removed with its copy made, by this very loop or the attempt before it.
  const sizeOf = (at: string): number => fs.lstatSync(at, { throwIfNoEntry: false })?.size ?? 0;
  if (suffix === '' || name.endsWith(suffix)) return sizeOf(place);
  const finished = `${place}${suffix}`;
  if (!fs.existsSync(finished)) {
    const part = placeIn(folder, `.${name}.part`);
    try {
      await write(place, part, path, wish);
      systemCall({ path }, () => fs.renameSync(part, finished));
    } catch (error) {
      fs.rmSync(part, { force: true });
      throw error;
    }
    // It is found again when the folder's list holds it too: counted here, not there.
    systemCall({ path }, () => fs.unlinkSync(place));
    return sizeOf(finished);
  }
  systemCall({ path }, () => fs.unlinkSync(place));
  return 0;
}

async function write(
  place: string,
  part: string,
  path: string,
  { compression, encrypter }: ChunkTransform,
): Promise<void> {
  const input = systemCall({ path }, () => fs.openSync(place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  let output = -1;
  try {
    const { mode, atime, mtime, size: plainBytes } = systemCall({ path }, () => fs.fstatSync(input));
    fs.rmSync(part, { force: true });
    output = systemCall({ path }, () =>
      fs.openSync(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode & 0o777),
    );
    const source = Readable.from(chunksOf(input, path), { objectMode: false });
    const packer = compression === null ? null : compressor(compression, plainBytes);
    // A failure of either half destroys the other.
    const packing = packer === null ? null : pipeline(source, packer);
    packing?.catch(() => undefined);
    const packed = packer ?? source;
    const sealed = encrypter === null ? packed : await encrypted(packed, encrypter);
    for await (const bytes of sealed) writeAll(output, bytes as Uint8Array, path);
    await packing;
    // The plain file goes only when the other one would survive a loss of power.
    systemCall({ path }, () => fs.fsyncSync(output));
    systemCall({ path }, () => fs.futimesSync(output, atime, mtime));
  } finally {
    if (output !== -1) fs.closeSync(output);
    fs.closeSync(input);
  }
}

/** What the file holds is told at its beginning, where readers find it: gzip tells it at the end by itself. */
function compressor(compression: Compression, plainBytes: number): Transform {
  if (compression === 'gzip') return zlib.createGzip();
  const made = (zlib as NewZlib).createZstdCompress?.({ pledgedSrcSize: plainBytes });
  if (made === undefined) throw new SystemError('zstd', 'ENOSYS', { what: 'this Node.js has no zstd' });
  return made;
}

async function encrypted(input: Readable, encrypter: Encrypter): Promise<Readable> {
  const plain = Readable.toWeb(input) as ReadableStream<Uint8Array>;
  const sealed = await encrypter.encrypt(plain);
  return Readable.fromWeb(sealed as Parameters<typeof Readable.fromWeb>[0]);
}

/** The file from its beginning to its end. This process has nothing else to do: it may wait for the disk. */
function* chunksOf(input: number, path: string): Generator<Uint8Array> {
  for (;;) {
    const bytes = new Uint8Array(CHUNK_BYTES);
    const count = systemCall({ path }, () => fs.readSync(input, bytes));
    if (count === 0) return;
    yield bytes.subarray(0, count);
  }
}

function writeAll(output: number, bytes: Uint8Array, path: string): void {
  for (let at = 0; at < bytes.length; ) {
    at += systemCall({ path }, () => fs.writeSync(output, bytes, at));
  }
}
