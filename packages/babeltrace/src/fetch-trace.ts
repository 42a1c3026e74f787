/**
 * Traces from web servers. Files are fetched as a whole, so that any server will do: no range is asked for. What the server
 * compressed for the way (`Content-Encoding`) is not confused with what was compressed before (`NAME.gz`).
 */
import { FormatError, SystemError, toError } from '@lttng-ts/base';
import { unpackFiles } from '@lttng-ts/ctf';
import { openTraceFiles } from './open-files.ts';
import type { OpeningOptions, TraceReader } from './trace-reader.ts';

/** Names of files below one address, or the address of each one by its name, for instance when each has a signature of its own. */
export type FileAddresses = readonly string[] | Readonly<Record<string, string | URL>>;

/**
 * Fetches files of a trace: names below the address `base`, with `/` between folders; a query string of `base` is one of each
 * address. Whoever serves the trace tells their names: `metadata`, `channel0_0`, and if it wants to `index/channel0_0.idx`.
 * Rejects with `SystemError` for what cannot be fetched, with `FormatError` for what is no trace. Errors name addresses
 * without their query strings, which may be secret.
 */
export async function fetchTrace(
  base: string | URL,
  files: FileAddresses,
  options: OpeningOptions = {},
): Promise<TraceReader> {
  const addresses = Array.isArray(files)
    ? files.map((name: string) => [name, addressBelow(String(base), name)] as const)
    : Object.entries(files).map(([name, address]) => [name, String(address)] as const);
  const contents = await Promise.all(
    addresses.map(async ([name, address]) => await fetchFile(name, address)),
  );
  return openTraceFiles(await unpackFiles(Object.fromEntries(contents)), options);
}

/** `base` may be relative, as those of web pages may. */
function addressBelow(base: string, name: string): string {
  const [, path = '', query = ''] = /^([^?#]*)(\?[^#]*)?/.exec(base) ?? [];
  return `${path.replace(/\/*$/, '/')}${name.split('/').map(encodeURIComponent).join('/')}${query}`;
}

async function fetchFile(name: string, address: string): Promise<readonly [string, Uint8Array]> {
  const path = address.replace(/[?#].*$/s, '');
  let response: Response;
  let bytes: Uint8Array;
  try {
    response = await fetch(address);
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    // No such host, a connection that was lost, a server that does not allow this page to read: browsers do not tell them apart.
    const reason = toError(cause).message.replaceAll(address, path);
    throw new SystemError('fetch', 'ENETWORK', { path, reason });
  }
  if (!response.ok) throw new SystemError('fetch', `HTTP_${response.status}`, { path });
  if (/^text\/html\b/i.test(response.headers.get('content-type') ?? '')) {
    throw new FormatError(`The server gives a web page instead of a file: path=${JSON.stringify(path)}`);
  }
  return [nameOfContent(name, bytes, response), bytes];
}

/** How compressed files begin. */
const MAGICS: Readonly<Record<string, readonly number[]>> = {
  '.gz': [0x1f, 0x8b],
  '.zst': [0x28, 0xb5, 0x2f, 0xfd],
};

/**
 * The name that says how `bytes` are compressed. Servers that know suffixes send `NAME.gz` as `NAME` with an encoding, which
 * is undone when it is fetched; and an encoding that the browser does not know is left.
 */
function nameOfContent(name: string, bytes: Uint8Array, { headers, type }: Response): string {
  const encoding = headers.get('content-encoding');
  const suffix = Object.keys(MAGICS).find((each) => name.endsWith(each)) ?? '';
  const begins = (magic: readonly number[]): boolean => magic.every((byte, i) => bytes[i] === byte);
  // Of another origin the header is not always shown.
  const mayBeDecoded = encoding !== null || type === 'cors';
  if (suffix !== '') return mayBeDecoded && !begins(MAGICS[suffix]!) ? name.slice(0, -suffix.length) : name;
  return encoding === 'zstd' && begins(MAGICS['.zst']!) ? `${name}.zst` : name;
}
