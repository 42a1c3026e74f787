/**
 * How a C compiler of some platform lays out memory. Layout tables take one of these, so that no table
 * is tied to x86-64.
 */

export type ByteOrder = 'little-endian' | 'big-endian';

export interface Abi {
  readonly byteOrder: ByteOrder;
  /** Size of `long`, `size_t` and pointers, in bytes. */
  readonly wordBytes: 4 | 8;
}

export const LP64_LITTLE_ENDIAN: Abi = { byteOrder: 'little-endian', wordBytes: 8 };

/** The byte order of this machine. */
export const hostByteOrder: ByteOrder =
  new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 'little-endian' : 'big-endian';
