/**
 * Field kinds: the vocabulary of struct tables. A kind knows its size, its natural alignment and how to
 * read and write one value; a table of kinds (see `struct.ts`) is interpreted with it.
 */
import { assert } from '@lttng-ts/base';

/** How one field of a struct is encoded. Sizes are fixed: variable tails have framers of their own. */
export interface Kind<T> {
  readonly sizeBytes: number;
  /** Alignment in a naturally aligned struct. */
  readonly alignBytes: number;
  read(view: DataView, at: number, isLittleEndian: boolean): T;
  write(view: DataView, at: number, value: T, isLittleEndian: boolean): void;
}

/** The value type of a kind. */
export type ValueOf<K> = K extends Kind<infer T> ? T : never;

type Getter = 'getUint8' | 'getInt8' | 'getUint16' | 'getInt16' | 'getUint32' | 'getInt32';

function integer(getter: Getter, sizeBytes: number): Kind<number> {
  const setter = getter.replace('get', 'set') as 'setUint32';
  return {
    sizeBytes,
    alignBytes: sizeBytes,
    read: (view, at, little) => view[getter as 'getUint32'](at, little),
    write: (view, at, value, little) => view[setter](at, value, little),
  };
}

export const u8 = integer('getUint8', 1);
export const i8 = integer('getInt8', 1);
export const u16 = integer('getUint16', 2);
export const i16 = integer('getInt16', 2);
export const u32 = integer('getUint32', 4);
export const i32 = integer('getInt32', 4);

export const u64: Kind<bigint> = {
  sizeBytes: 8,
  alignBytes: 8,
  read: (view, at, little) => view.getBigUint64(at, little),
  write: (view, at, value, little) => view.setBigUint64(at, value, little),
};

export const i64: Kind<bigint> = {
  sizeBytes: 8,
  alignBytes: 8,
  read: (view, at, little) => view.getBigInt64(at, little),
  write: (view, at, value, little) => view.setBigInt64(at, value, little),
};

/** An enumeration on the wire: number to upstream name and back is the table's own business. */
export function enumeration<T extends number>(kind: Kind<number>): Kind<T> {
  return kind as Kind<T>;
}

/** Text in a field of `sizeBytes` bytes, ended by NUL when shorter. Longer text is a bug of the caller. */
export function fixedString(sizeBytes: number): Kind<string> {
  return {
    sizeBytes,
    alignBytes: 1,
    read(view, at) {
      const field = new Uint8Array(view.buffer, view.byteOffset + at, sizeBytes);
      const end = field.indexOf(0);
      return new TextDecoder().decode(field.subarray(0, end < 0 ? sizeBytes : end));
    },
    write(view, at, value) {
      const text = new TextEncoder().encode(value);
      assert(text.length < sizeBytes, `Text too long for its field: bytes=${text.length}, size=${sizeBytes}`);
      new Uint8Array(view.buffer, view.byteOffset + at, sizeBytes).fill(0).set(text);
    },
  };
}

/** Raw bytes; reading copies, so the value does not alias the message. */
export function bytes(sizeBytes: number): Kind<Uint8Array> {
  return {
    sizeBytes,
    alignBytes: 1,
    read: (view, at) => new Uint8Array(view.buffer, view.byteOffset + at, sizeBytes).slice(),
    write(view, at, value) {
      assert(value.length === sizeBytes, `Wrong byte count: expected=${sizeBytes}, got=${value.length}`);
      new Uint8Array(view.buffer, view.byteOffset + at, sizeBytes).set(value);
    },
  };
}

/** Bytes with no meaning: zero when written, ignored when read. */
export function padding(sizeBytes: number): Kind<undefined> {
  return {
    sizeBytes,
    alignBytes: 1,
    read: () => undefined,
    write: (view, at) => void new Uint8Array(view.buffer, view.byteOffset + at, sizeBytes).fill(0),
  };
}

/** `count` values of one kind, one after another. */
export function arrayOf<T>(element: Kind<T>, count: number): Kind<readonly T[]> {
  return {
    sizeBytes: element.sizeBytes * count,
    alignBytes: element.alignBytes,
    read: (view, at, little) =>
      Array.from({ length: count }, (_, i) => element.read(view, at + i * element.sizeBytes, little)),
    write(view, at, values, little) {
      assert(values.length === count, `Wrong element count: expected=${count}, got=${values.length}`);
      values.forEach((value, i) => {
        element.write(view, at + i * element.sizeBytes, value, little);
      });
    },
  };
}
