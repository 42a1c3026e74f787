/**
 * Kinds that depend on the word size of the C compiler, for the tables in `layouts.ts`.
 */
import { type Abi, i32, i64, type Kind, u32, u64 } from '@lttng-ts/wire';

/** Upstream's CAA_CACHE_LINE_SIZE: what different CPUs write lies this far apart. */
export const CACHE_LINE_BYTES = 128;

/** `unsigned long`, `size_t`, a pointer: as bigint for every word size. */
export function wordOf(abi: Abi): Kind<bigint> {
  return abi.wordBytes === 8 ? u64 : asBigint(u32);
}

/** `long`, `ssize_t`. */
export function signedWordOf(abi: Abi): Kind<bigint> {
  return abi.wordBytes === 8 ? i64 : asBigint(i32);
}

/** `kind` at the start of a cache line, as the `aligned` attribute makes it. */
export function cacheAligned<T>(kind: Kind<T>): Kind<T> {
  return {
    sizeBytes: kind.sizeBytes,
    alignBytes: CACHE_LINE_BYTES,
    read: (view, at, little) => kind.read(view, at, little),
    write: (view, at, value, little) => kind.write(view, at, value, little),
  };
}

function asBigint(kind: Kind<number>): Kind<bigint> {
  return {
    sizeBytes: kind.sizeBytes,
    alignBytes: kind.alignBytes,
    read: (view, at, little) => BigInt(kind.read(view, at, little)),
    write: (view, at, value, little) => kind.write(view, at, Number(value), little),
  };
}
