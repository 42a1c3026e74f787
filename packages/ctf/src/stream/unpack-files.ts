/** Files in memory that were compressed one by one, as an archive policy leaves them: made plain before they are opened. */
import { FormatError, toError } from '@lttng-ts/base';
import { decompress as unzstd } from 'fzstd';

type Files = Readonly<Record<string, Uint8Array>>;

const decompressors: Readonly<Record<string, (bytes: Uint8Array) => Promise<Uint8Array>>> = {
  '.gz': gunzip,
  '.zst': async (bytes) => unzstd(bytes),
};

/**
 * Decompresses `NAME.gz` and `NAME.zst` to `NAME`; other files stay as they are. A plain file hides its compressed copy:
 * whoever compresses has not removed it yet. Throws `FormatError` when one is damaged.
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

async function unpack(
  name: string,
  decompress: (bytes: Uint8Array) => Promise<Uint8Array>,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  try {
    return await decompress(bytes);
  } catch (cause) {
    const reason = toError(cause).message;
    throw new FormatError(`Damaged compressed file: path=${JSON.stringify(name)}, reason="${reason}"`, {
      cause,
    });
  }
}

/** Browsers have it, and Node.js. */
async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([Uint8Array.from(bytes)]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
